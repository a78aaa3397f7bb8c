"""The id of a request goes to the job that it asks for, and on to what that job makes."""

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from tests.base import make_cast
from tests.builders import make_job, make_key
from tests.sandbox.live import LiveSandbox
from tests.worker.running import work_until_idle
from voices.models import CloneJob, PreviewFile, State, SyncRun

pytestmark = pytest.mark.django_db(transaction=True)


def test_job_and_what_it_makes_carry_the_id_of_the_request(sandbox: LiveSandbox) -> None:
    cast = make_cast()
    key = make_key(cast.ed, secret=sandbox.key())
    ed: Client = cast.login(cast.ed)
    assert (synced := ed.post("/sync/")).status_code == 303
    assert SyncRun.objects.get().request_id == synced["X-Request-ID"]
    job = make_job(cast.ed, key=key, state=State.FAILED)
    assert job.request_id == ""
    assert (retried := ed.post(f"/clones/{job.pk}/retry/")).status_code == 303
    async_to_sync(work_until_idle)()
    job = CloneJob.objects.get()
    assert (job.state, job.request_id) == (State.CREATED, retried["X-Request-ID"])
    assert PreviewFile.objects.get(voice=job.voice).request_id == retried["X-Request-ID"]
