"""Exports of the trail, read in batches: CSV for spreadsheets, OCSF events as JSON lines for a SIEM."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from django.db.models import QuerySet

from voices.audit import sentence
from voices.library import keyset
from voices.library.export import BYTE_ORDER_MARK, cell
from voices.library.trail.ocsf import as_event
from voices.library.trail.pages import ORDER
from voices.models import AuditEntry

BATCH = 500
COLUMNS = (
    "at", "team", "person", "verb", "what", "thing", "thing_id", "thing_name", "address", "request_id", "facts",
    "sequence", "hash",
)  # fmt: skip


def batches(entries: QuerySet[AuditEntry]) -> Iterator[list[AuditEntry]]:
    """Yield the entries newest first, 500 at a time, each batch after the last entry of the one before."""
    found = entries.order_by(*ORDER)
    batch = list(found[:BATCH])
    while batch:
        yield batch
        if len(batch) < BATCH:
            return
        batch = list(found.filter(keyset.after(ORDER, (batch[-1].at, batch[-1].pk)))[:BATCH])


def as_csv(found: Iterable[list[AuditEntry]]) -> Iterator[str]:
    """Yield CSV: marked as UTF-8, every cell quoted, and none that a spreadsheet would run as a formula."""
    yield BYTE_ORDER_MARK + _lines([COLUMNS])
    for batch in found:
        yield _lines([[cell(value) for value in _values(entry)] for entry in batch])


def as_json_lines(found: Iterable[list[AuditEntry]]) -> Iterator[str]:
    """Yield an OCSF event a line."""
    for batch in found:
        yield "".join(json.dumps(as_event(entry), ensure_ascii=False) + "\n" for entry in batch)


def _values(entry: AuditEntry) -> Sequence[str]:
    return (
        entry.at.astimezone(UTC).isoformat(timespec="milliseconds"), str(entry.team_id or ""), entry.actor_name,
        entry.verb, sentence(entry), entry.thing, entry.thing_id, entry.thing_name, entry.address, entry.request_id,
        json.dumps(entry.facts, ensure_ascii=False), str(entry.sequence or ""), entry.hash,
    )  # fmt: skip


def _lines(table: Iterable[Sequence[str]]) -> str:
    sheet = io.StringIO()
    csv.writer(sheet, quoting=csv.QUOTE_ALL).writerows(table)
    return sheet.getvalue()
