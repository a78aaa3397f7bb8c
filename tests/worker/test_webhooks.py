"""Webhooks end to end: a change, its notice, the worker, and a receiver on a real socket that verifies what comes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast, make_cast
from tests.builders import make_voice
from tests.kit.fakes import FakeClock
from tests.webhooks.receiver import Receiver, Reply, receiving
from voices.actions.notices.deliveries import WAITS
from voices.actions.notices.endpoints import (
    add_endpoint,
    rotate_secret,
    send_again,
    send_test,
    switch_endpoint,
)
from voices.actions.notices.fan_out import delete_old_notices, fan_out
from voices.actions.team_deletion import delete_team, purge_deleted_teams
from voices.actions.work import RetryPolicy, WorkerContext
from voices.althea import new_http
from voices.models import DeliveryState, EndpointState, Notice, WebhookDelivery, WebhookEndpoint
from voices.notices.kinds import CREATED, GONE, listed, voice_facts
from voices.worker.kinds import notice, webhook
from voices.worker.kinds.base import Runtime
from voices.worker.loop import Worker, claim

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: None, settings: Settings) -> Cast:
    settings.WEBHOOKS_LOOPBACK, settings.SENDS_MAIL = True, False
    return make_cast()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


class Studio:
    """A worker that sends webhooks only, by the test's clock, which begins now: receivers check the time."""

    def __init__(self) -> None:
        self.clock = FakeClock(at=timezone.now())

    def context(self, name: str = "test") -> WorkerContext:
        return WorkerContext(worker_id=name, policy=RetryPolicy(), now=self.clock.now)

    def work(self) -> None:
        async_to_sync(self._work)()

    async def _work(self) -> None:
        async with new_http() as http:
            runtime = Runtime(http=http, context=self.context())
            kinds = (notice.KIND, webhook.KIND)
            await Worker(runtime=runtime, clock=self.clock, kinds=kinds).run_until_idle()


@pytest.fixture
def studio() -> Studio:
    return Studio()


def endpoint(cast: Cast, receiver: Receiver, *, kinds: Any = ("voice.created",), path: str = "") -> Any:
    """An endpoint of Northwind, and its secret as text."""
    made, secret = add_endpoint(member=cast.ada, url=receiver.url + path, kinds=kinds, now=timezone.now())
    return made, secret.reveal()


def happen(cast: Cast, studio: Studio, name: str = "Marlene") -> Notice:
    voice = make_voice(cast.ed, name=name)
    now = studio.clock.now()
    return CREATED.write(team=cast.northwind, now=now, about=cast.ed.user, voice=voice_facts(voice))


def _spread_all(studio: Studio) -> None:
    """Take the notices as far as their messages, which are not sent yet."""
    for _, row in claim([notice.KIND], studio.context(), [10]):
        assert fan_out(row, studio.context())


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("endpoint").get()


