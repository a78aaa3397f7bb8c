"""A team's webhook endpoints and deliveries, for its admins."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from voices.access.roles import Verb, require
from voices.models import Membership, WebhookDelivery, WebhookEndpoint


def endpoints_for(member: Membership) -> QuerySet[WebhookEndpoint]:
    """Return the team's endpoints. Raises PermissionDenied."""
    require(member, Verb.MANAGE_WEBHOOKS)
    return WebhookEndpoint.objects.filter(team=member.team).select_related("team").order_by("created_at")


def get_endpoint_for(member: Membership, endpoint_id: UUID) -> WebhookEndpoint:
    """Return an endpoint of the team. Raises Http404, PermissionDenied."""
    endpoint = WebhookEndpoint.objects.select_related("team").filter(team=member.team, pk=endpoint_id).first()
    if endpoint is None:
        raise Http404("There is no such webhook in your team.")
    require(member, Verb.MANAGE_WEBHOOKS)
    return endpoint


def get_delivery_for(member: Membership, endpoint_id: UUID, delivery_id: int) -> WebhookDelivery:
    """Return a message to an endpoint of the team. Raises Http404, PermissionDenied."""
    endpoint = get_endpoint_for(member, endpoint_id)
    found = endpoint.deliveries.select_related("endpoint", "notice").filter(pk=delivery_id).first()
    if found is None:
        raise Http404("There is no such message to this webhook.")
    return found
