"""`python -m tests.bench`: every figure with its bound; exit code 1 where one is missed.

`--record` also writes RESULTS.md beside this file.
"""

import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import bulks, clones, finding, jobs, previews, starts, syncs, uploads
from tests.bench.table import Figure, Measure, as_table

PARTS: list[Measure] = [
    starts.measure,
    finding.measure,
    jobs.measure,
    clones.measure,
    previews.measure,
    syncs.measure,
    uploads.measure,
    bulks.measure,
]
RESULTS = Path(__file__).with_name("RESULTS.md")


def machine() -> str:
    """The machine in a line."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, shared with others"


def record(figures: list[Figure], seconds: float) -> None:
    """Keeps the table with its date and machine."""
    head = f"# Measured by `make bench`\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}, {seconds:.0f} s.\n\n"
    RESULTS.write_text(head + as_table(figures) + "\n", encoding="utf-8")


def main() -> int:
    """Measures everything, or only the parts named on the command line."""
    named = [word for word in sys.argv[1:] if not word.startswith("-")]
    parts = [part for part in PARTS if not named or part.__module__.rpartition(".")[2] in named]
    begin, figures = time.monotonic(), []
    for part in parts:
        found = part()
        figures += found
        print(as_table(found), flush=True)
    seconds = time.monotonic() - begin
    print(f"\n{as_table(figures)}\n\n{seconds:.0f} s, {machine()}")
    if "--record" in sys.argv:
        record(figures, seconds)
    return 0 if all(one.is_met for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
