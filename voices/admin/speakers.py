"""Speaker requests."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import SpeakerRequest
from voices.web.admin_site import Subject


@admin.register(SpeakerRequest)
class SpeakerRequestAdmin(ReadOnlyAdmin):
    """Speaker requests. They change on the product's own pages only; the hash of the link is not shown."""

    subject = Subject.CONSENT
    page = "voices:request"
    list_display = ("speaker", "state", "team", "requester_name", "created_at", "expires_at", "received_at")
    list_filter = ("state", "is_spoken", "created_at")
    search_fields = ("speaker", "^id", "team__name", "requester_name")
    list_select_related = ("team",)
    ordering = ("-created_at",)
    exclude = ("token_hash", "form_token")
