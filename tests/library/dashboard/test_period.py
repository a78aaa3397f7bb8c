"""The period of the figures: what a URL means, and into which parts a period is divided."""

from datetime import date

import pytest

from voices.library.dashboard.period import Period, parse_period

TODAY = date(2026, 11, 3)
MONTHS = [f"{month} 2026" for month in ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug")]


@pytest.mark.parametrize(
    ("given", "name", "first", "last"),
    [
        ({}, "30", "2026-10-05", "2026-11-03"),
        ({"period": "7"}, "7", "2026-10-28", "2026-11-03"),
        ({"period": "90"}, "90", "2026-08-06", "2026-11-03"),
        ({"period": "12m"}, "12m", "2025-12-01", "2026-11-03"),
        ({"period": "-1"}, "30", "2026-10-05", "2026-11-03"),
        ({"from": "2026-02-01", "to": "2026-02-09"}, "own", "2026-02-01", "2026-02-09"),
        ({"from": "2026-02-09", "to": "2026-02-01"}, "own", "2026-02-01", "2026-02-09"),
        ({"from": "2026-11-01", "to": "2099-01-01"}, "own", "2026-11-01", "2026-11-03"),
        ({"from": "2030-01-01", "to": "2031-01-01"}, "own", "2026-11-03", "2026-11-03"),
        ({"from": "2001-01-01", "to": "2026-11-03"}, "own", "2023-11-01", "2026-11-03"),
        ({"from": "2015-01-01", "to": "2023-12-24"}, "own", "2023-11-01", "2023-12-24"),
        ({"from": "2015-01-01", "to": "2016-01-01"}, "own", "2023-11-01", "2023-11-01"),
        ({"from": "0001-01-01", "to": "2026-11-03"}, "30", "2026-10-05", "2026-11-03"),
        ({"from": "2026-02-30", "to": "x"}, "30", "2026-10-05", "2026-11-03"),
    ],
)
def test_period_of_a_url(given: dict[str, str], name: str, first: str, last: str) -> None:
    found = parse_period(given, today=TODAY)
    assert (found.name, found.first.isoformat(), found.last.isoformat()) == (name, first, last)


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2026-11-01", "2026-11-03", ["1 Nov", "2 Nov", "3 Nov"]),
        # Weeks begin on Mondays: 5 and 12 October.
        ("2026-09-03", "2026-10-13", ["3 Sep", "7 Sep", "14 Sep", "21 Sep", "28 Sep", "5 Oct", "12 Oct"]),
        ("2026-01-31", "2026-08-09", MONTHS),
    ],
)  # fmt: skip
def test_period_is_days_weeks_or_months(first: str, last: str, labels: list[str]) -> None:
    period = Period("own", date.fromisoformat(first), date.fromisoformat(last))
    spans, place = period.spans, period.placed()
    assert [span.label for span in spans] == labels
    assert (
        [place(span.first) for span in spans]
        == [place(span.last) for span in spans]
        == list(range(len(labels)))
    )
    assert (spans[0].first, spans[-1].last) == (period.first, period.last)


def test_query_of_a_period_means_the_same_period() -> None:
    for given in ({"period": "12m"}, {"from": "2026-02-01", "to": "2026-02-09"}):
        found = parse_period(given, today=TODAY)
        assert parse_period(dict(found.query), today=TODAY) == found
