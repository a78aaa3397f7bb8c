"""Sync runs and their results."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from voices.admin.acting import sync_teams
from voices.admin.base import ReadOnlyAdmin
from voices.models import SyncRun, Team
from voices.web.admin_site import Subject


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """Sync runs, requested by people, keys and the schedule, and executed by the worker."""

    subject = Subject.KEYS
    actions = ("sync_again",)
    list_display = ("account", "team", "scope", "state", "added", "changed", "gone", "problem", "created_at")
    list_filter = ("state", "scope", "problem", "account__endpoint", "created_at")
    search_fields = ("^id", "team__name", "account__name", "message")
    list_select_related = ("team", "account")
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("id", "team", "account", "scope", "key", "wanted_by")}),
        ("State", {"fields": ("state", "problem", "message", "pages")}),
        ("Voices", {"fields": ("added", "changed", "gone", "unchanged")}),
        ("Queue", {"fields": ("due_at", "lease_holder", "lease_until", "attempts", "crashes")}),
        ("Times", {"fields": ("created_at", "started_at", "ended_at")}),
    )

    def has_sync_permission(self, request: HttpRequest) -> bool:
        """Whether the user may ask for syncs: the permission to add them."""
        return request.user.has_perm("voices.add_syncrun")

    @admin.action(description="Sync the accounts of these teams again", permissions=["sync"])
    def sync_again(self, request: HttpRequest, runs: QuerySet[Any]) -> None:
        """Ask for a sync of every account of the teams of the selected runs."""
        sync_teams(request, Team.objects.filter(pk__in=runs.values("team")))
