"""A list that fails in its middle, over real sockets: the run ends or waits, says why, and calls nothing gone."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_key, make_voice
from tests.sandbox.live import LiveSandbox
from tests.worker.running import work_until_idle
from tests.worker.test_sync import LIST, add, counts
from voices.actions.sync.runs import request_team_sync
from voices.models import ApiKey, KeyState, SyncRun, SyncState, Voice

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 101  # two pages


@pytest.fixture
def key(cast: Cast, secret: str) -> ApiKey:
    """A key whose account has a voice here that no list names."""
    key = make_key(cast.ed, secret=secret)
    make_voice(cast.ed, account=key.account, created_at=timezone.now() - timedelta(days=1))
    return key


def sync(cast: Cast) -> SyncRun:
    """The team's latest run after somebody asked and the worker did what it could."""
    request_team_sync(member=cast.ed, now=timezone.now())
    async_to_sync(work_until_idle)()
    return SyncRun.objects.latest("created_at")


def answer(*results: Any, cursor: str = "", **more: Any) -> dict[str, Any]:
    """A fault that answers with this page, and where the next one starts."""
    place = f"http://althea.invalid/api/voices?cursor={cursor}" if cursor else None
    return {"effect": "status", "status": 200, "body": {"results": results, "next": place, **more}}


def voice(voice_id: str, **facts: Any) -> dict[str, Any]:
    return {"voiceId": voice_id, "name": f"Voice {voice_id}", "ownership": "private", **facts}


# What the second page does; what the run is then, by which problem, and a word of what it says.
ROWS = {
    "html": ({"effect": "html"}, SyncState.FAILED, "garbled", "not JSON"),
    "5-mb": ({"effect": "huge", "size": 5_000_000}, SyncState.FAILED, "garbled", "too long"),
    "refused-to-a-good-key": (
        {"effect": "status", "status": 403, "body": {"detail": "Invalid API key"}},
        SyncState.FAILED, "forbidden", "though the key works",
    ),
    "500": ({"effect": "status", "status": 500, "body": "<h1>Error</h1>"}, SyncState.QUEUED, "", ""),
    "503": ({"effect": "status", "status": 503}, SyncState.QUEUED, "", ""),
    "drop": ({"effect": "drop", "how": "rst"}, SyncState.QUEUED, "", ""),
    "drop-in-mid-page": ({"effect": "truncate"}, SyncState.QUEUED, "", ""),
    "garbage": ({"effect": "garbage"}, SyncState.QUEUED, "", ""),
    "429-in-seconds": ({"effect": "throttle", "seconds": 90}, SyncState.QUEUED, "", ""),
    "429-by-date": ({"effect": "throttle", "seconds": 90, "form": "date"}, SyncState.QUEUED, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_sync_keeps_the_first_page_if_the_second_fails(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey, row: tuple[dict[str, Any], str, str, str]
) -> None:
    fault, state, problem, word = row
    add(sandbox, secret, *(f"Voice {number}" for number in range(CROWD)))
    sandbox.fault(**LIST, **fault, skip=1)
    run = sync(cast)
    assert (run.state, run.problem, run.added) == (state, problem, 100)
    assert run.message
    assert word in run.message
    if fault["effect"] == "throttle":
        assert run.due_at > timezone.now() + timedelta(seconds=60)
    assert not Voice.objects.exclude(gone_at=None).exists()
    assert ApiKey.objects.get().state == KeyState.OK
    # Read whole, the list proves that the one voice is gone.
    run = sync(cast)
    assert (run.state, run.gone, Voice.objects.filter(gone_at=None).count()) == (SyncState.DONE, 1, CROWD)


def test_sync_fails_after_the_last_retry(sandbox: LiveSandbox, cast: Cast, key: ApiKey) -> None:
    sandbox.fault(**LIST, effect="status", status=500, times=None)
    states = [sync(cast).state for _ in range(3)]
    assert states == [SyncState.QUEUED, SyncState.QUEUED, SyncState.FAILED]
    assert SyncRun.objects.get().message
    assert not Voice.objects.exclude(gone_at=None).exists()


def test_sync_detects_circular_cursors(sandbox: LiveSandbox, cast: Cast, key: ApiKey) -> None:
    for one, cursor in (("a", "one"), ("b", "two"), ("c", "one")):
        sandbox.fault(**LIST, **answer(voice(one), cursor=cursor))
    run = sync(cast)
    assert (run.state, run.problem, counts(run)) == (SyncState.FAILED, "garbled", (3, 0, 0, 0))
    assert "repeats itself" in run.message
    assert not Voice.objects.exclude(gone_at=None).exists()


def test_sync_uses_the_first_of_repeated_voice_ids(sandbox: LiveSandbox, cast: Cast, key: ApiKey) -> None:
    sandbox.fault(**LIST, **answer(voice("a"), voice("b"), voice("a", name="Again"), cursor="next"))
    sandbox.fault(**LIST, **answer(voice("b", name="Once more"), voice("c")))
    run = sync(cast)
    assert (run.state, counts(run)) == (SyncState.DONE, (3, 0, 1, 0))
    assert Voice.objects.get(voice_id="a").name == "Voice a"


def test_sync_stores_or_reports_unusual_entries(sandbox: LiveSandbox, cast: Cast, key: ApiKey) -> None:
    strange = voice("a", provider="Engine of Tomorrow", billingStyle=["no", "text"], definition="none")
    sandbox.fault(**LIST, **answer(strange, {"name": "No id"}, voice("b", name=None), voice("../c"), 7, None))
    run = sync(cast)
    assert (run.state, counts(run)) == (SyncState.DONE, (1, 0, 0, 0))
    assert "5 of Althea's entries could not be read" in run.message
    kept = Voice.objects.get(voice_id="a")
    assert (kept.provider, kept.billing_style, kept.definition) == ("Engine of Tomorrow", "", {})
    assert kept.raw["billingStyle"] == ["no", "text"]


def test_sync_of_a_short_list_marks_nothing_as_gone(sandbox: LiveSandbox, cast: Cast, key: ApiKey) -> None:
    sandbox.fault(**LIST, **answer(voice("a"), total=2))
    run = sync(cast)
    assert (run.state, counts(run)) == (SyncState.DONE, (1, 0, 0, 0))
    assert "fewer voices than its total says" in run.message
