"""The audit trail, read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from voices.admin.base import ReadOnlyAdmin, json_rows
from voices.audit import SENTENCES
from voices.audit import sentence as describe
from voices.models import AuditEntry
from voices.web.admin_site import Subject


class VerbFilter(admin.SimpleListFilter):
    """Filter by verb, using the list of verbs since a DISTINCT would read the whole trail."""

    title = "verb"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return every verb that is recorded."""
        return [(verb, verb) for verb in sorted(SENTENCES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the entries of the chosen verb."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit trail, newest first. Nobody adds, changes or deletes entries."""

    subject = Subject.ACTIVITY
    list_display = ("at", "sentence", "team", "verb", "thing", "thing_name")
    list_filter = (VerbFilter, "at")
    search_fields = ("actor_name", "thing_name", "=thing_id", "=verb", "team__name", "actor__email")
    list_select_related = ("team",)
    ordering = ("-at", "-id")
    fields = (
        "at",
        "sentence",
        "team",
        "actor",
        "actor_name",
        "verb",
        "thing",
        "thing_id",
        "thing_name",
        "shown_facts",
    )

    @admin.display(description="what")
    def sentence(self, entry: AuditEntry) -> str:
        """Return the entry as a sentence."""
        return describe(entry)

    @admin.display(description="facts")
    def shown_facts(self, entry: AuditEntry) -> SafeString:
        """Return the facts. None is a secret, and what looks like one is hidden anyway."""
        return json_rows("facts", entry.facts)
