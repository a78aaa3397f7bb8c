"""A figure, its bound, and whether it was met."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured number; `bound` is the most it may be.

    Times are ratios to something measured in the same run (unit "x"); only counts and memory are absolute.
    """

    name: str
    measured: float
    bound: float
    unit: str = "x"
    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the number is within its bound."""
        return self.measured <= self.bound

    @property
    def shown(self) -> str:
        """The number with its unit."""
        return f"{self.measured:.{2 if self.unit == 'x' else 0}f} {self.unit}"


Measure = Callable[[], list[Figure]]


def as_table(figures: list[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| figure | measured | bound | met | note |", "|---|---|---|---|---|"]
    for one in figures:
        met = "yes" if one.is_met else "**no**"
        lines.append(f"| {one.name} | {one.shown} | {one.bound:g} {one.unit} | {met} | {one.note} |")
    return "\n".join(lines)


def save_figures(figures: list[Figure], path: Path) -> None:
    """Write the figures as JSON."""
    path.write_text(json.dumps([asdict(one) for one in figures], indent=1), encoding="utf-8")


def load_figures(path: Path) -> list[Figure]:
    """Return figures that were saved."""
    return [Figure(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
