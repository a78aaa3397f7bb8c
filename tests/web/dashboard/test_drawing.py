"""Charts as shapes: computed by hand for a few rows."""

from datetime import date
from typing import Any

import pytest

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape
from voices.library.dashboard.links import library
from voices.library.dashboard.period import Period
from voices.models import Membership, Team
from voices.web.dashboard.addresses import Addresses
from voices.web.dashboard.drawing import Chart, Line, Rect, draw

PERIOD = Period("own", date(2026, 11, 1), date(2026, 11, 3))
BOTH = [Series("Good", "good"), Series("Bad", "bad")]


def drawn(shape: Shape, content: Content) -> Chart:
    figure = Figure(name="x", title="X", position=1, shape=shape, read=lambda _: content, empty="Nothing.")
    own = Membership(team=Team(name="Northwind"), role="admin")
    return draw(figure, content, PERIOD, Addresses(own, own))


def test_columns_are_stacked_up_to_a_round_number() -> None:
    chart = drawn(Shape.COLUMNS, Content(BOTH, [Row("1", (3, 1)), Row("2", (0, 0)), Row("3", (1, None))]))
    assert chart.rects == (
        Rect("good", 1.4, 25, 7.2, 75), Rect("bad", 1.4, 0, 7.2, 25), Rect("good", 21.4, 75, 7.2, 25),
    )  # fmt: skip
    assert (chart.ticks, chart.width, list(chart.ends)) == (["4", "2", "0"], 30, ["1", "2", "3"])
    assert [cell.is_late for cell in chart.cells] == [False, False, True]


def test_lines_leave_a_gap_where_nothing_is_known() -> None:
    values: list[Any] = [5, 10, None, 0]
    rows = [Row(str(place), (value,)) for place, value in enumerate(values)]
    chart = drawn(Shape.LINES, Content([Series("All")], rows))
    assert chart.lines == (Line("one", "M5 50h0L15 0M35 100h0"),)


def test_bars_are_as_long_as_their_share_of_the_first() -> None:
    rows = [Row("English", (8,), library(language="en")), Row("3 others", (2,))]
    chart = drawn(Shape.BARS, Content([Series("Voices")], rows))
    assert chart.rects == (Rect("one", 0, 0.5, 100, 9), Rect("quiet", 0, 10.5, 25, 9))
    assert [cell.url for cell in chart.cells] == ["/?language=en", ""]


@pytest.mark.parametrize(
    ("most", "top"),
    [(1, "2"), (3, "4"), (5, "6"), (9, "10"), (21, "24"), (101, "120"), (217, "240"), (999, "1,000")],
)
def test_axis_ends_at_a_number_whose_half_is_round(most: int, top: str) -> None:
    assert drawn(Shape.COLUMNS, Content([Series("All")], [Row("1", (most,))])).ticks[0] == top
