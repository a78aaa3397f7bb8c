"""The audit trail: read, and nothing else."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from voices.admin.base import ReadOnlyAdmin, json_rows
from voices.audit import SENTENCES, sentence
from voices.models import AuditEntry


class VerbFilter(admin.SimpleListFilter):
    """By verb: from the list of verbs, since a DISTINCT would read the whole trail."""

    title = "verb"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every verb that the house writes."""
        return [(verb, verb) for verb in sorted(SENTENCES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The entries of the chosen verb."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """What was done, newest first. Entries are neither added, changed nor deleted, by anybody."""

    list_display = ("at", "told", "team", "verb", "thing", "thing_name")
    list_filter = (VerbFilter,)
    search_fields = ("actor_name", "thing_name", "=thing_id", "=verb", "team__name", "actor__email")
    list_select_related = ("team",)
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    fields = (
        "at",
        "told",
        "team",
        "actor",
        "actor_name",
        "verb",
        "thing",
        "thing_id",
        "thing_name",
        "told_facts",
    )

    @admin.display(description="what")
    def told(self, entry: AuditEntry) -> str:
        """The line in words."""
        return sentence(entry)

    @admin.display(description="facts")
    def told_facts(self, entry: AuditEntry) -> SafeString:
        """The facts; none is a secret, and what looks like one is hidden all the same."""
        return json_rows("facts", entry.facts)
