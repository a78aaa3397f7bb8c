"""The worker processes."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import WorkerProcess
from voices.web.admin_site import Subject


@admin.register(WorkerProcess)
class WorkerProcessAdmin(ReadOnlyAdmin):
    """Workers that run, or were killed: one that is stopped takes its row along."""

    subject = Subject.INTERNALS
    list_display = ("name", "host", "pid", "version", "started_at", "seen_at")
    list_filter = ("started_at",)
    search_fields = ("name", "host", "=pid")
    ordering = ("-seen_at",)
