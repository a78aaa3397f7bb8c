"""Recordings and their clone jobs."""

from django.contrib import admin
from django.utils.safestring import SafeString

from voices.admin.base import ReadOnlyAdmin, json_rows
from voices.models import CloneJob, Sample


@admin.register(CloneJob)
class CloneJobAdmin(ReadOnlyAdmin):
    """Clone jobs. Their states change only along the table of moves, by the worker and on the product's own pages."""

    list_display = ("name", "state", "team", "actor", "problem", "sends", "due_at", "created_at", "ended_at")
    list_filter = ("state", "in_doubt", "problem", "account__endpoint")
    search_fields = ("name", "^id", "team__name", "actor__email", "actor__name", "message")
    list_select_related = ("team", "actor")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "name",
                    "description",
                    "language",
                    "team",
                    "actor",
                    "sample",
                    "key",
                    "account",
                )
            },
        ),
        (
            "State",
            {
                "fields": (
                    "state",
                    "problem",
                    "message",
                    "errors_by_field",
                    "in_doubt",
                    "absent_at",
                    "sent_at",
                )
            },
        ),
        (
            "Queue",
            {"fields": ("due_at", "lease_holder", "lease_until", "attempts", "sends", "lookups", "crashes")},
        ),
        ("Times", {"fields": ("created_at", "ended_at")}),
    )

    @admin.display(description="errors by field")
    def errors_by_field(self, job: CloneJob) -> SafeString:
        """Return Althea's messages by field."""
        return json_rows("errors", job.field_errors)


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    """Recordings: facts only. The file is not linked, since a voice sample is private to its team."""

    list_display = (
        "filename",
        "team",
        "uploader",
        "container",
        "seconds",
        "rate",
        "sent_size_bytes",
        "created_at",
    )
    list_filter = ("container", "channels")
    search_fields = ("filename", "^id", "^sha256", "team__name", "uploader__email", "uploader__name")
    list_select_related = ("team", "uploader")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("id", "filename", "team", "uploader", "stored_at", "original_at", "parent")}),
        (
            "As received",
            {"fields": ("sha256", "size_bytes", "container", "codec", "seconds", "rate", "channels")},
        ),
        (
            "As sent",
            {"fields": ("sent_container", "sent_sha256", "sent_size_bytes", "bit_rate", "shown_finding")},
        ),
        ("Times", {"fields": ("created_at", "used_at")}),
    )

    @admin.display(description="stored at")
    def stored_at(self, sample: Sample) -> str:
        """Return the path in the storage of what is sent."""
        return str(sample.file.name)

    @admin.display(description="as it came, at")
    def original_at(self, sample: Sample) -> str:
        """Return the path in the storage of the recording as it came, if that is another file."""
        return str(sample.original.name)

    @admin.display(description="finding")
    def shown_finding(self, sample: Sample) -> SafeString:
        """Return the result of the examination."""
        return json_rows("finding", sample.finding)
