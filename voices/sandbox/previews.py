"""Previews of voices: clones as recorded, others synthesised, in every form seen at the real API."""

import asyncio
import hashlib
import json
import os

from voices.sandbox.catalogue import ENTRIES, LOW
from voices.sandbox.context import SandboxContext
from voices.sandbox.definitions import definition, engine_of
from voices.sandbox.fields import clean, text
from voices.sandbox.messages import ApiError, Request, Response
from voices.sandbox.speech import as_mp3, as_wav, synthesise
from voices.sandbox.state import Account, VoiceRow
from voices.sandbox.voices import find

LABELS = {  # by form: file type and Content-Type, including wrong ones on purpose
    "api": ("wav", "audio/wav"),
    "api-mp3": ("mp3", "audio/mpeg"),
    "api-text": ("mp3", "text/plain"),
    "api-octet": ("mp3", "application/octet-stream"),
    "storage": ("mp3", "audio/mpeg"),
    "redirect": ("mp3", "audio/mpeg"),
}
ANY_PITCH = (LOW[0], 240.0)


async def get_preview(context: SandboxContext, account: Account, request: Request, voice_id: str) -> Response:
    """GET /api/voices/{id}/preview: 200 with audio, or 302 to where it is stored."""
    await request.ready()
    row = find(context, account, voice_id)
    if row.preview in ("redirect", "storage"):
        location = f"{request.origin}/_sandbox/storage/{row.id}.mp3"
        return Response(302, headers=(("location", location),))
    content, content_type = await preview_of(context, row)
    return Response(200, content, content_type)


async def preview_definition(context: SandboxContext, account: Account, request: Request) -> Response:
    """POST /api/voice_preview: the sound of a definition."""
    checks = {"name": text(limit=40), "definition": definition}
    values = clean(await request.json(), checks, required=("name", "definition"))
    context.require_provider_key(account, engine_of(values["definition"]))
    return Response(200, await asyncio.to_thread(_wav, _seed(values["definition"])), "audio/wav")


async def stored_preview(context: SandboxContext, voice_id: str) -> Response:
    """Return a stored preview, as the storage host does: without a key. Raise ApiError 404."""
    row = context.state.voice(voice_id)
    if row is None or row.preview not in ("redirect", "storage"):
        raise ApiError(404, {"detail": "Not found."})
    content, content_type = await preview_of(context, row)
    return Response(200, content, content_type, (("cache-control", "public, max-age=3600"),))


async def preview_of(context: SandboxContext, row: VoiceRow) -> tuple[bytes, str]:
    """Return content and Content-Type of a preview, synthesising it once and then reading it from disk."""
    if row.sample_type is not None:
        return (context.state.samples / row.id).read_bytes(), row.sample_type
    use_declared = context.setting("previewLabels") == "declared" and row.preview.startswith("api")
    kind, label = LABELS["api" if use_declared else row.preview]
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
