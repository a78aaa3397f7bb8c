"""The worker's steps of a webhook delivery, before and after sending; each is one transaction.

Delivery is at least once: after an unclear answer the same message is sent again with the same id.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from voices import audit, gateway
from voices.actions.notices.endpoints import give_up_waiting
from voices.actions.work import MAX_CRASHES, WorkerContext, internal_error_message
from voices.kit.secret import Secret
from voices.models import DeliveryState, EndpointState, Notice, WebhookDelivery, WebhookEndpoint
from voices.notices.kinds import WEBHOOK_DISABLED, endpoint_facts
from voices.webhooks.sending import Answer

# Seconds until the next attempt, as the Standard Webhooks scheme recommends: three days in total.
WAITS = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
DISABLED_AFTER = timedelta(days=5)
GONE = 410
FOR_PEOPLE = {"names"}  # facts that only sentences need


@dataclass(frozen=True)
class Message:
    """A message to send, and the secrets that sign it."""

    message_id: str
    url: str
    body: str
    at: datetime
    secrets: Sequence[Secret]


def body_of(notice: Notice) -> str:
    """Return the body for a notice, the same for every attempt."""
    data = {name: fact for name, fact in notice.facts.items() if name not in FOR_PEOPLE}
    timestamp = notice.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps(
        {"type": notice.kind, "timestamp": timestamp, "data": data}, ensure_ascii=False, sort_keys=True
    )


@sensitive_variables()
def begin(delivery: WebhookDelivery, context: WorkerContext) -> Message | None:
    """Count the attempt before it is made. Return the message; None if there is none, or if someone else won.

    Raises SealError.
    """
    if delivery.crashes >= MAX_CRASHES:
        end(delivery, context, state=DeliveryState.FAILED, problem=internal_error_message("."))
        return None
    now, endpoint = context.now(), delivery.endpoint
    secrets = gateway.unseal_webhook(endpoint, now=now)
    columns = {"attempts": delivery.attempts + 1, "attempted_at": now}
    if not delivery.update_if_held(context.worker_id, **columns):
        return None
    notice = delivery.notice
    return Message(notice.message_id, endpoint.url, body_of(notice), now, secrets)


def end(delivery: WebhookDelivery, context: WorkerContext, **columns: Any) -> bool:
    """End the delivery. Return False if someone else won."""
    return delivery.update_if_held(context.worker_id, lease_until=None, **columns)


def store_answer(delivery: WebhookDelivery, context: WorkerContext, answer: Answer) -> bool:
    """Store the outcome of the attempt: delivered, retried later, or failed. Return False if someone else won."""
    facts: dict[str, Any] = {
        "status": answer.status,
        "milliseconds": answer.milliseconds,
        "answer": answer.text,
        "problem": answer.problem[:300],
        "crashes": 0,
    }
    with transaction.atomic():
        if answer.is_success:
            _set_failing(delivery.endpoint, None)
            return end(delivery, context, state=DeliveryState.DELIVERED, **facts)
        if not _put_off(delivery, context, facts, is_last=answer.status == GONE):
            return False
        _judge(delivery.endpoint, answer, context.now())
    return True


def _put_off(
    delivery: WebhookDelivery, context: WorkerContext, facts: dict[str, Any], *, is_last: bool
) -> bool:
    if is_last or delivery.attempts > len(WAITS):
        return end(delivery, context, state=DeliveryState.FAILED, **facts)
    wait = WAITS[delivery.attempts - 1]
    return delivery.update_if_held(context.worker_id, **context.due_in(wait), **facts)


def _set_failing(endpoint: WebhookEndpoint, since: datetime | None) -> None:
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since__isnull=since is not None)
    rows.update(failing_since=since)


def _judge(endpoint: WebhookEndpoint, answer: Answer, now: datetime) -> None:
    """Disable an endpoint that is gone, or has failed for five days."""
    _set_failing(endpoint, now)
    endpoint.refresh_from_db(fields=["failing_since"])
    if answer.status == GONE:
        _disable(endpoint, "It responded with status 410, which means it's gone for good.", now)
    elif endpoint.failing_since is not None and endpoint.failing_since <= now - DISABLED_AFTER:
        _disable(endpoint, "It failed for five days.", now)


def _disable(endpoint: WebhookEndpoint, problem: str, now: datetime) -> None:
    active = WebhookEndpoint.objects.filter(pk=endpoint.pk, state=EndpointState.ACTIVE)
    if active.update(state=EndpointState.DISABLED, problem=problem):
        give_up_waiting(endpoint)
        audit.record(actor=None, team=endpoint.team, verb="webhook.gave_up", thing=endpoint, problem=problem)
        details = endpoint_facts(endpoint)
        WEBHOOK_DISABLED.write(team=endpoint.team, now=now, endpoint=details, problem=problem)


def crashed(delivery: WebhookDelivery, context: WorkerContext) -> bool:
    """Put a message off after an internal error. Return False if someone else won."""
    columns = {"crashes": F("crashes") + 1, **context.due_in(context.policy.crash * 12)}
    return delivery.update_if_held(context.worker_id, **columns)
