"""Checks of voices, end to end: the real worker asks the real sandbox, which refuses where told to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from tests.base import Cast
from tests.kit.fakes import NOON, FakeClock
from tests.sandbox_voices import Living
from voices.actions import NotPossibleError
from voices.actions.voice.calls import are_due
from voices.actions.voice.health_checks import begin_rounds, check_interval, check_now
from voices.actions.work import RetryPolicy, WorkerContext
from voices.althea import new_http
from voices.models import (
    AuditEntry,
    ConsentState,
    DailyCalls,
    Health,
    HealthRound,
    KeyState,
    RoundState,
    Voice,
    VoiceQuerySet,
)
from voices.worker.kinds.base import Runtime
from voices.worker.loop import Worker

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = {"method": "GET", "path": "/api/accounts/me/usage/calls"}
PREVIEW = {"method": "GET", "path": "/api/voices/[^/]+/preview"}
WORDS = "The provider no longer has this voice."
REFUSED = f"Althea refused the request. Althea said: {WORDS}"


class Studio:
    """A worker by the test's clock."""

    def __init__(self, at: datetime = NOON) -> None:
        self.clock = FakeClock(at=at)

    def work(self, *, hours: float = 24) -> None:
        """Begin what is to begin, and do all that is due."""
        begin_rounds(now=self.clock.now(), hours=hours)
        async_to_sync(self._work)()

    async def _work(self) -> None:
        context = WorkerContext(worker_id="test", policy=RetryPolicy(), now=self.clock.now)
        async with new_http() as http:
            await Worker(runtime=Runtime(http=http, context=context), clock=self.clock).run_until_idle()


def refuse(living: Living, **spec: Any) -> None:
    living.sandbox.fault(**{"effect": "status", "status": 400, "body": {"detail": WORDS}} | PREVIEW | spec)


def health(voice: Voice) -> tuple[str, str, datetime | None]:
    voice.refresh_from_db()
    return voice.health, voice.health_problem, voice.health_since


def asked(living: Living) -> int:
    return len(living.sandbox.log(**PREVIEW))


def called(voice: Voice) -> dict[int, int]:
    """The counted calls of the voice by the number of days ago."""
    rows = DailyCalls.objects.filter(voice=voice).values_list("day", "count")
    return {(timezone.now().date() - day).days: count for day, count in rows}


def test_a_refused_voice_is_marked_and_recovers_by_itself(cast: Cast, living: Living) -> None:
    studio, voice = Studio(), living.voice(cast.ed, steward=living.key(cast.ed))
    refuse(living, times=2)
    studio.work()
    noon = studio.clock.now()
    assert health(voice) == (Health.FAILING, REFUSED, noon)
    studio.clock.advance(24 * 3600)
    studio.work()
    assert (health(voice), voice.health_checked_at) == (
        (Health.FAILING, REFUSED, noon), studio.clock.now(),
    )  # fmt: skip
    studio.clock.advance(24 * 3600)
    studio.work()
    assert health(voice) == (Health.GOOD, "", None)
    verbs = AuditEntry.objects.filter(verb__in=["voice.failing", "voice.recovered"]).order_by("at")
    assert [entry.verb for entry in verbs] == ["voice.failing", "voice.recovered"]


def test_calls_of_each_day_are_read_with_the_check(cast: Cast, living: Living) -> None:
    studio, voice = Studio(timezone.now()), living.voice(cast.ed, steward=living.key(cast.ed))
    for days, count in ((0, 2), (5, 3), (29, 1)):
        living.call(voice, days_ago=days, count=count)
    studio.work()
    assert called(voice) == {0: 2, 5: 3, 29: 1}
    living.call(voice, days_ago=0, count=1)
    studio.clock.advance(24 * 3600)
    studio.work()
    assert called(voice) == {0: 3, 5: 3, 29: 1}
    assert health(voice)[0] == Health.GOOD


@pytest.mark.parametrize(
    ("spec", "seconds"),
    [
        ({"status": 402, "body": {"detail": "Payment required."}}, 6 * 3600),
        ({"status": 403, "body": {"detail": "You do not have permission to perform this action."}}, 6 * 3600),
        ({"status": 404, "body": {"detail": "Not found."}}, 600),
        ({"status": 500, "body": "<html>Oops</html>"}, 600),
        ({"status": 200, "body": ["nonsense"]}, 600),
    ],
)
def test_calls_that_cannot_be_read_rest_while_checks_go_on(
    cast: Cast, living: Living, spec: dict[str, Any], seconds: int
) -> None:
    studio, key = Studio(), living.key(cast.ed)
    voices = [living.voice(cast.ed, name, steward=key) for name in ("Ada", "Bo")]
    refuse(living, **CALLS | spec)
    studio.work()
    studio.clock.advance(599)
    HealthRound.objects.update(due_at=studio.clock.now())
    studio.work()
    row = HealthRound.objects.get()
    assert row.calls_due_at == studio.clock.now() + timedelta(seconds=seconds - 599)
    assert (len(living.sandbox.log(**CALLS)), row.state, key.state) == (1, RoundState.CHECKING, KeyState.OK)
    assert [health(voice) for voice in voices] == [(Health.GOOD, "", None)] * 2
    # A rest that a clock set back has left far ahead is none.
    assert [are_due(row, studio.clock.now() - timedelta(days=days)) for days in (0, 1)] == [False, True]


def test_calls_that_are_too_many_stop_the_checks_too(cast: Cast, living: Living) -> None:
    studio, voice = Studio(), living.voice(cast.ed, steward=living.key(cast.ed))
    refuse(living, effect="throttle", seconds=60, **CALLS)
    studio.work()
    row = HealthRound.objects.get()
    assert (row.state, row.due_at - studio.clock.now()) == (RoundState.PAUSED, timedelta(seconds=60))
    assert (asked(living), health(voice)[0]) == (0, Health.UNHEARD)


