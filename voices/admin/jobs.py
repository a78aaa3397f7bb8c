"""Recordings and their clone jobs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from voices.actions import NotPossibleError
from voices.actions.approvals.requests import clone_needs_approval
from voices.actions.clone.submit import retry_clone
from voices.admin.acting import act_on_each, member_in
from voices.admin.base import ReadOnlyAdmin, json_rows
from voices.models import CloneJob, Sample
from voices.web.admin_site import Subject

TAKES_TWO = "This takes two people in its team. Retry it on its page there."


def _retry(request: HttpRequest, job: CloneJob) -> None:
    """Retry the job as its page does. What waits for a second person is asked for in the team only."""
    member = member_in(request, job.team)
    if member.as_staff and job.consent is not None and clone_needs_approval(job, job.consent):
        raise NotPossibleError(TAKES_TWO)
    retry_clone(member=member, job=job, now=timezone.now())


@admin.register(CloneJob)
class CloneJobAdmin(ReadOnlyAdmin):
    """Clone jobs. Their states change only along the table of moves, by the worker and the product's own actions."""

    subject = Subject.CLONES
    page = "voices:clone-job"
    actions = ("retry_clones",)
    list_display = ("name", "state", "team", "actor", "account", "problem", "sends", "created_at", "ended_at")
    list_filter = ("state", "in_doubt", "problem", "account__endpoint", "created_at")
    search_fields = ("name", "^id", "team__name", "actor__email", "actor__name", "message")
    list_select_related = ("team", "actor", "account")
    ordering = ("-created_at",)
    what = ("id", "name", "description", "language", "team", "actor", "sample", "provider", "key", "account")
    state = ("state", "problem", "message", "errors_by_field", "in_doubt", "absent_at", "sent_at")
    queue = ("due_at", "lease_holder", "lease_until", "attempts", "sends", "lookups", "crashes")
    fieldsets = (
        (None, {"fields": what}),
        ("State", {"fields": state}),
        ("Queue", {"fields": queue}),
        ("Times", {"fields": ("created_at", "ended_at")}),
    )

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether the user may retry clones: the permission to change them."""
        return request.user.has_perm("voices.change_clonejob")

    @admin.action(description="Retry selected clones", permissions=["retry"])
    def retry_clones(self, request: HttpRequest, jobs: QuerySet[Any]) -> None:
        """Retry each clone that failed, with its stored recording."""
        chosen = jobs.select_related("team", "account", "consent", "sample")
        act_on_each(request, chosen, lambda job: _retry(request, job), done="Clones retried:")

    @admin.display(description="errors by field")
    def errors_by_field(self, job: CloneJob) -> SafeString:
        """Return Althea's messages by field."""
        return json_rows("errors", job.field_errors)


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    """Recordings: facts only. The file is not linked, since a voice sample is private to its team."""

    subject = Subject.CLONES
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
    list_filter = ("container", "channels", "created_at")
    search_fields = ("filename", "^id", "^sha256", "team__name", "uploader__email", "uploader__name")
    list_select_related = ("team", "uploader")
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

    @admin.display(description="original file")
    def original_at(self, sample: Sample) -> str:
        """Return the storage path of the original recording, if that is another file."""
        return str(sample.original.name)

    @admin.display(description="finding")
    def shown_finding(self, sample: Sample) -> SafeString:
        """Return the result of the examination."""
        return json_rows("finding", sample.finding)
