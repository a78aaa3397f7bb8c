"""The rate limit: exact over several processes, cheap in a flood, and no matter of others."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from tests.base import Cast
from tests.kit.fakes import FakeClock
from tests.web.api.programs import make_token
from voices.actions.tokens.budget import UNITS_A_MINUTE, Lease, lease_units
from voices.kit.api_tokens import make_token as random_token
from voices.kit.secret import Secret
from voices.models import ApiToken
from voices.web.guard import Message, Receive, Scope, Send
from voices.web.guard.rates import CLONE_UNITS, RateLimits

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TOKEN = random_token()


class Shared:
    """What all processes share: the units of one minute, as the database keeps them."""

    def __init__(self, left: int = UNITS_A_MINUTE) -> None:
        self.left, self.asked = left, 0

    async def lease(self, digest: str, units: int, window_at: datetime) -> Lease | None:
        self.asked += 1
        granted = min(20, self.left)
        if granted < units:
            return Lease(0, self.left)
        self.left -= granted
        return Lease(granted, self.left)


async def passed_on(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for the guard and Django."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def ask(
    limits: RateLimits, token: Secret | None = TOKEN, *, method: str = "GET", path: str = "/api/v1/voices"
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {token.reveal()}".encode())] if token else []
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "client": ("::1", 1)}
    await limits(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent)


async def test_flood_is_refused_until_the_minute_ends() -> None:
    clock, shared = FakeClock(at=NOON + timedelta(seconds=20)), Shared()
    limits = RateLimits(passed_on, lease=shared.lease, clock=clock)
    _, headers, _ = await ask(limits)
    assert headers["ratelimit-policy"] == '"default";q=120;w=60'
    assert headers["ratelimit"] == '"default";r=119;t=40'
    statuses = [(await ask(limits))[0] for _ in range(1_000)]
    assert (statuses.count(200), statuses.count(429)) == (119, 881)
    assert shared.asked == 6  # blocks of 20: a flood asks the database for nothing
    status, headers, body = await ask(limits)
    assert (status, headers["retry-after"], headers["ratelimit"]) == (429, "40", '"default";r=0;t=40')
    assert json.loads(body)["code"] == "rate_limited"
    clock.advance(40)
    shared.left = UNITS_A_MINUTE
    assert (await ask(limits))[0] == 200


async def test_flood_of_one_token_leaves_others_unharmed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    spent = Shared(0)
    limits = RateLimits(passed_on, lease=spent.lease, clock=FakeClock(at=NOON))
    for _ in range(50):
        assert (await ask(limits))[0] == 429
    assert len(caplog.records) == 1
    spent.left = 20
    assert (await ask(limits, random_token()))[0] == 200


async def test_processes_share_one_limit() -> None:
    clock, shared = FakeClock(at=NOON), Shared()
    processes = [RateLimits(passed_on, lease=shared.lease, clock=clock) for _ in range(2)]
    statuses = [(await ask(processes[number % 2]))[0] for number in range(300)]
    assert statuses.count(200) == UNITS_A_MINUTE


async def test_clones_cost_more_and_reading_goes_on() -> None:
    limits = RateLimits(passed_on, lease=Shared(8).lease, clock=FakeClock(at=NOON))
    assert [(await ask(limits, method="POST"))[0] for _ in range(2)] == [200, 429]
    assert [(await ask(limits))[0] for _ in range(3)] == [200, 200, 429]
    assert CLONE_UNITS == 6


async def test_without_a_token_and_elsewhere_nothing_is_counted() -> None:
    limits = RateLimits(passed_on, lease=Shared(0).lease, clock=FakeClock(at=NOON))
    for token, path in ((None, "/api/v1/voices"), (Secret("vs_short"), "/api/v1/voices"), (TOKEN, "/")):
        status, headers, _ = await ask(limits, token, path=path)
        assert (status, "ratelimit" in headers) == (200, False)


async def test_made_up_tokens_are_passed_on_and_take_no_memory() -> None:
    async def unknown(*_: Any) -> Lease | None:
        return None

    limits = RateLimits(passed_on, lease=unknown, clock=FakeClock(at=NOON))
    for _ in range(5):
        assert (await ask(limits, random_token()))[0] == 200
    assert not limits._windows


async def test_database_that_is_away_is_a_503() -> None:
    async def away(*_: Any) -> Lease | None:
        raise OperationalError("gone")

    status, headers, body = await ask(RateLimits(passed_on, lease=away, clock=FakeClock(at=NOON)))
    assert (status, json.loads(body)["code"], headers["content-type"]) == (
        503,
        "busy",
        "application/problem+json",
    )


def test_lease_counts_by_minute_and_ends_at_the_limit(cast: Cast) -> None:
    token, _ = make_token(cast.ed)
    leases = [lease_units(token.digest, 1, NOON) for _ in range(7)]
    assert leases == [*(Lease(20, left) for left in (100, 80, 60, 40, 20, 0)), Lease(0, 0)]
    assert lease_units(token.digest, 1, NOON + timedelta(minutes=1)) == Lease(20, 100)
    # A process whose clock is behind counts in the minute that has begun.
    assert lease_units(token.digest, 1, NOON) == Lease(20, 80)
    assert lease_units("0" * 64, 1, NOON) is None


def test_last_units_are_leased_where_they_suffice(cast: Cast) -> None:
    token, _ = make_token(cast.ed)
    ApiToken.objects.filter(pk=token.pk).update(window_at=NOON, window_used=117)
    assert lease_units(token.digest, CLONE_UNITS, NOON) == Lease(0, 3)
    assert lease_units(token.digest, 1, NOON) == Lease(3, 0)
