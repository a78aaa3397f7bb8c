"""A figure, its bound, and whether it was met."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number; `bound` is the most it may be. Ratios have the unit "x"."""

    name: str
    measured: float
    bound: float
    unit: str
    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the number keeps its bound."""
        return self.measured <= self.bound


Measure = Callable[[], list[Figure]]


def as_table(figures: list[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| figure | measured | bound | met | note |", "|---|---|---|---|---|"]
    for one in figures:
        met = "yes" if one.is_met else "**no**"
        lines.append(
            f"| {one.name} | {one.measured:.2f} {one.unit} | {one.bound:g} {one.unit} | {met} | {one.note} |"
        )
    return "\n".join(lines)
