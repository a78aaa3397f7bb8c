"""The demonstration's voices, made in the sandbox by its API: over the network where it runs, else in this process."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import numpy as np
from django.conf import settings

from voices import althea, gateway
from voices.althea import AltheaClient, HttpPair, NameTakenError, SampleFile, new_http
from voices.audio.decoding import RATE as OUTLINE_RATE
from voices.audio.decoding import decode, outline
from voices.audio.peaks import Wave
from voices.kit.secret import Secret
from voices.management.demo.cast import Part
from voices.models import Endpoint
from voices.sandbox.app import create_app
from voices.sandbox.speech import as_wav, synthesise

AT_ONCE = 8
PHRASES = 5  # of 2 to 4 s each: a recording of more than the 10 s that a clone needs
BARS = 96


@dataclass(frozen=True)
class Made:
    """A voice as the sandbox answered it, how it sounds, and the recording if it was cloned."""

    part: Part
    voice: althea.Voice
    preview: althea.Preview
    wave: Wave
    recording: bytes | None


@asynccontextmanager
async def sandbox_http() -> AsyncIterator[HttpPair]:
    """What speaks to the sandbox: its process if one answers, else the application on the same folder."""
    if await answers():
        async with new_http() as http:
            yield http
        return
    # No process holds the folder, so this one may.
    app = create_app(settings.DATA_DIR / "sandbox")
    try:
        async with new_http(transport=httpx.ASGITransport(app=app)) as http:
            yield http
    finally:
        app.close()


async def answers() -> bool:
    """Whether the sandbox runs."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            return (await client.get(f"{settings.SANDBOX_URL}/_sandbox/health")).is_success
    except httpx.HTTPError:
        return False


async def make_upstream(parts: Sequence[Part], keys: Sequence[Secret]) -> list[Made | None]:
    """Every part's voice in the order given; None where its account has a voice of that name already."""
    room = asyncio.Semaphore(AT_ONCE)
    async with sandbox_http() as http:
        clients = [gateway.client_for_secret(http, secret=key, endpoint=Endpoint.SANDBOX) for key in keys]

        async def make(part: Part) -> Made | None:
            async with room:
                return await _make(part, clients[part.account])

        return list(await asyncio.gather(*map(make, parts)))


async def _make(part: Part, client: AltheaClient) -> Made | None:
    recording = await asyncio.to_thread(recording_of, part) if part.is_clone else None
    try:
        voice = await _create(part, client, recording)
    except NameTakenError:
        return None
    preview = await client.get_preview(voice.voice_id, voice.preview_url)
    wave = await asyncio.to_thread(wave_of, preview.content)
    return Made(part, voice, preview, wave, recording)


async def _create(part: Part, client: AltheaClient, recording: bytes | None) -> althea.Voice:
    if recording is None:
        return await client.create_voice(
            name=part.name,
            definition=part.definition,
            description=part.description or None,
            primary_language=part.language,
        )
    sample = SampleFile(
        file=io.BytesIO(recording), filename="sample.wav", content_type="audio/wav", size=len(recording)
    )
    return await client.clone_voice(
        sample=sample, name=part.name, description=part.description, language=part.language
    )


def recording_of(part: Part) -> bytes:
    """Some phrases of one voice as a WAV file."""
    pitch = 90.0 + sum(map(ord, part.name)) % 140
    phrases = [synthesise(f"{part.name} {number}", pitch=(pitch, pitch + 4)) for number in range(PHRASES)]
    return as_wav(np.concatenate(phrases))


def wave_of(content: bytes) -> Wave:
    """The outline of a preview. Our own sandbox made it: no child process, whose start would cost 500 x 0.3 s."""
    samples = decode(io.BytesIO(content))
    return Wave(tuple(outline(samples, count=BARS)), samples.size / OUTLINE_RATE)


async def forget_upstream(gone: Sequence[Made], keys: Sequence[Secret]) -> None:
    """These voices, deleted in the sandbox as somebody with another tool would."""
    async with sandbox_http() as http:
        for made in gone:
            client = gateway.client_for_secret(
                http, secret=keys[made.part.account], endpoint=Endpoint.SANDBOX
            )
            await client.delete_voice(made.voice.voice_id)
