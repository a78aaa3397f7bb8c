"""The library as a CSV or JSON file, read in batches, so that memory use does not grow with its size."""

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

BATCH = 500
NEWEST_FIRST = ("-created_at", "-id")
COLUMNS = (
    "voice_id", "name", "description", "language", "provider", "stage", "tags", "alias", "owner", "account",
    "ownership", "billing", "consent", "consent_state", "consent_until", "created", "last_played", "gone_since",
)  # fmt: skip
READ = (
    "pk", "voice_id", "name", "description", "primary_language", "provider", "stage", "added_by", "account__name",
    "ownership", "billing_style", "created_at", "played_at", "gone_at", "consent_state", "consent__basis",
    "consent__speaker", "consent__proof", "consent__expires_on",
)  # fmt: skip
# What a spreadsheet takes for the start of a formula (OWASP: CSV injection), also as fullwidth characters.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
# Without a byte order mark, Excel reads the file in the machine's legacy code page; CSV libraries skip it.
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def rows(voices: QuerySet[Voice]) -> Iterator[list[dict[str, Any]]]:
    """Yield the exported fields of the voices, newest first, BATCH voices at a time; four queries each.

    A batch starts after the last voice of the one before: no database cursor stays open during a slow download, and
    voices that are added in the meantime move nothing. Plain values: 100,000 model instances take four times as long.
    """
    found = voices.order_by(*NEWEST_FIRST).values(*READ)
    batch = list(found[:BATCH])
    while batch:
        yield _exported(batch)
        if len(batch) < BATCH:
            return
        last = (batch[-1]["created_at"], batch[-1]["pk"])
        batch = list(found.filter(keyset.after(NEWEST_FIRST, last))[:BATCH])


def _exported(batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [row["pk"] for row in batch]
    tags = _names(Tagging.objects.filter(voice__in=ids).values_list("voice", "tag__name"))
    aliases = _names(Alias.objects.filter(voice__in=ids).values_list("voice", "name"))
    owners = User.objects.in_bulk({row["added_by"] for row in batch} - {None})
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
            "consent_state": row["consent_state"],
            "consent_until": str(row["consent__expires_on"] or ""),
            "created": _time(row["created_at"]),
            "last_played": _time(row["played_at"] if row["played_at"] > NEVER_PLAYED else None),
            "gone_since": _time(row["gone_at"]),
        }
        for row in batch
    ]


def _names(pairs: Iterable[tuple[Any, str]]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for voice_id, name in pairs:
        found.setdefault(voice_id, []).append(name)
    return found


def _consent(row: dict[str, Any]) -> str:
    if not row["consent__basis"]:
        return ""
    return str(Consent(**{name: row[f"consent__{name}"] for name in ("basis", "speaker", "proof")}))


def _time(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None


def as_json(batches: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    """Yield one JSON array, one voice per line."""
    separator = "[\n"
    for batch in batches:
        yield separator + ",\n".join(json.dumps(row, ensure_ascii=False) for row in batch)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def as_csv(batches: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    """Yield CSV for spreadsheets: marked as UTF-8, several tags in one cell, nothing that could run as a formula.

    Every cell is quoted, or a spreadsheet that separates by semicolons would start a new cell inside one of ours.
    """
    yield BYTE_ORDER_MARK + lines([COLUMNS])
    for batch in batches:
        yield lines([[cell(row[name]) for name in COLUMNS] for row in batch])


def cell(value: str | list[str] | None) -> str:
    """Return the value as a cell, with an apostrophe before what a spreadsheet would run as a formula."""
    text = ", ".join(value) if isinstance(value, list) else value or ""
    return (
        f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS) else text
    )


def lines(table: Sequence[Sequence[str]]) -> str:
    """Return the table as lines of CSV, every cell quoted."""
    sheet = io.StringIO()
    csv.writer(sheet, quoting=csv.QUOTE_ALL).writerows(table)
    return sheet.getvalue()
