"""Batches of recordings to be cloned, and the files in them."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import CloneBatch, CloneBatchRow
from voices.web.admin_site import Subject


@admin.register(CloneBatch)
class CloneBatchAdmin(ReadOnlyAdmin):
    """Batches, as their people left them."""

    subject = Subject.CLONES
    title = "Batches of clones"
    page = "voices:several-batch"
    list_display = ("__str__", "team", "actor", "hidden_files", "touched_at")
    list_filter = ("created_at",)
    search_fields = ("^id", "team__name", "actor__email")
    list_select_related = ("team", "actor")
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("id", "team", "actor", "key", "language", "hidden_files")}),
        ("Consent", {"fields": ("consent",)}),
        ("Times", {"fields": ("created_at", "touched_at")}),
    )


@admin.register(CloneBatchRow)
class CloneBatchRowAdmin(ReadOnlyAdmin):
    """One file of a batch. There are many, so search by the batch's ID."""

    subject = Subject.INTERNALS
    page = "voices:several-batch"
    page_of = "batch.pk"
    page_team = "batch.team"
    list_display = ("filename", "batch", "position", "state", "name", "job")
    list_filter = ("state",)
    search_fields = ("^batch__id", "filename", "name")
    list_select_related = ("batch", "job")
    ordering = ("-pk",)
    fields = (
        "batch", "position", "filename", "size_bytes", "state", "sample", "finding", "message", "name", "language",
        "description", "speaker", "job",
    )  # fmt: skip
