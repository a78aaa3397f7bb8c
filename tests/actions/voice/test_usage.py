"""Where a voice is used, asked of the real sandbox; what cannot be read is said, never raised."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests import loopback
from tests.base import Cast
from tests.builders import make_account, make_key, make_voice
from tests.sandbox.live import LiveSandbox
from voices import gateway
from voices.actions.voice.usage import (
    DEADLINE_SECONDS,
    NO_KEY,
    TOO_SLOW,
    RecentUse,
    Usage,
    agents_using,
    agents_using_any,
    reading_key,
    recent_use,
)
from voices.models import ApiKey, AuditEntry, KeyState, Voice


@pytest.fixture
def voice(cast: Cast, sandbox: LiveSandbox, settings: Settings) -> Voice:
    """A voice of Ed's account, known to the sandbox by the name Marlene."""
    cache.clear()
    settings.SANDBOX_URL = sandbox.url
    secret = sandbox.key()
    account = make_account()
    key = make_key(cast.ed, account=account, secret=secret)
    body = {"name": "Marlene", "definition": {"lmnt": {"voiceId": "x"}}}
    made = loopback.post(f"{sandbox.url}/api/voices", json=body, headers={"X-API-Key": secret}).json()
    for name, named in [("Front desk", "Marlene"), ("Night line", made["voiceId"]), ("Other", "Sora")]:
        agent = {"name": name, "callTemplate": {"voice": named}}
        loopback.post(
            f"{sandbox.url}/api/agents", json=agent, headers={"X-API-Key": secret}
        ).raise_for_status()
    return make_voice(cast.ed, account=account, steward=key, voice_id=made["voiceId"])


def test_usage_finds_agents_by_voice_id_and_name(cast: Cast, voice: Voice) -> None:
    uses = agents_using(reading_key(cast.vera, voice), voice)
    assert sorted((agent.name, agent.by) for agent in uses.agents) == [
        ("Front desk", "name"),
        ("Night line", "id"),
    ]
    assert [agent.name for agent in uses.by_name] == ["Front desk"]
    assert uses.problem == ""


def test_usage_is_cached_for_a_minute_unless_fresh_is_needed(
    cast: Cast, voice: Voice, sandbox: LiveSandbox
) -> None:
    for fresh in (False, False, True):
        agents_using(voice.steward, voice, fresh=fresh)
    assert len([one for one in sandbox.log(path="/api/agents") if one["method"] == "GET"]) == 2


def test_usage_marks_a_key_that_its_account_refuses(voice: Voice, sandbox: LiveSandbox) -> None:
    assert voice.steward is not None
    sandbox.revoke(gateway.unseal(voice.steward).reveal())
    uses = agents_using(voice.steward, voice)
    assert (uses.agents, uses.problem) == ((), "Althea refused this key. Althea said: Invalid API key")
    assert recent_use(voice.steward, voice, today=date(2026, 8, 1)).problem == uses.problem
    assert ApiKey.objects.get().state == KeyState.REFUSED
    assert AuditEntry.objects.filter(verb="key.refused", team=voice.team).count() == 1


@pytest.mark.parametrize("path", ["/api/agents", "/api/accounts/me/usage/calls"])
def test_usage_that_is_not_offered_names_itself(voice: Voice, sandbox: LiveSandbox, path: str) -> None:
    sandbox.fault(method="GET", path=path, effect="status", status=404)
    problems = [
        agents_using(voice.steward, voice).problem,
        recent_use(voice.steward, voice, today=date(2026, 8, 1)).problem,
    ]
    named = {"/api/agents": "its list of agents"}.get(path, "the calls of this voice")
    assert sorted(problems) == ["", f"Althea can't find {named}"]


def test_usage_says_that_there_is_no_key(cast: Cast, voice: Voice) -> None:
    voice.steward = None
    assert reading_key(cast.vera, voice) is None
    assert agents_using(None, voice).problem == NO_KEY
    assert recent_use(None, voice, today=date(2026, 8, 1)).problem == NO_KEY


def test_usage_prefers_the_persons_key_and_skips_refused_ones(cast: Cast, voice: Voice) -> None:
    own = make_key(cast.ada, account=voice.account)
    assert reading_key(cast.ada, voice) == own
    own.state = KeyState.REFUSED
    own.save()
    assert reading_key(cast.ada, voice) == voice.steward


def test_usage_counts_the_calls_of_30_days_by_day(voice: Voice, sandbox: LiveSandbox) -> None:
    for days, count in [(0, 2), (29, 1), (40, 9)]:
        calls = {"voiceId": voice.voice_id, "count": count, "seconds": 50, "daysAgo": days}
        loopback.post(f"{sandbox.url}/_sandbox/calls", json=calls).raise_for_status()
    today = timezone.now().date()
    use = recent_use(voice.steward, voice, today=today)
    assert (use.calls, use.seconds, use.minutes, use.problem) == (3, 150.0, 3, "")
    assert len(use.daily) == 30
    assert dict(use.daily)[today] == 2
    assert dict(use.daily)[today - timedelta(days=29)] == 1


