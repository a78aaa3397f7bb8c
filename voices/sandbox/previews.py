"""What a voice sounds like: clones as recorded, all others synthesised; in every form met."""

import asyncio
import hashlib
import json
import os

from voices.sandbox.catalogue import ENTRIES, LOW
from voices.sandbox.context import SandboxContext
from voices.sandbox.definitions import definition
from voices.sandbox.fields import clean, text
from voices.sandbox.messages import ApiError, Request, Response
from voices.sandbox.speech import as_mp3, as_wav, synthesise
from voices.sandbox.state import Account, VoiceRow
from voices.sandbox.voices import find

LABELS = {  # by form: file type, and the Content-Type it is sent with, wrong ones included on purpose
    "api": ("wav", "audio/wav"),
    "api-mp3": ("mp3", "audio/mpeg"),
    "api-text": ("mp3", "text/plain"),
    "api-octet": ("mp3", "application/octet-stream"),
    "storage": ("mp3", "audio/mpeg"),
    "redirect": ("mp3", "audio/mpeg"),
}
ANY_PITCH = (LOW[0], 240.0)


async def get_preview(context: SandboxContext, account: Account, request: Request, voice_id: str) -> Response:
    """GET /api/voices/{id}/preview: 200 with sound, or 302 to where it is stored."""
    await request.ready()
    row = find(context, account, voice_id)
    if row.preview in ("redirect", "storage"):
        place = f"{request.origin}/_sandbox/storage/{row.id}.mp3"
        return Response(302, headers=(("location", place),))
    content, content_type = await sound_of(context, row)
    return Response(200, content, content_type)


async def preview_definition(context: SandboxContext, account: Account, request: Request) -> Response:
    """POST /api/voice_preview: how a definition would sound."""
    checks = {"name": text(limit=40), "definition": definition}
    values = clean(await request.json(), checks, required=("name", "definition"))
    return Response(200, await asyncio.to_thread(_wav, _seed(values["definition"])), "audio/wav")


async def stored_sound(context: SandboxContext, voice_id: str) -> Response:
    """What the storage host answers: no key asked, only stored previews there."""
    row = context.state.voice(voice_id)
    if row is None or row.preview not in ("redirect", "storage"):
        raise ApiError(404, {"detail": "Not found."})
    content, content_type = await sound_of(context, row)
    return Response(200, content, content_type, (("cache-control", "public, max-age=3600"),))


async def sound_of(context: SandboxContext, row: VoiceRow) -> tuple[bytes, str]:
    """Bytes and label of a voice's preview; synthesised once, then read from disk."""
    if row.sample_type is not None:
        return (context.state.samples / row.id).read_bytes(), row.sample_type
    honest = context.setting("previewLabels") == "declared" and row.preview.startswith("api")
    kind, label = LABELS["api" if honest else row.preview]
    seed = row.id if row.account is None else _seed(row.definition)
    file = context.state.previews / f"{row.id}.{hashlib.sha256(seed.encode()).hexdigest()[:12]}.{kind}"
    if not file.exists():
        content = await asyncio.to_thread(_mp3 if kind == "mp3" else _wav, seed)
        part = file.with_suffix(f".{os.urandom(4).hex()}")
        part.write_bytes(content)
        part.rename(file)
    return file.read_bytes(), label


def _seed(settings: dict[str, object]) -> str:
    return json.dumps(settings, sort_keys=True)


def _pitch(seed: str) -> tuple[float, float]:
    entry = ENTRIES.get(seed)
    return ANY_PITCH if entry is None else entry.pitch


def _wav(seed: str) -> bytes:
    return as_wav(synthesise(seed, pitch=_pitch(seed)))


def _mp3(seed: str) -> bytes:
    return as_mp3(synthesise(seed, pitch=_pitch(seed)))
