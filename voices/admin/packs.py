"""Imports of voice packs, and the voices in them."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import PackImport, PackImportRow
from voices.web.admin_site import Subject


@admin.register(PackImport)
class PackImportAdmin(ReadOnlyAdmin):
    """Imports. The file is not linked, since the recordings in it are private to their team."""

    subject = Subject.CLONES
    title = "Imports of voice packs"
    page = "voices:pack-import"
    list_display = ("filename", "state", "team", "actor", "made_by", "created_at", "ended_at")
    list_filter = ("state", "created_at")
    search_fields = ("^id", "^sha256", "filename", "team__name", "actor__email")
    list_select_related = ("team", "actor")
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("id", "filename", "sha256", "size_bytes", "team", "actor", "key", "made_by")}),
        ("State", {"fields": ("state", "message", "consent")}),
        ("Queue", {"fields": ("due_at", "lease_holder", "lease_until", "crashes")}),
        ("Times", {"fields": ("made_at", "created_at", "touched_at", "ended_at")}),
    )


@admin.register(PackImportRow)
class PackImportRowAdmin(ReadOnlyAdmin):
    """One voice of a pack, without its settings and receipt. There are many, so search by the import's ID."""

    subject = Subject.INTERNALS
    page = "voices:pack-import"
    page_of = "pack.pk"
    page_team = "pack.team"
    list_display = ("name", "pack", "position", "state", "job", "voice")
    list_filter = ("state", "is_receipt_ours")
    search_fields = ("^pack__id", "^source", "name")
    list_select_related = ("pack", "job", "voice")
    ordering = ("-pack__created_at", "position")
    fields = (
        "id", "pack", "position", "source", "name", "is_chosen", "is_receipt_ours", "state", "message", "job", "voice",
    )  # fmt: skip
