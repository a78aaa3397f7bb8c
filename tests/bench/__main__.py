"""`python -m tests.bench [part ...]`: every figure with its bound; exit code 1 where one is missed.

`--record` writes RESULTS.md beside this file, `--json=FILE` the figures for `tests.bench.compare`.
"""

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import (
    activity,
    backup,
    bulk,
    clone,
    dashboard,
    export,
    intake,
    jobs,
    library,
    preview,
    report,
    startup,
    strangers,
    swap,
    sync,
    uploads,
    watching,
)
from tests.bench.table import Figure, Measure, as_table, save_figures

PARTS: dict[str, Measure] = {
    "startup": startup.measure,
    "activity": activity.measure,
    "library": library.measure,
    "dashboard": dashboard.measure,
    "export": export.measure,
    "bulk": bulk.measure,
    "jobs": jobs.measure,
    "clone": clone.measure,
    "preview": preview.measure,
    "sync": sync.measure,
    "swap": swap.measure,
    "uploads": uploads.measure,
    "intake": intake.measure,
    "report": report.measure,
    "strangers": strangers.measure,
    "watching": watching.measure,
    "backup": backup.measure,
}
RESULTS = Path(__file__).with_name("RESULTS.md")


def machine() -> str:
    """Return the machine in a line."""
    load = os.getloadavg()[1]
    return (
        f"{os.cpu_count()} cores, load {load:.1f}, {platform.machine()}, Python {platform.python_version()}"
    )


def record(figures: list[Figure], seconds: float) -> None:
    """Keep the table with its date and machine."""
    head = f"# Measured by `make bench`\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}, {seconds:.0f} s.\n\n"
    RESULTS.write_text(head + as_table(figures) + "\n", encoding="utf-8")


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part", help=", ".join(PARTS))
    parser.add_argument("--record", action="store_true", help="write RESULTS.md")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    return parser.parse_args()


def main() -> int:
    """Measure everything, or only the parts named on the command line."""
    wanted = options()
    begin, figures = time.monotonic(), []
    for name in wanted.parts or PARTS:
        found = PARTS[name]()
        figures += found
        print(as_table(found), flush=True)
    seconds = time.monotonic() - begin
    print(f"\n{as_table(figures)}\n\n{seconds:.0f} s, {machine()}")
    if wanted.record:
        record(figures, seconds)
    if wanted.json:
        save_figures(figures, wanted.json)
    return 0 if all(one.is_met for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
