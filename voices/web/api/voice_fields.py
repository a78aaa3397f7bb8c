"""The voice as the API shows it: each field once, with its type, its meaning and how it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, create_model

from voices.models import Health, Stage, Voice


@dataclass(frozen=True)
class VoiceField:
    """A field of the JSON object. `read` takes the voice and the address of the site."""

    name: str
    type: Any
    meaning: str
    read: Callable[[Voice, str], Any]
    example: Any


def _names(things: Any) -> list[str]:
    return sorted(one.name for one in things.all())


VOICE_FIELDS = (
    VoiceField("id", UUID, "The id in this library, which addresses of this API name.",
        lambda voice, site: voice.pk, "0f1d2c3b-8a9e-4f10-9c55-6f2a1f0f7e21"),
    VoiceField("voiceId", str, "The id at Althea, which agents and calls name.",
        lambda voice, site: voice.voice_id, "87edb04c-06d4-47c2-bd94-683bc47e8fbe"),
    VoiceField("name", str, "The name at Althea.", lambda voice, site: voice.name, "Marlene"),
    VoiceField("description", str | None, "What it sounds like.",
        lambda voice, site: voice.description or None, "Calm and friendly"),
    VoiceField("primaryLanguage", str | None, "A BCP 47 tag.",
        lambda voice, site: voice.primary_language or None, "de-DE"),
    VoiceField("languageLabel", str | None, "The language with its flag, as Althea names it.",
        lambda voice, site: voice.language_label or None, "🇩🇪 German (Germany)"),
    VoiceField("ownership", str | None, "“private” to the account, or of the “public” catalogue.",
        lambda voice, site: voice.ownership or None, "private"),
    VoiceField("billingStyle", str | None, "Who bills its use.",
        lambda voice, site: voice.billing_style or None, "VOICE_BILLING_STYLE_INCLUDED"),
    VoiceField("provider", str | None, "The engine behind it.",
        lambda voice, site: voice.provider or None, "Eleven Labs"),
    VoiceField("account", str, "The name of the Althea account that holds it.",
        lambda voice, site: voice.account.name, "Northwind"),
    VoiceField("previewUrl", str, "Its preview, which takes the token as all of this API does.",
        lambda voice, site: f"{site}/api/v1/voices/{voice.pk}/preview",
        "https://studio.example.com/api/v1/voices/0f1d2c3b-8a9e-4f10-9c55-6f2a1f0f7e21/preview"),
    VoiceField("preview", Literal[tuple(Health.values)], "“good” if the preview plays, “failing” if it could not be "
        "fetched, “unheard” before that.", lambda voice, site: voice.health, "good"),
    VoiceField("stage", Literal[tuple(Stage.values)], "How far the team trusts it.",
        lambda voice, site: voice.stage, "approved"),
    VoiceField("tags", list[str], "The team's tags.", lambda voice, site: _names(voice.tags), ["Brand"]),
    VoiceField("aliases", list[str], "The aliases that point to it.",
        lambda voice, site: _names(voice.aliases), ["brand-de"]),
    VoiceField("owner", str | None, "Who brought it in.",
        lambda voice, site: voice.added_by.shown_name if voice.added_by else None, "Ada"),
    VoiceField("consent", str, "“recorded”, “missing” or “ended”; nobody may use a voice whose consent has ended.",
        lambda voice, site: voice.consent_state, "recorded"),
    VoiceField("created", datetime, "When it came into the library.",
        lambda voice, site: voice.created_at, "2026-11-28T09:30:00Z"),
    VoiceField("changed", datetime, "When it last changed.",
        lambda voice, site: voice.changed_at, "2026-11-28T09:30:00Z"),
    VoiceField("lastPlayed", datetime | None, "When somebody last played it here.",
        lambda voice, site: voice.played_at if voice.has_been_played else None, None),
    VoiceField("goneSince", datetime | None, "Since when it is missing at Althea.",
        lambda voice, site: voice.gone_at, None),
    VoiceField("url", str, "Its page.", lambda voice, site: f"{site}/voices/{voice.pk}/",
        "https://studio.example.com/voices/0f1d2c3b-8a9e-4f10-9c55-6f2a1f0f7e21/"),
)  # fmt: skip

VoiceSchema: Any = create_model(  # type: ignore[call-overload]  # its fields are the table's
    "Voice",
    __base__=Schema,
    __doc__="A voice of the team's library.",
    **{one.name: (one.type, Field(description=one.meaning, examples=[one.example])) for one in VOICE_FIELDS},
)


def voice_object(voice: Voice, site: str) -> dict[str, Any]:
    """Return the voice as the API sends it. Read it with `account`, `added_by`, `tags` and `aliases`."""
    return {one.name: one.read(voice, site) for one in VOICE_FIELDS}