def test_a_receiver_verifies_what_happened(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    _, secret = endpoint(cast, receiver)
    told = happen(cast, studio)
    studio.work()
    event = receiver.verified(secret)
    assert event == {
        "type": "voice.created",
        "timestamp": told.at.isoformat().replace("+00:00", "Z"),
        "data": {"voice": told.facts["voice"]},
    }
    assert receiver.ids == [f"msg_{told.pk.hex}"]
    sent = only()
    assert (sent.state, sent.status, sent.answer, sent.attempts) == (
        DeliveryState.DELIVERED,
        200,
        "thanks",
        1,
    )
    assert not receiver.accepts("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def test_others_and_other_kinds_are_not_sent(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    endpoint(cast, receiver, kinds=["voice.gone"])
    happen(cast, studio)
    lost = [make_voice(cast.sam, name="Sora")]
    GONE.write(team=cast.southwind, now=studio.clock.now(), account="South", **listed(lost))
    studio.work()
    assert (receiver.requests, WebhookDelivery.objects.count()) == ([], 0)


def test_failures_are_tried_again_with_the_same_id(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    made, _ = endpoint(cast, receiver)
    receiver.replies = [Reply(status=500, body=b"oops"), Reply(status=503), Reply()]
    happen(cast, studio)
    studio.work()
    assert (only().status, only().answer, only().problem) == (500, "oops", "It responded with status 500.")
    assert only().due_at == studio.clock.now() + timedelta(seconds=5)
    studio.clock.advance(5)
    studio.work()
    assert only().due_at == studio.clock.now() + timedelta(minutes=5)
    made.refresh_from_db()
    assert made.failing_since is not None
    studio.clock.advance(300)
    studio.work()
    made.refresh_from_db()
    assert (only().state, only().attempts, made.failing_since) == (DeliveryState.DELIVERED, 3, None)
    assert len(set(receiver.ids)) == 1
    assert [receiver.requests[number][1] for number in (0, 2)] == [receiver.requests[1][1]] * 2


def test_after_ten_tries_a_message_is_given_up(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    endpoint(cast, receiver)
    receiver.replies = [Reply(status=500)]
    happen(cast, studio)
    studio.work()
    for seconds in WAITS:
        studio.clock.advance(seconds)
        studio.work()
    assert (only().state, only().attempts, len(receiver.requests)) == (DeliveryState.FAILED, 10, 10)
    studio.clock.advance(86_400)
    studio.work()
    assert len(receiver.requests) == 10


@pytest.mark.parametrize(("status", "days"), [(410, 0), (500, 5)])
def test_an_endpoint_that_is_gone_or_fails_is_disabled(
    cast: Cast, receiver: Receiver, studio: Studio, status: int, days: int
) -> None:
    made, _ = endpoint(cast, receiver, kinds=["voice.created", "webhook.disabled"])
    receiver.replies = [Reply(status=status)]
    if days:
        since = studio.clock.now() - timedelta(days=days)
        WebhookEndpoint.objects.update(failing_since=since)
    happen(cast, studio)
    studio.work()
    made.refresh_from_db()
    assert (made.state, only().state) == (EndpointState.DISABLED, DeliveryState.FAILED)
    assert Notice.objects.filter(kind="webhook.disabled").count() == 1
    happen(cast, studio, name="Sora")
    studio.work()
    assert len(receiver.requests) == 1


def test_a_message_is_sent_again_on_demand(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    endpoint(cast, receiver)
    happen(cast, studio)
    studio.work()
    assert send_again(member=cast.ada, delivery=only(), now=studio.clock.now())
    studio.work()
    assert (len(receiver.ids), len(set(receiver.ids)), only().attempts) == (2, 1, 1)


def test_a_killed_worker_loses_no_message(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    endpoint(cast, receiver)
    happen(cast, studio)
    dead = studio.context("dead")
    for kind in (notice.KIND, webhook.KIND):  # it dies with the notice, and then with the message
        assert len(claim([kind], dead, [1])) == 1
        studio.work()
        assert receiver.requests == []
        studio.clock.advance(61)
        if kind is notice.KIND:
            _spread_all(studio)
    studio.work()
    assert (len(receiver.requests), only().state, only().crashes) == (1, DeliveryState.DELIVERED, 0)


def test_an_endpoint_that_hangs_holds_up_itself_alone(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    endpoint(cast, receiver, path="/slow")
    endpoint(cast, receiver, path="/quick")
    for name in ("Ada", "Bo", "Cy"):
        happen(cast, studio, name=name)
    _spread_all(studio)
    hangs = claim([webhook.KIND], studio.context("one"), [1])[0][1]
    others = [row for _, row in claim([webhook.KIND], studio.context("two"), [16])]
    assert len(others) == 1
    assert others[0].endpoint_id != hangs.endpoint_id
    assert claim([webhook.KIND], studio.context("three"), [16]) == []
    others[0].update_if_held("two", state=DeliveryState.DELIVERED, lease_until=None)
    assert [row.endpoint_id for _, row in claim([webhook.KIND], studio.context("two"), [16])] == [
        others[0].endpoint_id
    ]


def test_a_new_secret_signs_beside_the_old_for_a_day(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    made, old = endpoint(cast, receiver)
    new = rotate_secret(member=cast.ada, endpoint=made, now=studio.clock.now()).reveal()
    send_test(member=cast.ada, endpoint=made, now=studio.clock.now())
    studio.work()
    assert (receiver.accepts(old), receiver.accepts(new)) == (True, True)
    WebhookEndpoint.objects.update(old_until=studio.clock.now())
    send_test(member=cast.ada, endpoint=made, now=studio.clock.now())
    studio.work()
    assert (receiver.accepts(old), receiver.accepts(new)) == (False, True)
    assert receiver.verified(new)["data"] == {"message": "This is a test event."}  # type: ignore[index]  # a dict


def test_what_waits_for_a_disabled_endpoint_is_not_sent(
    cast: Cast, receiver: Receiver, studio: Studio
) -> None:
    made, _ = endpoint(cast, receiver)
    send_test(member=cast.ada, endpoint=made, now=studio.clock.now())
    assert switch_endpoint(member=cast.ada, endpoint=made, is_on=False)
    assert not switch_endpoint(member=cast.ada, endpoint=made, is_on=False)
    studio.work()
    assert (receiver.requests, only().state) == ([], DeliveryState.FAILED)


def test_a_wait_of_a_day_is_no_clock_set_back(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    endpoint(cast, receiver)
    happen(cast, studio)
    _spread_all(studio)
    for hours, pulled in ((24, 0), (26, 1)):
        WebhookDelivery.objects.update(due_at=studio.clock.now() + timedelta(hours=hours))
        assert webhook.KIND.pull_back(studio.context()) == pulled


def test_a_deleted_team_sends_nothing_more(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    endpoint(cast, receiver)
    happen(cast, studio)
    _spread_all(studio)
    delete_team(member=cast.ada, name="Northwind", now=studio.clock.now())
    studio.work()
    assert receiver.requests == []
    while purge_deleted_teams(now=studio.clock.now()):
        pass
    assert (Notice.objects.count(), WebhookEndpoint.objects.count()) == (0, 0)


def test_old_notices_go_with_their_log(cast: Cast, receiver: Receiver, studio: Studio) -> None:
    made, _ = endpoint(cast, receiver)
    send_test(member=cast.ada, endpoint=made, now=studio.clock.now())
    studio.clock.advance(31 * 86_400)
    assert delete_old_notices(now=studio.clock.now()) == 1
    assert WebhookDelivery.objects.count() == 0
