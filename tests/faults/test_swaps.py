"""A worker that is killed while it replaces a voice in agents: the next one finishes, and misjudges none."""

from dataclasses import dataclass

import pytest
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_voice
from tests.faults.running import LiveWorker, until
from tests.sandbox.live import LiveSandbox
from tests.sandbox_voices import Living, open_account
from voices.actions.bulk.swap_request import request_swap, undo_swap
from voices.actions.voice.usage import AgentUse
from voices.models import AuditEntry, BulkRun, BulkState

# Each test reads what its module's fixtures have committed; a test's own transaction stays empty.
pytestmark = pytest.mark.django_db
NOWHERE = "https://althea.invalid"
PATCH = {"method": "PATCH", "path": "/api/agents/.+"}
COUNT = 20


def begin(cast: Cast, living: Living) -> BulkRun:
    """A replacement in agents that are really there; ten changes go well, the next eight land and are not answered."""
    living.key(cast.ed)
    voices = [
        make_voice(cast.ed, name=name, account=living.account, voice_id=f"{name}-id")
        for name in ("Marlene", "Bella")
    ]
    agents = [
        AgentUse(living.agent(f"A{number}", voice="Marlene-id", systemPrompt="Hi"), f"A{number}", "id")
        for number in range(COUNT)
    ]
    living.sandbox.fault(effect="hang", skip=10, times=8, commit=True, **PATCH)
    return request_swap(member=cast.ed, old=voices[0], new=voices[1], agents=agents, now=timezone.now())


def voices(living: Living) -> list[str]:
    return sorted(template["voice"] for template in living.templates().values())


def look_at(run: BulkRun) -> tuple[str, list[str]]:
    run.refresh_from_db()
    return run.state, sorted(run.items.values_list("state", flat=True))


@dataclass(frozen=True)
class Story:
    """What the killed worker left, what came of it, and what an undo made of that."""

    run: BulkRun
    left: tuple[str, list[str]]
    ended: tuple[str, list[str]]
    upstream: list[str]
    undone: tuple[str, list[str]]
    restored: list[str]


@pytest.fixture(scope="module")
def story(stage: Cast, sandbox: LiveSandbox, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """One worker killed while it waits for eight answers; another one ends the run, and undoes it."""
    folder, living = tmp_path_factory.mktemp("workers"), open_account(sandbox)
    run = begin(stage, living)
    with LiveWorker(folder, sandbox, althea_url=NOWHERE) as worker:
        until(lambda: voices(living).count("Bella-id") == 18, "eighteen are changed, eight without an answer")
        until(lambda: run.items.filter(state="done").count() == 10, "those with an answer are written down")
        worker.kill()
    left = look_at(run)
    with LiveWorker(folder, sandbox, althea_url=NOWHERE):
        until(lambda: not BulkRun.objects.live().exists(), "the next worker ends it")
        ended, upstream = look_at(run), voices(living)
        undo = undo_swap(member=stage.ed, run=run, now=timezone.now())
        until(lambda: not BulkRun.objects.live().exists(), "and undoes it")
    return Story(run, left, ended, upstream, look_at(undo), voices(living))


def test_killed_worker_leaves_agents_it_changed_as_waiting(story: Story) -> None:
    assert story.left == (BulkState.RUNNING, ["done"] * 10 + ["waiting"] * 10)


def test_next_worker_counts_agents_of_the_killed_one_as_changed(story: Story) -> None:
    assert story.ended == (BulkState.DONE, ["done"] * COUNT)
    assert story.upstream == ["Bella-id"] * COUNT
    assert story.run.crashes == 1


def test_no_agent_is_changed_twice_and_all_are_undone(story: Story, sandbox: LiveSandbox) -> None:
    assert story.undone == (BulkState.DONE, ["done"] * COUNT)
    assert story.restored == ["Marlene-id"] * COUNT
    assert len(sandbox.log(**PATCH)) == 2 * COUNT
    assert AuditEntry.objects.filter(verb="agent.changed").count() == 2 * COUNT
