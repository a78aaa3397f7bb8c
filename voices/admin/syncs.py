"""Sync runs and their results."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import SyncRun


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """Sync runs, requested by people, keys and the schedule, and executed by the worker."""

    list_display = ("account", "team", "scope", "state", "added", "changed", "gone", "problem", "created_at")
    list_filter = ("state", "scope", "problem", "account__endpoint")
    search_fields = ("^id", "team__name", "account__name", "message")
    list_select_related = ("team", "account")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("id", "team", "account", "scope", "key", "wanted_by")}),
        ("State", {"fields": ("state", "problem", "message", "pages")}),
        ("Voices", {"fields": ("added", "changed", "gone", "unchanged")}),
        ("Queue", {"fields": ("due_at", "lease_holder", "lease_until", "attempts", "crashes")}),
        ("Times", {"fields": ("created_at", "started_at", "ended_at")}),
    )
