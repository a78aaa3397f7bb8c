"""The library as a file: rows read a part at a time, so that memory stays flat however many there are."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from voices.library import keyset
from voices.models import NEVER_PLAYED, Alias, Consent, Tagging, User, Voice

PART = 500
NEWEST_FIRST = ("-created_at", "-id")
COLUMNS = (
    "voice_id", "name", "description", "language", "provider", "stage", "tags", "alias", "owner", "account",
    "ownership", "billing", "consent", "created", "last_played", "gone_since",
)  # fmt: skip
READ = (
    "pk", "voice_id", "name", "description", "primary_language", "provider", "stage", "added_by", "account__name",
    "ownership", "billing_style", "created_at", "played_at", "gone_at", "job__consent__basis",
    "job__consent__speaker", "job__consent__proof",
)  # fmt: skip
# What a spreadsheet takes for a formula (OWASP, CSV injection), in their full width too.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# Excel reads a file without this mark in the old code page of the machine; what reads CSV in earnest skips it.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def rows(voices: QuerySet[Voice]) -> Iterator[list[dict[str, Any]]]:
    """What is told of each voice, newest first, PART at a time; four queries a part.

    A part starts after the last voice of the one before: no cursor is held open while somebody downloads slowly,
    and what is added meanwhile moves nothing. Plain values, since a hundred thousand models take four times as long.
    """
    found = voices.order_by(*NEWEST_FIRST).values(*READ)
    part = list(found[:PART])
    while part:
        yield _told(part)
        if len(part) < PART:
            return
        part = list(found.filter(keyset.after(NEWEST_FIRST, (part[-1]["created_at"], part[-1]["pk"])))[:PART])


def _told(part: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [row["pk"] for row in part]
    tags = _names(Tagging.objects.filter(voice__in=ids).values_list("voice", "tag__name"))
    aliases = _names(Alias.objects.filter(voice__in=ids).values_list("voice", "name"))
    owners = User.objects.in_bulk({row["added_by"] for row in part} - {None})
    return [
        {
            "voice_id": row["voice_id"],
            "name": row["name"],
            "description": row["description"],
            "language": row["primary_language"],
            "provider": row["provider"],
            "stage": row["stage"],
            "tags": sorted(tags.get(row["pk"], ())),
            "alias": sorted(aliases.get(row["pk"], ())),
            "owner": owners[row["added_by"]].shown_name if row["added_by"] in owners else "",
            "account": row["account__name"],
            "ownership": row["ownership"],
            "billing": row["billing_style"],
            "consent": _consent(row),
            "created": _time(row["created_at"]),
            "last_played": _time(row["played_at"] if row["played_at"] > NEVER_PLAYED else None),
            "gone_since": _time(row["gone_at"]),
        }
        for row in part
    ]


def _names(pairs: Iterable[tuple[Any, str]]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for voice_id, name in pairs:
        found.setdefault(voice_id, []).append(name)
    return found


def _consent(row: dict[str, Any]) -> str:
    if not row["job__consent__basis"]:
        return ""
    return str(Consent(**{name: row[f"job__consent__{name}"] for name in ("basis", "speaker", "proof")}))


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
