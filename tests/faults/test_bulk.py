"""A worker that is killed in the middle of deleting many: what is done stays done, the next one does the rest."""

from collections import Counter
from dataclasses import dataclass

import pytest

from tests import loopback
from tests.base import Cast
from tests.builders import make_bulk_run, make_key, make_voice
from tests.faults.running import LiveWorker, until
from tests.sandbox.live import LiveSandbox
from voices.models import AuditEntry, BulkRun, BulkState, Voice

# Each test reads what its module's fixtures have committed; a test's own transaction stays empty.
pytestmark = pytest.mark.django_db
NOWHERE = "https://althea.invalid"
DELETE = {"method": "DELETE", "path": "/api/voices/.*"}
COUNT = 12


def begin(cast: Cast, sandbox: LiveSandbox) -> BulkRun:
    """A deletion of voices that are really there; the sixth call lands, and is never answered."""
    secret = sandbox.key()
    key, voices = make_key(cast.ed, secret=secret), []
    for number in range(COUNT):
        body = {"name": f"Voice {number}", "definition": {"lmnt": {"voiceId": "leah"}}}
        answer = loopback.post(f"{sandbox.url}/api/voices", headers={"X-API-Key": secret}, json=body)
        voice_id = answer.raise_for_status().json()["voiceId"]
        voices.append(make_voice(cast.ed, name=body["name"], account=key.account, voice_id=voice_id))
    sandbox.fault(effect="hang", skip=5, commit=True, **DELETE)
    return make_bulk_run(cast.ed, *voices)


def states(run: BulkRun) -> list[str]:
    return sorted(run.items.values_list("state", flat=True))


def look_at(run: BulkRun) -> tuple[str, list[str], int]:
    """The run's state, its items' states, and how many tombstones there are."""
    run.refresh_from_db()
    return run.state, states(run), Voice.objects.exclude(deleted_at=None).count()


@dataclass(frozen=True)
class Story:
    """What the killed worker left, and what came of it."""

    run: BulkRun
    left: tuple[str, list[str], int]
    ended: tuple[str, list[str], int]


@pytest.fixture(scope="module")
def story(stage: Cast, sandbox: LiveSandbox, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """One worker killed while it waits for the sixth answer, then another one."""
    folder, run = tmp_path_factory.mktemp("workers"), begin(stage, sandbox)
    with LiveWorker(folder, sandbox, althea_url=NOWHERE) as worker:
        until(lambda: len(sandbox.voices()) == COUNT - 8, "eight are deleted, one without an answer")
        worker.kill()
    left = look_at(run)
    with LiveWorker(folder, sandbox, althea_url=NOWHERE):
        until(lambda: not BulkRun.objects.live().exists(), "the next worker ends it")
    return Story(run, left, look_at(run))


def test_killed_worker_leaves_finished_and_open_items(story: Story) -> None:
    assert story.left == (BulkState.RUNNING, ["done"] * 4 + ["waiting"] * 8, 4)


def test_next_worker_finishes_the_run(story: Story, sandbox: LiveSandbox) -> None:
    assert story.ended == (BulkState.DONE, ["done"] * COUNT, COUNT)
    assert story.run.crashes == 1
    assert sandbox.voices() == []
    assert AuditEntry.objects.filter(verb="voice.deleted").count() == COUNT


def test_only_interrupted_deletes_are_sent_twice(story: Story, sandbox: LiveSandbox) -> None:
    asked = Counter(entry["path"] for entry in sandbox.log(**DELETE))
    assert sorted(asked.values()) == [1] * 8 + [2] * 4
