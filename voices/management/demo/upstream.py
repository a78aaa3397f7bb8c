"""Creates the demo's voices in the sandbox, by its API."""

import asyncio
import io
import json
import os
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
from voices.management.demo.plan import SEED, VoicePlan
from voices.management.demo.texts import AGENTS
from voices.management.processes import Program, environment, sandbox
from voices.models import Endpoint

START_SECONDS = 30.0
CONCURRENCY = 8
# What the demo's voices of providers need; one is left to be added.
PROVIDER_KEYS = {
    name: Secret(f"demo-key-{name}") for name in ("elevenLabs", "cartesia", "lmnt", "google", "inworld")
}
PHRASES = 5  # of 2 to 4 s each: together more than the 10 s that a clone needs
BARS = 96


@dataclass(frozen=True)
class CreatedVoice:
    """A voice as the sandbox returned it, its preview, and the recording if it was cloned."""

    plan: VoicePlan
    voice: althea.Voice
    preview: althea.Preview
    wave: Wave
    recording: bytes | None


@contextmanager
def running_sandbox() -> Iterator[None]:
    """Run the block with a sandbox: the running one, or one started for it. Raise CommandError."""
    program = sandbox()
    if program.answers():
        yield
        return
    reading, writing = os.pipe()  # closed by the kernel if this process is killed: the sandbox then ends too
    process = subprocess.Popen(
        program.attached(reading), pass_fds=(reading,), cwd=settings.BASE_DIR, env=environment()
    )
    try:
        _await(program, process)
        yield
    finally:
        process.terminate()
        process.wait()
        os.close(reading)
        os.close(writing)


def _await(program: Program, process: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + START_SECONDS
    while not program.answers():
        if process.poll() is not None or time.monotonic() > limit:
            raise CommandError(f"The sandbox does not start on port {program.port}.")
        time.sleep(0.05)


async def make_upstream(plans: Sequence[VoicePlan], keys: Sequence[Secret]) -> list[CreatedVoice | None]:
    """Create the planned voices. Return them in order, None for a name that the account already has."""
    slots = asyncio.Semaphore(CONCURRENCY)
    async with new_http() as http:
        clients = [gateway.client_for_secret(http, secret=key, endpoint=Endpoint.SANDBOX) for key in keys]
        for client in clients:
            await client.set_provider_keys(PROVIDER_KEYS)

        async def make(plan: VoicePlan) -> CreatedVoice | None:
            async with slots:
                return await _make(plan, clients[plan.account])

        return list(await asyncio.gather(*map(make, plans)))


async def _make(plan: VoicePlan, client: AltheaClient) -> CreatedVoice | None:
    recording = await _record(plan, client) if plan.is_clone else None
    try:
        voice = await _create(plan, client, recording)
    except NameTakenError:
        return None
    preview = await client.get_preview(voice.voice_id, voice.preview_url)
    drawn = await asyncio.to_thread(wave_of, preview.content)
    return CreatedVoice(plan, voice, preview, drawn, recording)


async def _record(plan: VoicePlan, client: AltheaClient) -> bytes:
    """Return several phrases of one speaker as a WAV file: previews of a definition, joined."""
    phrases = [
        (await client.preview_definition(name=plan.name, definition=_speaking(plan, number))).content
        for number in range(PHRASES)
    ]
    return join_wavs(phrases)


def _speaking(plan: VoicePlan, number: int) -> dict[str, Any]:
    return {"google": {"voiceId": f"{plan.name} {number}", "speakingRate": 1.0}}


def join_wavs(plans: Sequence[bytes]) -> bytes:
    """Return the WAV files joined; all must have the same rate and width."""
    joined = io.BytesIO()
    with wave.open(joined, "wb") as out:
        for number, plan in enumerate(plans):
            with wave.open(io.BytesIO(plan)) as one:
                if number == 0:
                    out.setparams(one.getparams())
                out.writeframes(one.readframes(one.getnframes()))
    return joined.getvalue()


async def _create(plan: VoicePlan, client: AltheaClient, recording: bytes | None) -> althea.Voice:
    if recording is None:
        return await client.create_voice(
            name=plan.name,
            definition=plan.definition,
            description=plan.description or None,
            primary_language=plan.language,
        )
    sample = SampleFile(
        file=io.BytesIO(recording), filename="sample.wav", content_type="audio/wav", size=len(recording)
    )
    return await client.clone_voice(
        sample=sample, name=plan.name, description=plan.description, language=plan.language
    )


def wave_of(content: bytes) -> Wave:
    """Return a preview's waveform. It is from our sandbox, so no child process, which would cost 500 x 0.3 s."""
    samples = decode(io.BytesIO(content))
    return Wave(tuple(outline(samples, count=BARS)), samples.size / OUTLINE_RATE)


async def delete_upstream(gone: Sequence[CreatedVoice], keys: Sequence[Secret]) -> None:
    """Delete the voices in the sandbox, as somebody with another tool would."""
    async with new_http() as http:
        for made in gone:
            client = gateway.client_for_secret(
                http, secret=keys[made.plan.account], endpoint=Endpoint.SANDBOX
            )
            await client.delete_voice(made.voice.voice_id)


@dataclass(frozen=True)
class DemoCalls:
    """Calls of a voice on a day."""

    voice_id: str
    days_ago: int
    count: int


def add_agents(made: Sequence[CreatedVoice], keys: Sequence[Secret]) -> list[DemoCalls]:
    """Create agents that use some of the voices, by id or by name in turn, with calls of the last month.

    Return the calls. The client has no such calls, since only the sandbox lets anybody make up agents and calls.
    """
    chance = random.Random(SEED)  # noqa: S311  # made-up data, no secret
    approved = [one for one in made if one.plan.stage == "approved"]
    chosen = chance.sample(approved, k=min(len(AGENTS), len(approved)))
    calls = []
    for number, (name, one) in enumerate(zip(AGENTS, chosen, strict=False)):
        voice = one.voice.voice_id if number % 2 else one.voice.name
        agent = {"name": name, "callTemplate": {"voice": voice, "systemPrompt": f"You are {name}."}}
        _post_to_sandbox("/api/agents", agent, key=keys[one.plan.account])
        for days in chance.sample(range(30), k=12):
            found = DemoCalls(one.voice.voice_id, days, chance.randint(1, 40))
            calls.append(found)
            body = {"voiceId": found.voice_id, "count": found.count, "daysAgo": days, "seconds": 95}
            _post_to_sandbox("/_sandbox/calls", body)
    return calls


@sensitive_variables()
def _post_to_sandbox(path: str, body: Mapping[str, Any], *, key: Secret | None = None) -> None:
    headers = {"Content-Type": "application/json"} | ({"X-API-Key": key.reveal()} if key else {})
    with closing(HTTPConnection("127.0.0.1", settings.SANDBOX_PORT, timeout=START_SECONDS)) as connection:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        if response.status >= 300:
            raise CommandError(f"The sandbox answered {path} with {response.status}.")
