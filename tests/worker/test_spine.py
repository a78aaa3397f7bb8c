"""The spine: a ready job becomes a voice with a preview, through the real worker and a real sandbox."""

import pytest
from asgiref.sync import async_to_sync

from tests.base import make_cast
from tests.builders import make_job, make_key
from tests.sandbox.live import LiveSandbox
from tests.worker.running import work_until_idle
from voices.models import AuditEntry, CloneJob, PreviewFile, State

pytestmark = pytest.mark.django_db(transaction=True)


def test_worker_turns_a_ready_job_into_a_voice_with_a_preview(sandbox: LiveSandbox) -> None:
    cast = make_cast()
    job = make_job(cast.ed, key=make_key(cast.ed, secret=sandbox.key()))
    async_to_sync(work_until_idle)()
    job.refresh_from_db()
    assert job.state == State.CREATED, job.message
    assert job.voice.steward == job.key
    [upstream] = sandbox.voices(private=True)
    with job.sample.file.open("rb") as kept:
        assert sandbox.sample(upstream["voiceId"]) == kept.read()
    preview = PreviewFile.objects.get(voice=job.voice)
    assert preview.state == "ready", preview.problem
    assert preview.peaks
    assert AuditEntry.objects.filter(verb="voice.cloned").count() == 1


def test_worker_refuses_a_name_of_the_account_before_sending(sandbox: LiveSandbox) -> None:
    cast = make_cast()
    key = make_key(cast.ed, secret=sandbox.key())
    make_job(cast.ed, key=key)
    async_to_sync(work_until_idle)()
    CloneJob.objects.all()[0].voice.delete()
    second = make_job(cast.ed, key=key)
    async_to_sync(work_until_idle)()
    second.refresh_from_db()
    assert (second.state, second.problem) == (State.FAILED, "name_taken")
    assert len(sandbox.voices(private=True)) == 1
