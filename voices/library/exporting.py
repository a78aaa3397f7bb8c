"""The library as a file: rows read a part at a time, so that memory stays flat however many there are."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import TupleLessThan

from voices.models import Voice

PART = 500
COLUMNS = (
    "voice_id", "name", "description", "language", "provider", "stage", "tags", "alias", "owner", "account",
    "ownership", "billing", "created", "last_played", "gone_since",
)  # fmt: skip
READ = (
    "voice_id", "name", "description", "primary_language", "provider", "stage", "added_by__name", "added_by__email",
    "account__name", "ownership", "billing_style", "created_at", "played_at", "gone_at",
)  # fmt: skip
# What a spreadsheet takes for a formula (OWASP, CSV injection), in their full width too.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# Excel reads a file without this mark in the old code page of the machine; what reads CSV in earnest skips it.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def rows(voices: QuerySet[Voice]) -> Iterator[list[dict[str, Any]]]:
    """What is told of each voice, newest first, PART at a time; three queries a part.

    A part starts after the last voice of the one before: no cursor is held open while somebody downloads slowly,
    and what is added meanwhile moves nothing.
    """
    voices = voices.select_related("added_by", "account").prefetch_related("tags", "aliases")
    voices = voices.only(*READ).order_by("-created_at", "-id")
    part = list(voices[:PART])
    while part:
        yield [_told(voice) for voice in part]
        if len(part) < PART:
            return
        part = list(voices.filter(_after(part[-1].created_at, part[-1].pk))[:PART])


def _after(created_at: datetime, pk: UUID) -> TupleLessThan:
    return TupleLessThan((F("created_at"), F("id")), (created_at, pk))


def _told(voice: Voice) -> dict[str, Any]:
    return {
        "voice_id": voice.voice_id,
        "name": voice.name,
        "description": voice.description,
        "language": voice.primary_language,
        "provider": voice.provider,
        "stage": voice.stage,
        "tags": sorted(tag.name for tag in voice.tags.all()),
        "alias": sorted(alias.name for alias in voice.aliases.all()),
        "owner": voice.added_by.shown_name if voice.added_by else "",
        "account": voice.account.name,
        "ownership": voice.ownership,
        "billing": voice.billing_style,
        "created": _time(voice.created_at),
        "last_played": _time(voice.played_at),
        "gone_since": _time(voice.gone_at),
    }


def _time(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None


def as_json(parts: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    """One JSON array, a voice a line."""
    joint = "[\n"
    for part in parts:
        yield joint + ",\n".join(json.dumps(told, ensure_ascii=False) for told in part)
        joint = ",\n"
    yield "[]\n" if joint == "[\n" else "\n]\n"


def as_csv(parts: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    """CSV for spreadsheets: marked as UTF-8, several tags in one cell, nothing that could run as a formula."""
    yield MARK + _lines([COLUMNS])
    for part in parts:
        yield _lines([[cell(told[name]) for name in COLUMNS] for told in part])


def cell(value: str | list[str] | None) -> str:
    """The value as a cell: text with an apostrophe before what would be read as a formula."""
    text = ", ".join(value) if isinstance(value, list) else value or ""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text


def _lines(table: Sequence[Sequence[str]]) -> str:
    sheet = io.StringIO()
    csv.writer(sheet).writerows(table)
    return sheet.getvalue()