def test_checks_are_spread_and_none_comes_twice_a_day(cast: Cast, living: Living) -> None:
    studio, key = Studio(), living.key(cast.ed)
    for name in ("Ada", "Bo", "Cy"):
        living.voice(cast.ed, name, steward=key)
    studio.work()
    assert asked(living) == 1
    for _ in range(4):
        studio.clock.advance(600)
        studio.work()
    assert asked(living) == 3
    row = HealthRound.objects.get()
    assert (check_interval(row, hours=24), check_interval(row, hours=0.01)) == (600, 12)


@pytest.mark.parametrize(
    ("spec", "seconds"),
    [
        ({"status": 402, "body": {"detail": "Payment required."}}, 6 * 3600),
        ({"status": 403, "body": "<html><h1>403 Forbidden</h1></html>"}, 6 * 3600),
        ({"effect": "throttle", "seconds": 60}, 60),
    ],
)
def test_an_account_that_refuses_rests(
    cast: Cast, living: Living, spec: dict[str, Any], seconds: float
) -> None:
    studio, key = Studio(), living.key(cast.ed)
    voices = [living.voice(cast.ed, name, steward=key) for name in ("Ada", "Bo")]
    refuse(living, **spec)
    studio.work()
    row = HealthRound.objects.get()
    assert (row.state, row.due_at - studio.clock.now()) == (RoundState.PAUSED, timedelta(seconds=seconds))
    assert [health(voice)[0] for voice in voices] == [Health.UNHEARD] * 2
    studio.clock.advance(seconds - 1)
    studio.work()
    assert asked(living) == 1
    studio.clock.advance(1)
    studio.work()
    row.refresh_from_db()
    key.refresh_from_db()
    assert (asked(living), row.state, key.state) == (2, RoundState.CHECKING, KeyState.OK)


def test_a_refused_key_checks_nothing_more(cast: Cast, living: Living) -> None:
    studio, key = Studio(), living.key(cast.ed)
    voices = [living.voice(cast.ed, name, steward=key) for name in ("Ada", "Bo")]
    living.sandbox.revoke(living.secret)
    studio.work()
    studio.clock.advance(600)
    studio.work()
    key.refresh_from_db()
    assert (key.state, len(living.sandbox.log(**CALLS)), asked(living)) == (KeyState.REFUSED, 1, 0)
    assert [health(voice)[1] for voice in voices] == ["", ""]


@pytest.mark.parametrize(
    "facts",
    [
        {"billing_style": "VOICE_BILLING_STYLE_EXTERNAL"},
        {"ownership": "public"},
        {"consent_state": ConsentState.ENDED},
    ],
)
def test_a_voice_that_costs_or_is_not_ours_is_left_alone(
    cast: Cast, living: Living, facts: dict[str, Any]
) -> None:
    living.voice(cast.ed, steward=living.key(cast.ed), **facts)
    Studio().work()
    assert (asked(living), HealthRound.objects.count()) == (0, 0)


def test_checks_end_with_zero_hours(cast: Cast, living: Living) -> None:
    studio = Studio()
    living.voice(cast.ed, steward=living.key(cast.ed))
    begin_rounds(now=studio.clock.now(), hours=24)
    studio.work(hours=0)
    assert (asked(living), HealthRound.objects.count()) == (0, 0)


def test_an_unclear_answer_says_nothing_about_a_voice(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed, steward=living.key(cast.ed))
    refuse(living, status=500, body="<html>Oops</html>")
    Studio().work()
    assert health(voice) == (Health.UNHEARD, "", None)


def test_check_now_says_what_is_wrong_and_by_whom(cast: Cast, living: Living) -> None:
    facts = {"billing_style": "VOICE_BILLING_STYLE_EXTERNAL"}
    voice = living.voice(cast.ed, steward=living.key(cast.ed), **facts)
    refuse(living)
    assert check_now(member=cast.ada, voice=voice) == REFUSED
    assert health(voice)[:2] == (Health.FAILING, REFUSED)
    assert check_now(member=cast.ed, voice=voice) == ""
    entries = AuditEntry.objects.filter(verb__startswith="voice.").order_by("at")
    assert [(entry.verb, entry.actor_name) for entry in entries] == [
        ("voice.failing", "Ada"), ("voice.recovered", "Ed"), ("voice.checked", "Ed"),
    ]  # fmt: skip
    browser = cast.login(cast.ed)
    assert browser.post(f"/voices/{voice.pk}/check/").status_code == 303
    page = browser.get(f"/voices/{voice.pk}/")
    assert "Checked: Althea has this voice and its preview." in page.content.decode()


def test_check_now_without_a_key_is_refused(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    with pytest.raises(NotPossibleError, match="has a working key"):
        check_now(member=cast.ed, voice=voice)


def test_a_problem_shows_on_the_row_and_the_page(cast: Cast, living: Living) -> None:
    found: VoiceQuerySet = Voice.objects.filter(pk=living.voice(cast.ed).pk)
    found.update(health=Health.FAILING, health_problem="Out of <credit>", health_since=FakeClock().now())
    browser = cast.login(cast.vera)
    row = browser.get("/").content.decode()
    page = browser.get(f"/voices/{found.get().pk}/").content.decode()
    assert "Fails at Althea" in row
    assert "2 Mar 2026" in page
    assert "Out of &lt;credit&gt;" in page
    assert "Check now" not in page
