"""Requests for approval and the decisions on them."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import Approval
from voices.web.admin_site import Subject


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    """Approvals, pending and decided. Decisions are made on the product's own pages only."""

    subject = Subject.ACTIVITY
    page = "voices:approval"
    list_display = ("__str__", "team", "requester_name", "state", "decided_by_name", "requested_at")
    list_filter = ("state", "kind", "requested_at")
    search_fields = ("^id", "subject", "team__name", "requester__email", "requester_name", "message")
    list_select_related = ("team",)
    ordering = ("-requested_at",)
    fieldsets = (
        (None, {"fields": ("id", "team", "kind", "subject", "requester", "requester_name")}),
        ("What is held", {"fields": ("job", "run", "voice")}),
        ("Decision", {"fields": ("state", "decided_by", "decided_by_name", "message")}),
        ("Times", {"fields": ("requested_at", "expires_at", "decided_at")}),
    )
