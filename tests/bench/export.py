"""Exports of 100,000 voices: memory, how soon the first byte comes, and the whole against a plain `iterator()`."""

import time

import httpx

from tests.bench.studio import RunningStudio, new_studio, resident_mb, run_command, run_json
from tests.bench.table import Figure
from tests.bench.timing import Pairs, shown

VOICES = 100_000


def measure() -> list[Figure]:
    """Return the memory of an export of all after some of an eighth, and its times."""
    with new_studio() as studio:
        run_command(studio, "add_voices", str(VOICES))
        client = studio.login()
        for _ in range(8):  # each of the web's processes answers once
            export(client, "csv", query="&q=Sora")
        before = _peak(studio)
        first, whole, lines = export(client, "csv")
        assert lines == VOICES + 1, lines
        assert export(client, "json")[2] == VOICES + 2
        grown = _peak(studio) - before
        plain = Pairs(**run_json(studio, "compare_exports"))
    return [
        Figure(f"memory of an export of {VOICES:,}", grown, 25, "MB", "over one of an eighth"),
        # A stream: built in memory first, it would be near 1.
        Figure(
            "first byte of that export / its last byte",
            first / whole,
            0.05,
            note=f"{shown(first)} of {shown(whole)}",
        ),
        Figure("CSV of an eighth / plain models by iterator()", plain.ratio, 0.6, note=plain.note),
    ]


def _peak(studio: RunningStudio) -> float:
    """Return the most memory that any process of the web ever had."""
    return max(resident_mb(pid, "VmHWM") for pid in studio.web_processes())


def export(client: httpx.Client, kind: str, *, query: str = "") -> tuple[float, float, int]:
    """Return the seconds to the first byte and to the last one, and how many lines came."""
    begin, first, lines = time.perf_counter(), 0.0, 0
    with client.stream("GET", f"/library/export/?format={kind}{query}") as answer:
        assert answer.status_code == 200
        for part in answer.iter_raw():
            first = first or time.perf_counter() - begin
            lines += part.count(b"\n")
    return first, time.perf_counter() - begin, lines