def test_usage_says_that_althea_is_unreachable(voice: Voice, settings: Settings) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    assert agents_using(voice.steward, voice).problem
    assert recent_use(voice.steward, voice, today=date(2026, 8, 1)).problem


def test_usage_of_many_voices_lists_uses_and_failed_accounts(cast: Cast, voice: Voice) -> None:
    other = make_voice(cast.ed, name="Otto", account=voice.account)
    away = make_voice(cast.ed, name="Away", account=make_account(name="Elsewhere"))
    uses = agents_using_any(cast.ed, [other, away, voice])
    assert sorted((agent, one.name) for agent, one in uses.agents) == [
        ("Front desk", "Marlene"),
        ("Night line", "Marlene"),
    ]
    assert uses.problems == (("Elsewhere", NO_KEY),)


def test_usage_cache_is_not_shown_to_a_person_without_a_key(voice: Voice) -> None:
    today = timezone.now().date()
    assert agents_using(voice.steward, voice).agents
    recent_use(voice.steward, voice, today=today)
    assert agents_using(None, voice) == Usage(problem=NO_KEY)
    assert recent_use(None, voice, today=today) == RecentUse(problem=NO_KEY)


@pytest.mark.parametrize(
    "fault",
    [
        {"effect": "status", "status": 200, "body": "<html>We'll be back</html>"},
        {"effect": "status", "status": 200, "body": {"results": "none", "next": None}},
        {"effect": "status", "status": 200, "body": {"results": [{"name": "no id"}], "next": None}},
        {
            "effect": "status",
            "status": 200,
            "body": {"results": [], "next": "/api/agents?cursor=x"},
            "times": 99,
        },
        {"effect": "endless", "size": 5_000_000},
        {"effect": "truncate"},
        {"effect": "garbage"},
        {"effect": "drop", "how": "rst"},
        {"effect": "status", "status": 503},
    ],
    ids=["html", "shape", "no-id", "loop", "5mb", "cut", "garbage", "reset", "503"],
)
def test_usage_reports_a_malformed_agent_list_and_caches_none(
    voice: Voice, sandbox: LiveSandbox, fault: dict[str, Any]
) -> None:
    sandbox.fault(method="GET", path="/api/agents", **fault)
    uses = agents_using(voice.steward, voice)
    assert uses.agents == ()
    assert uses.problem
    sandbox.clear()
    assert len(agents_using(voice.steward, voice).agents) == 2


@pytest.mark.parametrize("path", ["/api/agents", "/api/accounts/me/usage/calls"])
def test_usage_refusal_does_not_mark_the_key(voice: Voice, sandbox: LiveSandbox, path: str) -> None:
    assert voice.steward is not None
    sandbox.fault(method="GET", path=path, effect="status", status=401)
    problems = {
        agents_using(voice.steward, voice).problem,
        recent_use(voice.steward, voice, today=date(2026, 8, 1)).problem,
    }
    assert any(problems)
    voice.steward.refresh_from_db()
    assert voice.steward.state == KeyState.OK


def test_usage_gives_up_on_an_althea_that_never_answers(voice: Voice, sandbox: LiveSandbox) -> None:
    sandbox.fault(method="GET", path="/api/agents", effect="hang")
    assert agents_using(voice.steward, voice, seconds=0.2) == Usage(problem=TOO_SLOW)


def test_usage_shares_one_deadline_among_accounts(cast: Cast, voice: Voice) -> None:
    times = iter([0.0, DEADLINE_SECONDS + 1])
    uses = agents_using_any(cast.ed, [voice], clock=lambda: next(times))
    assert uses.problems == ((voice.account.name, TOO_SLOW),)


def test_usage_cuts_long_agent_names_and_ignores_long_voice_ids(voice: Voice, sandbox: LiveSandbox) -> None:
    long = {"agentId": "a1", "name": "x" * 100_000, "callTemplate": {"voice": "Marlene"}}
    other = {"agentId": "a2", "name": "y", "callTemplate": {"voice": "Marlene" * 10_000}}
    body = {"results": [long, other], "next": None}
    sandbox.fault(method="GET", path="/api/agents", effect="status", status=200, body=body)
    (agent,) = agents_using(voice.steward, voice).agents
    assert (agent.agent_id, agent.name) == ("a1", "x" * 300)


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        {"allTime": []},
        {"daily": [{"date": "2026-13-99"}, None, 7]},
        [],
        {"allTime": {"totalCount": 10**30}},
    ],
)
def test_malformed_usage_counts_as_none_or_is_reported(voice: Voice, sandbox: LiveSandbox, body: Any) -> None:
    sandbox.fault(method="GET", path="/api/accounts/me/usage/calls", effect="status", status=200, body=body)
    use = recent_use(voice.steward, voice, today=date(2026, 8, 1))
    assert (use.calls, use.minutes) == (0, 0)
    assert use.problem or sum(calls for _, calls in use.daily) == 0
