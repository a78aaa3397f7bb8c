"""Voices from a provider's settings, through the real worker and a real sandbox."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from tests.base import Cast, make_cast
from tests.builders import make_key
from tests.sandbox.live import LiveSandbox
from tests.worker.running import work_until_idle
from voices.actions.voice.create import submit_definition
from voices.actions.voice.definitions import full_definition
from voices.kit.secret import Secret
from voices.models import AuditEntry, CloneJob, PreviewFile, State, Voice, VoiceOrigin

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "Bearer sk-live-4f9a7c21d0e84b"
GENERIC: dict[str, Any] = {
    "generic": {
        "url": "https://tts.example.com/speak",
        "headers": {"Authorization": Secret(TOKEN)},
        "body": {"text": "{text}"},
        "responseSampleRate": 24000,
    }
}


def submit(cast: Cast, sandbox: LiveSandbox, definition: dict[str, Any]) -> CloneJob:
    return submit_definition(
        member=cast.ed,
        now=timezone.now(),
        key=make_key(cast.ed, secret=sandbox.key()),
        name="Marlene",
        description="Calm",
        language="",
        definition=definition,
        form_token=uuid4(),
    )


def test_worker_creates_a_voice_whose_secrets_stay_sealed(sandbox: LiveSandbox) -> None:
    cast = make_cast()
    job = submit(cast, sandbox, GENERIC)
    assert TOKEN.encode() not in bytes(job.sealed_definition or b"")
    async_to_sync(work_until_idle)()
    job.refresh_from_db()
    voice = job.voice
    assert (job.state, job.sealed_definition) == (State.CREATED, None), job.message
    assert (voice.origin, voice.sample, voice.added_by) == (VoiceOrigin.CREATED, None, cast.ed.user)
    assert [one["name"] for one in sandbox.voices(private=True)] == ["Marlene"]
    assert TOKEN not in str((voice.definition, voice.raw))
    assert (full_definition(voice), voice.description) == (
        GENERIC,
        "Calm",
    )  # as Althea has it: with the token
    assert not PreviewFile.objects.exists()  # its provider may charge for one: fetched when somebody asks
    assert AuditEntry.objects.filter(verb="voice.created").count() == 1


def test_killed_send_of_settings_makes_one_voice(sandbox: LiveSandbox) -> None:
    """The answer is lost after Althea made the voice: it is found by its name, and nothing is sent again."""
    job = submit(make_cast(), sandbox, {"lmnt": {"voiceId": "lily"}})
    sandbox.fault(effect="drop", how="rst", commit=True, path="/api/voices", method="POST")
    async_to_sync(work_until_idle)()
    job.refresh_from_db()
    assert job.state == State.UNKNOWN, job.message
    CloneJob.objects.update(due_at=timezone.now())
    async_to_sync(asyncio.wait_for)(work_until_idle(), 60)
    voice = Voice.objects.get(job=job)
    assert voice.origin == VoiceOrigin.ADOPTED
    assert [one["name"] for one in sandbox.voices(private=True)] == ["Marlene"]
    assert voice.definition == {"lmnt": {"voiceId": "lily"}}
