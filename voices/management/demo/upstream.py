"""The demonstration's voices, made in the sandbox by its API like anybody's."""

import asyncio
import io
import json
import random
import subprocess
import time
import wave
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.views.decorators.debug import sensitive_variables

from voices import althea, gateway
from voices.althea import AltheaClient, NameTakenError, SampleFile, new_http
from voices.audio.peaks import Wave
from voices.audio.peaks_main import RATE as OUTLINE_RATE
from voices.audio.peaks_main import decode, outline
from voices.kit.secret import Secret
from voices.management.demo.cast import SEED, Part
from voices.management.demo.words import AGENTS
from voices.management.processes import Program, environment, sandbox
from voices.models import Endpoint

START_SECONDS = 30.0
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


@contextmanager
def running_sandbox() -> Iterator[None]:
    """The sandbox answers meanwhile: the one that runs, or one that is started for this. Raises CommandError."""
    program = sandbox()
    if program.answers():
        yield
        return
    process = subprocess.Popen(
        program.command, cwd=settings.BASE_DIR, env=environment()
    )  # our own fixed command line
    try:
        _await(program, process)
        yield
    finally:
        process.terminate()
        process.wait()


def _await(program: Program, process: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + START_SECONDS
    while not program.answers():
        if process.poll() is not None or time.monotonic() > limit:
            raise CommandError(f"The sandbox does not start on port {program.port}.")
        time.sleep(0.05)


async def make_upstream(parts: Sequence[Part], keys: Sequence[Secret]) -> list[Made | None]:
    """Every part's voice in the order given; None where its account has a voice of that name already."""
    room = asyncio.Semaphore(AT_ONCE)
    async with new_http() as http:
        clients = [gateway.client_for_secret(http, secret=key, endpoint=Endpoint.SANDBOX) for key in keys]

        async def make(part: Part) -> Made | None:
            async with room:
                return await _make(part, clients[part.account])

        return list(await asyncio.gather(*map(make, parts)))


async def _make(part: Part, client: AltheaClient) -> Made | None:
    recording = await _record(part, client) if part.is_clone else None
    try:
        voice = await _create(part, client, recording)
    except NameTakenError:
        return None
    preview = await client.get_preview(voice.voice_id, voice.preview_url)
    drawn = await asyncio.to_thread(wave_of, preview.content)
    return Made(part, voice, preview, drawn, recording)


async def _record(part: Part, client: AltheaClient) -> bytes:
    """Some phrases of one speaker as a WAV file: what the sandbox says for a definition, joined."""
    phrases = [
        (await client.preview_definition(name=part.name, definition=_speaking(part, number))).content
        for number in range(PHRASES)
    ]
    return join_wavs(phrases)


def _speaking(part: Part, number: int) -> dict[str, Any]:
    return {"google": {"voiceId": f"{part.name} {number}", "speakingRate": 1.0}}


def join_wavs(parts: Sequence[bytes]) -> bytes:
    """The sounds one after the other; all of one rate and width."""
    joined = io.BytesIO()
    with wave.open(joined, "wb") as out:
        for number, part in enumerate(parts):
            with wave.open(io.BytesIO(part)) as one:
                if number == 0:
                    out.setparams(one.getparams())
                out.writeframes(one.readframes(one.getnframes()))
    return joined.getvalue()


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


def wave_of(content: bytes) -> Wave:
    """The outline of a preview. Our own sandbox made it: no child process, whose start would cost 500 x 0.3 s."""
    samples = decode(io.BytesIO(content))
    return Wave(tuple(outline(samples, count=BARS)), samples.size / OUTLINE_RATE)


async def forget_upstream(gone: Sequence[Made], keys: Sequence[Secret]) -> None:
    """These voices, deleted in the sandbox as somebody with another tool would."""
    async with new_http() as http:
        for made in gone:
            client = gateway.client_for_secret(
                http, secret=keys[made.part.account], endpoint=Endpoint.SANDBOX
            )
            await client.delete_voice(made.voice.voice_id)


def add_agents(made: Sequence[Made], keys: Sequence[Secret]) -> int:
    """Create agents that use some of the voices, by id or by name in turn, with calls of the last month.

    Return how many. The client has no such calls, since only the sandbox lets anybody make up agents and calls.
    """
    chance = random.Random(SEED)  # noqa: S311  # made-up data, no secret
    approved = [one for one in made if one.part.stage == "approved"]
    chosen = chance.sample(approved, k=min(len(AGENTS), len(approved)))
    for number, (name, one) in enumerate(zip(AGENTS, chosen, strict=False)):
        voice = one.voice.voice_id if number % 2 else one.voice.name
        agent = {"name": name, "callTemplate": {"voice": voice, "systemPrompt": f"You are {name}."}}
        _post_to_sandbox("/api/agents", agent, key=keys[one.part.account])
        for days in chance.sample(range(30), k=12):
            calls = {"voiceId": one.voice.voice_id, "count": chance.randint(1, 40), "daysAgo": days}
            _post_to_sandbox("/_sandbox/calls", {**calls, "seconds": 95})
    return len(chosen)


@sensitive_variables()
def _post_to_sandbox(path: str, body: Mapping[str, Any], *, key: Secret | None = None) -> None:
    headers = {"Content-Type": "application/json"} | ({"X-API-Key": key.reveal()} if key else {})
    with closing(HTTPConnection("127.0.0.1", settings.SANDBOX_PORT, timeout=START_SECONDS)) as connection:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        if response.status >= 300:
            raise CommandError(f"The sandbox answered {path} with {response.status}.")
