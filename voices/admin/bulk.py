"""Bulk changes and their result for each voice."""

from datetime import datetime

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import BulkItem, BulkRun, VoiceSwap
from voices.web.admin_site import Subject


@admin.register(BulkRun)
class BulkRunAdmin(ReadOnlyAdmin):
    """Bulk runs, requested in the library and executed by the worker."""

    subject = Subject.VOICES
    page = "voices:bulk-run"
    list_display = ("verb", "team", "actor", "total", "state", "message", "created_at")
    list_filter = ("state", "verb", "created_at")
    search_fields = ("^id", "team__name", "actor__email", "message")
    list_select_related = ("team", "actor")
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

    subject = Subject.INTERNALS
    page = "voices:bulk-run"
    page_of = "run.pk"
    page_team = "run.team"
    list_display = ("name", "run", "state", "message")
    list_filter = ("state",)
    search_fields = ("^run__id", "name")
    list_select_related = ("run",)
    ordering = ("-pk",)
    fields = ("run", "voice", "agent_id", "name", "before", "after", "is_sent", "state", "message")


@admin.register(VoiceSwap)
class VoiceSwapAdmin(ReadOnlyAdmin):
    """Replacements of a voice by another in agents; the run has the rest."""

    subject = Subject.VOICES
    page = "voices:bulk-run"
    page_of = "run.pk"
    page_team = "run.team"
    list_display = ("run", "team", "old", "new", "alias", "account", "asked_at")
    search_fields = ("^run__id", "old__name", "new__name", "run__team__name")
    list_select_related = ("run__team", "old", "new", "alias", "account")
    ordering = ("-run__created_at",)
    fields = ("run", "account", "old", "new", "alias", "undoes")

    @admin.display(description="team", ordering="run__team__name")
    def team(self, swap: VoiceSwap) -> str:
        """Return the team of the run."""
        return swap.run.team.name

    @admin.display(description="asked at", ordering="run__created_at")
    def asked_at(self, swap: VoiceSwap) -> datetime:
        """Return when the run was asked for."""
        return swap.run.created_at
