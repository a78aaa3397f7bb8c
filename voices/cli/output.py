"""What commands print: text for people and pipes, JSON for programs, CSV for spreadsheets."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

# Names and descriptions come from Althea and from other people: a terminal must not obey what they contain.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# What a spreadsheet takes for the start of a formula (OWASP: CSV injection), also as fullwidth characters.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def printable(value: Any) -> str:
    """Return the value on one line, without what a terminal would obey."""
    if isinstance(value, dict):
        value = as_json(value)
    text = (
        ", ".join(map(printable, value)) if isinstance(value, list) else "" if value is None else str(value)
    )
    return _CONTROLS.sub(" ", text)


def as_json(value: Any, *, indent: int | None = None) -> str:
    """Return the value as JSON, with control characters escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub(
        r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", lambda one: f"\\u{ord(one[0]):04x}", text
    )


def print_json(value: Any) -> None:
    """Print the value as JSON, indented."""
    click.echo(as_json(value, indent=2))


def print_fields(record: Mapping[str, Any]) -> None:
    """Print what a record says, a field a line; empty ones are left out."""
    shown = {name: text for name, value in record.items() if (text := printable(value))}
    width = max(map(len, shown), default=0)
    for name, text in shown.items():
        click.echo(f"{name:{width}}  {text}")


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns. The last is the widest, so that no other has to be cut."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    for row in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]))


def json_lines(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line of JSON for each record."""
    return map(as_json, records)


def csv_lines(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a header and a line for each record; nothing in them runs as a formula."""
    for number, record in enumerate(records):
        if number == 0:
            yield _line(record.keys())
        yield _line(_cell(value) for value in record.values())


def _cell(value: Any) -> str:
    text = printable(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _line(cells: Iterable[str]) -> str:
    sheet = io.StringIO()
    csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="").writerow(cells)
    return sheet.getvalue()
