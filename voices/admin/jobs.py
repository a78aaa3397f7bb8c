"""Recordings and the jobs that made voices of them."""

from django.contrib import admin
from django.utils.safestring import SafeString

from voices.admin.base import ReadOnlyAdmin, json_rows
from voices.models import CloneJob, Consent, Sample


@admin.register(CloneJob)
class CloneJobAdmin(ReadOnlyAdmin):
    """Clone jobs. Their states move along the table only, by the worker and by people's own pages."""

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
            {"fields": ("state", "problem", "message", "told_by_field", "in_doubt", "absent_at", "sent_at")},
        ),
        (
            "Queue",
            {"fields": ("due_at", "lease_holder", "lease_until", "attempts", "sends", "lookups", "crashes")},
        ),
        ("Times", {"fields": ("created_at", "ended_at")}),
    )

    @admin.display(description="told by field")
    def told_by_field(self, job: CloneJob) -> SafeString:
        """What Althea said, field by field."""
        return json_rows("errors", job.field_errors)


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    """Recordings: facts only. The file itself is not linked: a voice sample is nobody else's to hear."""

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
        (None, {"fields": ("id", "filename", "team", "uploader", "stored_at")}),
        (
            "As received",
            {"fields": ("sha256", "size_bytes", "container", "codec", "seconds", "rate", "channels")},
        ),
        ("As sent", {"fields": ("sent_sha256", "sent_size_bytes", "bit_rate", "told")}),
        ("Times", {"fields": ("created_at", "used_at")}),
    )

    @admin.display(description="stored at")
    def stored_at(self, sample: Sample) -> str:
        """The file's place in the storage."""
        return str(sample.file.name)

    @admin.display(description="finding")
    def told(self, sample: Sample) -> SafeString:
        """What the check found."""
        return json_rows("finding", sample.finding)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Whose voice each recording holds, as people said."""

    list_display = ("sample", "basis", "speaker", "proof", "stated_by", "stated_at")
    list_filter = ("basis",)
    search_fields = ("speaker", "proof", "sample__filename", "stated_by__email", "stated_by__name")
    list_select_related = ("sample", "stated_by")
    date_hierarchy = "stated_at"
    ordering = ("-stated_at",)
