"""Voices and their previews."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.safestring import SafeString

from voices.actions.approvals.requests import has_two_person_rule
from voices.admin.base import AnyForm, ReadOnlyAdmin, UndeletableAdmin, definition_rows, json_rows
from voices.models import ApiKey, Audition, PreviewFile, Stage, Voice
from voices.providers.redaction import hide_in_address
from voices.web.admin_site import Subject


class VoiceForm(AnyForm):
    """The team's own fields of a voice: its stage, and the key that manages it."""

    class Meta:
        model = Voice
        fields = ("stage", "steward")

    def clean_stage(self) -> str:
        """Return the stage, unless the team's two-person rule keeps it from being set here."""
        stage: str = self.cleaned_data["stage"]
        if (
            "stage" in self.changed_data
            and stage == Stage.APPROVED
            and has_two_person_rule(self.instance.team)
        ):
            raise forms.ValidationError(
                "This takes two people in the voice's team. Ask for it on the voice's page."
            )
        return stage

    def clean_steward(self) -> ApiKey | None:
        """Return a key of the voice's account, or None."""
        steward: ApiKey | None = self.cleaned_data["steward"]
        if steward and not (steward.can_clone and steward.account_id == self.instance.account_id):
            raise forms.ValidationError("This key is not for the voice's account, or doesn't work.")
        return steward


@admin.register(Voice)
class VoiceAdmin(UndeletableAdmin):
    """Voices. Althea's data is shown as received; secrets in the definition are hidden."""

    subject = Subject.VOICES
    page = "voices:voice"
    form = VoiceForm
    list_display = (
        "name",
        "team",
        "account",
        "provider",
        "primary_language",
        "stage",
        "is_there",
        "created_at",
    )
    list_filter = (
        "stage",
        "ownership",
        "provider",
        "account__endpoint",
        ("gone_at", admin.EmptyFieldListFilter),
        "created_at",
    )
    search_fields = (
        "name",
        "description",
        "^id",
        "=voice_id",
        "team__name",
        "account__name",
        "added_by__email",
    )
    list_select_related = ("team", "account")
    ordering = ("-created_at",)
    autocomplete_fields = ("steward",)
    upstream = (
        "voice_id", "name", "description", "primary_language", "language_label", "shown_preview_url", "ownership",
        "billing_style", "provider", "shown_definition", "shown_raw",
    )  # fmt: skip
    ours = (
        "id",
        "team",
        "account",
        "added_by",
        "job",
        "sample",
        "consent",
        "consent_state",
        "created_at",
        "changed_at",
        "gone_at",
        "deleted_at",
        "deleted_by",
    )
    locked_fields = upstream + ours
    fieldsets = (
        (None, {"fields": ("stage", "steward")}),
        ("From Althea", {"fields": upstream}),
        ("Origin", {"fields": ours}),
    )

    @admin.display(description="preview address")
    def shown_preview_url(self, voice: Voice) -> str:
        """Return the URL without query values: a signed URL works without a login."""
        return hide_in_address(voice.preview_url)

    @admin.display(description="definition")
    def shown_definition(self, voice: Voice) -> SafeString:
        """Return the definition by provider, with secrets hidden."""
        return definition_rows(voice.definition)

    @admin.display(description="raw response")
    def shown_raw(self, voice: Voice) -> SafeString:
        """Return the rest of the response, with secrets hidden; the definition is shown above."""
        return json_rows("response", _without_definition(voice.raw))

    @admin.display(description="at Althea", boolean=True, ordering="gone_at")
    def is_there(self, voice: Voice) -> bool:
        """Whether Althea still has the voice: it was neither deleted here nor found missing."""
        return voice.gone_at is None and voice.deleted_at is None


def _without_definition(raw: Any) -> dict[str, Any]:
    """Return the response without its definition, whose secrets only the provider's file knows."""
    return (
        {name: value for name, value in raw.items() if name != "definition"} if isinstance(raw, dict) else {}
    )


@admin.register(PreviewFile)
class PreviewFileAdmin(ReadOnlyAdmin):
    """Cached previews: their content and problems."""

    subject = Subject.INTERNALS
    page = "voices:voice"
    page_of = "voice.pk"
    page_team = "voice.team"
    list_display = (
        "voice",
        "team",
        "state",
        "content_type",
        "seconds",
        "size_bytes",
        "attempts",
        "fetched_at",
    )
    list_filter = ("state", "content_type", "fetched_at")
    search_fields = ("voice__name", "=voice__voice_id", "voice__team__name", "problem")
    list_select_related = ("voice", "voice__team")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("voice", "state", "problem", "stored_at")}),
        ("Content", {"fields": ("content_type", "size_bytes", "seconds", "etag", "fetched_at")}),
        ("Queue", {"fields": ("due_at", "lease_holder", "lease_until", "attempts", "crashes")}),
    )

    @admin.display(description="team", ordering="voice__team__name")
    def team(self, preview: PreviewFile) -> str:
        """Return the team of the voice."""
        return preview.voice.team.name

    @admin.display(description="stored at")
    def stored_at(self, preview: PreviewFile) -> str:
        """Return the file's path in the storage."""
        return str(preview.file.name)


@admin.register(Audition)
class AuditionAdmin(ReadOnlyAdmin):
    """Auditions. Who rated what and under which name a voice is heard is shown to nobody, so not here either."""

    subject = Subject.VOICES
    page = "voices:audition"
    list_display = ("title", "team", "holder_name", "created_at", "ends_at")
    list_filter = (("ends_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("title", "^id", "team__name", "holder_name")
    list_select_related = ("team",)
    ordering = ("-created_at",)
    fields = ("id", "team", "title", "holder", "holder_name", "created_at", "ends_at")
