"""Consents, their statements, the proofs of deletion, and the public keys of receipts; all read-only."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import Consent, ConsentStatement, ReceiptKey, VoiceDeletion
from voices.web.admin_site import Subject


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Consents: whose voice each recording is, as people stated. They are withdrawn on the product's own pages."""

    subject = Subject.CONSENT
    page = "voices:consent"
    page_of = "uid"
    list_display = (
        "speaker", "basis", "relation", "team", "sample", "stated_by_name", "stated_at", "expires_on", "withdrawn_at",
    )  # fmt: skip
    list_filter = ("basis", "relation", ("withdrawn_at", admin.EmptyFieldListFilter), "stated_at")
    search_fields = (
        "speaker", "proof", "^uid", "team__name", "sample__filename", "stated_by__email", "stated_by_name",
    )  # fmt: skip
    list_select_related = ("team", "sample")
    ordering = ("-stated_at",)
    fieldsets = (
        (None, {"fields": ("uid", "team", "basis", "speaker", "relation", "proof", "statement", "spoken")}),
        ("Recording", {"fields": ("sample", "received_sha256", "sent_sha256")}),
        ("Stated", {"fields": ("stated_by", "stated_by_name", "stated_at", "expires_on")}),
        ("Withdrawn", {"fields": ("withdrawn_at", "withdrawn_by", "withdrawn_by_name", "withdrawal_reason")}),
    )


@admin.register(ConsentStatement)
class ConsentStatementAdmin(ReadOnlyAdmin):
    """Versions of the teams' consent statements."""

    subject = Subject.CONSENT
    page = "voices:statements"
    page_of = ""
    list_display = ("language", "version", "team", "written_by", "written_at")
    list_filter = ("language",)
    search_fields = ("text", "team__name")
    list_select_related = ("team", "written_by")
    ordering = ("team", "language", "-version")


@admin.register(VoiceDeletion)
class VoiceDeletionAdmin(ReadOnlyAdmin):
    """Althea's responses to deletions."""

    subject = Subject.CONSENT
    page = "voices:voice"
    page_of = "voice.pk"
    list_display = (
        "voice",
        "voice_id_at_althea",
        "account_name",
        "team",
        "status",
        "deleted_by_name",
        "deleted_at",
    )
    list_filter = ("status", "deleted_at")
    search_fields = ("=voice_id_at_althea", "voice__name", "account_name", "team__name")
    list_select_related = ("voice", "team")
    ordering = ("-deleted_at",)


@admin.register(ReceiptKey)
class ReceiptKeyAdmin(ReadOnlyAdmin):
    """Public keys that sign, or have signed, receipts."""

    subject = Subject.CONSENT
    list_display = ("key_id", "public_key", "first_used_at")
    ordering = ("-first_used_at",)
