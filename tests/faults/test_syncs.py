"""A worker that is killed in the middle of a sync: the next one starts over, and nothing is lost or called gone."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import loopback
from tests.base import Cast
from tests.builders import make_key
from tests.faults.running import LiveWorker, until
from tests.sandbox.live import LiveSandbox
from voices.actions.sync.runs import request_sync
from voices.models import AuditEntry, SyncRun, SyncState, Voice

# Each test reads what its module's fixtures have committed; a test's own transaction stays empty.
pytestmark = pytest.mark.django_db
NOWHERE = "https://althea.invalid"
LIST = {"method": "GET", "path": "/api/voices"}
COUNT = 230  # three pages


@dataclass(frozen=True)
class Story:
    """What the killed worker left, and what came of it."""

    left: tuple[str, int]
    run: SyncRun
    upstream: list[str]


def fill(sandbox: LiveSandbox, secret: str) -> list[str]:
    """Voices that are really there; their ids."""
    made = []
    with loopback.client(base_url=sandbox.url, headers={"X-API-Key": secret}) as http:
        for number in range(COUNT):
            body = {"name": f"Voice {number}", "definition": {"lmnt": {"voiceId": "leah"}}}
            made.append(http.post("/api/voices", json=body).raise_for_status().json()["voiceId"])
    return made


@pytest.fixture(scope="module")
def story(stage: Cast, sandbox: LiveSandbox, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """One worker killed while it waits for the second page, then another one."""
    folder, secret = tmp_path_factory.mktemp("workers"), sandbox.key()
    upstream = fill(sandbox, secret)
    key = make_key(stage.ed, secret=secret)
    run = request_sync(team=stage.northwind, key=key, now=timezone.now(), wanted_by=stage.ed.user)
    assert run is not None
    sandbox.fault(effect="hang", skip=1, **LIST)
    # It must not give up on the hanging page by itself before it is killed, however busy the machine.
    with LiveWorker(folder, sandbox, althea_url=NOWHERE, deadline=60.0) as worker:
        until(Voice.objects.exists, "the first page is written")
        worker.kill()
    run.refresh_from_db()
    left = run.state, Voice.objects.count()
    # Old enough to be called gone, were the second list not read whole.
    Voice.objects.update(created_at=timezone.now() - timedelta(days=1))
    with LiveWorker(folder, sandbox, althea_url=NOWHERE):
        until(lambda: not SyncRun.objects.live().exists(), "the next worker ends it")
    run.refresh_from_db()
    return Story(left, run, upstream)


def test_killed_sync_keeps_its_first_page(story: Story) -> None:
    assert story.left == (SyncState.RUNNING, 100)


def test_next_worker_restarts_and_finishes_the_sync(story: Story) -> None:
    run = story.run
    assert (run.state, run.crashes, run.pages, run.message) == (SyncState.DONE, 1, 3, "")
    assert (run.added, run.changed, run.gone, run.unchanged) == (COUNT, 0, 0, 100)
    assert AuditEntry.objects.filter(verb="sync.done").count() == 1


def test_restarted_sync_has_every_voice_once_and_none_gone(story: Story) -> None:
    assert sorted(Voice.objects.values_list("voice_id", flat=True)) == sorted(story.upstream)
    assert not Voice.objects.exclude(gone_at=None).exists()
