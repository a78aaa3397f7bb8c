"""A team's webhook endpoints: adding, changing, rotating the secret, switching, removing, testing, redelivering."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from voices import audit, gateway
from voices.access import Verb, require
from voices.actions import NotPossibleError
from voices.kit.secret import Secret
from voices.models import (
    DeliveryState,
    EndpointState,
    Membership,
    Notice,
    NoticeState,
    Team,
    WebhookDelivery,
    WebhookEndpoint,
)
from voices.notices.kinds import KINDS, TEST
from voices.webhooks.sending import ForbiddenAddressError, checked_url
from voices.webhooks.signing import make_secret

MAX_ENDPOINTS = 10  # of a team
OLD_SECRET = timedelta(hours=24)  # how long it signs besides the new one
NOT_ACTIVE = "This webhook is disabled. Enable it first."


class EndpointError(NotPossibleError):
    """The endpoint is invalid. The message belongs beside `field` of the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def _require_manager(member: Membership) -> None:
    require(member, Verb.MANAGE_WEBHOOKS)
    if member.scopes is not None:
        raise PermissionDenied("API tokens can't manage webhooks. Log in and do it in Voice Studio.")


def _checked(url: str, kinds: Collection[str]) -> dict[str, Any]:
    """Return the columns of an endpoint. Raises EndpointError."""
    known = [kind.name for kind in KINDS if kind.name in kinds]
    if not known:
        raise EndpointError("kinds", "Choose at least one event.")
    try:
        return {"url": checked_url(url, allows_loopback=settings.WEBHOOKS_LOOPBACK), "kinds": known}
    except ForbiddenAddressError as problem:
        raise EndpointError("url", str(problem)) from problem


@sensitive_variables()
def add_endpoint(
    *, member: Membership, url: str, kinds: Collection[str], now: datetime
) -> tuple[WebhookEndpoint, Secret]:
    """Add an endpoint. Return it with its secret, which cannot be shown again.

    Raises PermissionDenied, EndpointError.
    """
    _require_manager(member)
    columns, secret = _checked(url, kinds), make_secret()
    endpoint = WebhookEndpoint(id=uuid4(), team=member.team, made_by=member.user, created_at=now, **columns)
    endpoint.sealed = gateway.seal(secret, row_id=endpoint.id)
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).get(pk=member.team_id)
        if WebhookEndpoint.objects.filter(team=member.team).count() >= MAX_ENDPOINTS:
            raise EndpointError("url", f"A team can have at most {MAX_ENDPOINTS} webhooks. Remove one first.")
        endpoint.save(force_insert=True)
        audit.record_by(member, "webhook.added", endpoint, kinds=columns["kinds"])
    return endpoint, secret


def change_endpoint(
    *, member: Membership, endpoint: WebhookEndpoint, url: str, kinds: Collection[str]
) -> None:
    """Change the URL and the events of an endpoint. Raises PermissionDenied, EndpointError."""
    _require_manager(member)
    columns = _checked(url, kinds)
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**columns)
        before = {"url": endpoint.url, "kinds": endpoint.kinds}
        endpoint.refresh_from_db()
        audit.record_by(member, "webhook.changed", endpoint, before=before, after=columns)


@sensitive_variables()
def rotate_secret(*, member: Membership, endpoint: WebhookEndpoint, now: datetime) -> Secret:
    """Replace the endpoint's secret, and return the new one. For a day, messages are signed by both."""
    _require_manager(member)
    secret = make_secret()
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        columns: dict[str, Any] = {"old_sealed": locked.sealed, "old_until": now + OLD_SECRET}
        columns["sealed"] = gateway.seal(secret, row_id=endpoint.pk)
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**columns)
        audit.record_by(member, "webhook.rotated", endpoint)
    return secret


def switch_endpoint(*, member: Membership, endpoint: WebhookEndpoint, is_on: bool) -> bool:
    """Enable or disable the endpoint. Return False if it already was."""
    _require_manager(member)
    state = EndpointState.ACTIVE if is_on else EndpointState.DISABLED
    with transaction.atomic():
        other = WebhookEndpoint.objects.filter(pk=endpoint.pk).exclude(state=state)
        if not other.update(state=state, problem="", failing_since=None):
            return False
        if not is_on:
            give_up_waiting(endpoint)
        audit.record_by(member, "webhook.enabled" if is_on else "webhook.disabled", endpoint)
    return True


def give_up_waiting(endpoint: WebhookEndpoint) -> int:
    """Fail the waiting deliveries of a disabled endpoint, which can be redelivered later. Return how many."""
    waiting = WebhookDelivery.objects.live().filter(endpoint=endpoint)
    return waiting.update(state=DeliveryState.FAILED, lease_until=None)


def remove_endpoint(*, member: Membership, endpoint: WebhookEndpoint) -> None:
    """Delete the endpoint with its secret and its log."""
    _require_manager(member)
    with transaction.atomic():
        audit.record_by(member, "webhook.removed", endpoint)
        WebhookEndpoint.objects.filter(pk=endpoint.pk).delete()


def send_test(*, member: Membership, endpoint: WebhookEndpoint, now: datetime) -> WebhookDelivery:
    """Queue a test event for this endpoint alone. Raises NotPossibleError if it is disabled."""
    _require_manager(member)
    with transaction.atomic():
        _require_active(endpoint)
        notice = Notice.objects.create(
            team=member.team,
            kind=TEST.name,
            facts=dict(TEST.sample),
            at=now,
            due_at=now,
            state=NoticeState.FANNED_OUT,
        )
        audit.record_by(member, "webhook.tested", endpoint)
        return WebhookDelivery.objects.create(endpoint=endpoint, notice=notice, due_at=now)


def send_again(*, member: Membership, delivery: WebhookDelivery, now: datetime) -> bool:
    """Queue a delivery again at once, with the same id. Return False if it is being sent right now.

    Raises NotPossibleError if the endpoint is disabled.
    """
    _require_manager(member)
    with transaction.atomic():
        _require_active(delivery.endpoint)
        rows = WebhookDelivery.objects.filter(pk=delivery.pk, lease_until=None)
        if not rows.update(state=DeliveryState.WAITING, attempts=0, crashes=0, due_at=now):
            return False
        audit.record_by(member, "webhook.resent", delivery.endpoint, message=delivery.notice.message_id)
    return True


def _require_active(endpoint: WebhookEndpoint) -> None:
    if not WebhookEndpoint.objects.filter(pk=endpoint.pk, state=EndpointState.ACTIVE).exists():
        raise NotPossibleError(NOT_ACTIVE)
