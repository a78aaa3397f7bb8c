"""Bulk changes and their result for each voice."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import BulkItem, BulkRun


@admin.register(BulkRun)
class BulkRunAdmin(ReadOnlyAdmin):
    """Bulk runs, requested in the library and executed by the worker."""

    list_display = ("verb", "team", "actor", "total", "state", "message", "created_at")
    list_filter = ("state", "verb")
    search_fields = ("^id", "team__name", "actor__email", "message")
    list_select_related = ("team", "actor")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("id", "team", "actor", "verb", "argument", "selection", "total")}),
        ("State", {"fields": ("state", "message")}),
        ("Queue", {"fields": ("due_at", "lease_holder", "lease_until", "attempts", "crashes")}),
        ("Times", {"fields": ("created_at", "started_at", "ended_at")}),
    )


@admin.register(BulkItem)
class BulkItemAdmin(ReadOnlyAdmin):
    """One voice or agent of a bulk run. There are many, so search by the run's ID."""

    list_display = ("name", "run", "state", "message")
    list_filter = ("state",)
    search_fields = ("^run__id", "name")
    list_select_related = ("run",)
    ordering = ("-pk",)
    fields = ("run", "voice", "agent_id", "name", "before", "after", "is_sent", "state", "message")
