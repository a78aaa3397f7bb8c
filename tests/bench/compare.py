"""`python -m tests.bench.compare before.json after.json`: two runs of the bench side by side, as Markdown.

The same bench runs in another checkout with `--json` there: a worktree of the other commit, this folder copied over
its own. Run both on one machine, one right after the other.
"""

import sys
from pathlib import Path

from tests.bench.table import Figure, load_figures


def side_by_side(before: list[Figure], after: list[Figure]) -> str:
    """Return one row for each figure of either run; `change` is after / before."""
    earlier, later = ({one.name: one for one in run} for run in (before, after))
    lines = [
        "| figure | before | after | change | bound | met | note after |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(name, earlier.get(name), later.get(name)) for name in {**later, **earlier}]
    return "\n".join(lines)


def _row(name: str, before: Figure | None, after: Figure | None) -> str:
    known = after or before
    assert known
    change = f"{after.measured / before.measured:.2f}" if before and after and before.measured else ""
    met = "" if after is None else "yes" if after.is_met else "**no**"
    cells = (
        name,
        before.shown if before else "",
        after.shown if after else "",
        change,
        f"{known.bound:g} {known.unit}",
        met,
        after.note if after else "",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(side_by_side(*(load_figures(Path(name)) for name in sys.argv[1:3])))
