"""The voice as the API shows it: each field once, with its type, its meaning and how it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, create_model

from voices.library.voice_rows import VoiceRow
from voices.models import NEVER_PLAYED, Health, Stage, shown_name


@dataclass(frozen=True)
class VoiceField:
    """A field of the JSON object. `read` takes the voice's row and the address of the site."""

    name: str
    type: Any
    meaning: str
    read: Callable[[VoiceRow, str], Any]
    example: Any


def _owner(row: VoiceRow, site: str) -> str | None:
    email = row.values.added_by__email
    return shown_name(row.values.added_by__name, email) if email else None


VOICE_FIELDS = (
    VoiceField("id", UUID, "The id in this library, used in this API's paths.",
        lambda row, site: row.values.id, "0f1d2c3b-8a9e-4f10-9c55-6f2a1f0f7e21"),
    VoiceField("voiceId", str, "The id at Althea, used by agents and calls.",
        lambda row, site: row.values.voice_id, "87edb04c-06d4-47c2-bd94-683bc47e8fbe"),
    VoiceField("name", str, "The name at Althea.", lambda row, site: row.values.name, "Marlene"),
    VoiceField("description", str | None, "What it sounds like.",
        lambda row, site: row.values.description or None, "Calm and friendly"),
    VoiceField("primaryLanguage", str | None, "A BCP 47 tag.",
        lambda row, site: row.values.primary_language or None, "de-DE"),
    VoiceField("languageLabel", str | None, "The language with its flag, as Althea names it.",
        lambda row, site: row.values.language_label or None, "🇩🇪 German (Germany)"),
    VoiceField("ownership", str | None, "“private” to the account, or from the “public” catalogue.",
        lambda row, site: row.values.ownership or None, "private"),
    VoiceField("billingStyle", str | None, "Who bills its use.",
        lambda row, site: row.values.billing_style or None, "VOICE_BILLING_STYLE_INCLUDED"),
    VoiceField("provider", str | None, "The engine that speaks.",
        lambda row, site: row.values.provider or None, "Eleven Labs"),
    VoiceField("account", str, "The name of the Althea account that holds it.",
        lambda row, site: row.values.account__name, "Northwind"),
    VoiceField("previewUrl", str, "Its preview. Send the token, as for the rest of this API.",
        lambda row, site: f"{site}/api/v1/voices/{row.values.id}/preview",
        "https://studio.example.com/api/v1/voices/0f1d2c3b-8a9e-4f10-9c55-6f2a1f0f7e21/preview"),
    VoiceField("preview", Literal[tuple(Health.values)], "“good” if the preview plays, “failing” if it could not be "
        "fetched, “unheard” until it has been fetched.", lambda row, site: row.values.health, "good"),
    VoiceField("problem", str | None, "What Althea says is wrong, if the voice fails.",
        lambda row, site: row.values.health_problem or None, None),
    VoiceField("stage", Literal[tuple(Stage.values)], "The team's decision about it.",
        lambda row, site: row.values.stage, "approved"),
    VoiceField("tags", list[str], "The team's tags.", lambda row, site: row.tags, ["Brand"]),
    VoiceField("aliases", list[str], "The aliases that point to it.",
        lambda row, site: row.aliases, ["brand-de"]),
    VoiceField("owner", str | None, "Who added it.",
        _owner, "Ada"),
    VoiceField("consent", str, "“recorded”, “missing” or “ended”; nobody may use a voice whose consent has ended.",
        lambda row, site: row.values.consent_state, "recorded"),
    VoiceField("created", datetime, "When it was added to the library.",
        lambda row, site: row.values.created_at, "2026-11-28T09:30:00Z"),
    VoiceField("changed", datetime, "When it last changed.",
        lambda row, site: row.values.changed_at, "2026-11-28T09:30:00Z"),
    VoiceField("lastPlayed", datetime | None, "When someone last played it here.",
        lambda row, site: row.values.played_at if row.values.played_at > NEVER_PLAYED else None, None),
    VoiceField("goneSince", datetime | None, "When it went missing at Althea.",
        lambda row, site: row.values.gone_at, None),
    VoiceField("url", str, "Its page.", lambda row, site: f"{site}/voices/{row.values.id}/",
        "https://studio.example.com/voices/0f1d2c3b-8a9e-4f10-9c55-6f2a1f0f7e21/"),
)  # fmt: skip

VoiceSchema: Any = create_model(  # type: ignore[call-overload]  # its fields are the table's
    "Voice",
    __base__=Schema,
    __doc__="A voice of the team's library.",
    **{one.name: (one.type, Field(description=one.meaning, examples=[one.example])) for one in VOICE_FIELDS},
)


def voice_object(row: VoiceRow, site: str) -> dict[str, Any]:
    """Return the voice as the API sends it."""
    return {one.name: one.read(row, site) for one in VOICE_FIELDS}
