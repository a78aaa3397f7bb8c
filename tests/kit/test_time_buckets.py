"""Buckets of durations: quantiles within 5 %, whatever the clock does."""

import pytest

from voices.kit.time_buckets import LAST, bucket_of, quantile


@pytest.mark.parametrize("seconds", [1.2, 4, 18, 59.9, 3_600, 200_000])
def test_quantile_is_within_5_percent(seconds: float) -> None:
    found = quantile({bucket_of(seconds): 1}, 0.5)
    assert found is not None
    assert abs(found / seconds - 1) < 0.05


def test_quantile_is_what_the_share_stays_within() -> None:
    counts = {bucket_of(10): 94, bucket_of(100): 6}
    assert quantile(counts, 0.5) == pytest.approx(10, rel=0.05)
    assert quantile(counts, 0.95) == pytest.approx(100, rel=0.05)
    assert quantile({}, 0.5) is None


@pytest.mark.parametrize("seconds", [-3_600, 0, 0.4, 1])
def test_bucket_of_little_or_negative_time_is_0(seconds: float) -> None:
    assert bucket_of(seconds) == 0


def test_bucket_of_a_year_is_the_last() -> None:
    assert bucket_of(31_536_000) == LAST
