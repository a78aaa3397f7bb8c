"""Intervals of a mean: by hand where that is possible, against sampling, and for simulated judges."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from voices.kit.intervals import MIN_SCORES, Interval, mean_interval

SEED = 66
TRUTHS = (2.0, 3.0, 3.6, 4.2, 4.7)
SPREADS = (0.7, 1.0)
JUDGES = range(5, 13)


def of_scores(scores: list[int]) -> Interval | None:
    return mean_interval(scores, within=(1, 5), step_variance=1 / 12)


def of_differences(scores: list[int]) -> Interval | None:
    return mean_interval(scores, within=(-4, 4), step_variance=1 / 6)


def judged(
    random: np.random.Generator, voices: list[float], judges: int, *, spread: float, strictness: float
) -> NDArray[np.int64]:
    """What judges give: how they like a voice, shifted by how strict each is, rounded to 1 to 5; a row for each."""
    liked = random.normal(voices, spread, (judges, len(voices)))
    given = liked + random.normal(0, strictness, (judges, 1))
    return np.clip(np.rint(given), 1, 5).astype(int)


def test_no_interval_of_too_few_scores() -> None:
    assert of_scores([4] * (MIN_SCORES - 1)) is None
    assert of_scores([4] * MIN_SCORES) is not None


def test_equal_scores_are_not_taken_for_certainty() -> None:
    """A sum of five steps has the standard deviation sqrt(5 / 12); Student's t of 4 is 2.776: 3.104 of them."""
    found = of_scores([4] * 5)
    assert found is not None
    half = 3.104 * (5 / 12) ** 0.5 / 5
    assert (found.low, found.high) == (pytest.approx(4 - half, abs=2e-3), pytest.approx(4 + half, abs=2e-3))


def test_interval_stays_on_the_scale() -> None:
    assert of_scores([5] * 6) == Interval(pytest.approx(4.66, abs=0.01), 5.0)
    assert of_scores([1, 1, 1, 2]) == Interval(1.0, pytest.approx(2.1, abs=0.2))


def test_interval_is_that_of_a_sampled_bootstrap() -> None:
    """Smoothed resamples by numpy, at the percentiles that Student's t of 7 judges gives: 2.447 * sqrt(7 / 6)."""
    scores = np.array([5, 4, 4, 3, 5, 2, 4])
    random = np.random.default_rng(SEED)
    drawn = scores[random.integers(7, size=(200_000, 7))] + random.uniform(-0.5, 0.5, (200_000, 7))
    tail = 100 * 0.004109
    low, high = np.percentile(drawn.mean(axis=1), [tail, 100 - tail])
    found = of_scores([int(score) for score in scores])
    assert found == Interval(pytest.approx(low, abs=0.03), pytest.approx(high, abs=0.03))


def test_intervals_cover_the_true_mean_in_95_of_100() -> None:
    """Ten distributions of scores and 5 to 12 judges: 2,400 auditions of one voice."""
    random, covered = np.random.default_rng(SEED), []
    for truth, spread in ((one, other) for one in TRUTHS for other in SPREADS):
        everybody = judged(random, [truth], 100_000, spread=spread, strictness=0.5)
        mean = everybody.mean()
        for judges in JUDGES:
            for scores in random.choice(everybody[:, 0], (30, judges)):
                found = of_scores(scores.tolist())
                assert found is not None
                covered.append(found.low <= mean <= found.high)
    assert 0.93 <= np.mean(covered) <= 0.97


@pytest.mark.parametrize("voices", [2, 5])
def test_equal_voices_are_seldom_told_apart(voices: int) -> None:
    """Of pairs at most one in twenty, and 2 in 100 for the chance of this test; a clear winner by chance as seldom."""
    random, apart, winners = np.random.default_rng(SEED), [], []
    for judges in JUDGES:
        for _ in range(20):
            scores = judged(random, [3.6] * voices, judges, spread=0.9, strictness=0.6)
            shown = {
                (one, other): of_differences((scores[:, one] - scores[:, other]).tolist())
                for one, other in combinations(range(voices), 2)
            }
            apart += [found is not None and found.excludes_zero for found in shown.values()]
            winners.append(any(_beats_all(shown, one, voices) for one in range(voices)))
    assert np.mean(apart) <= 0.07
    assert np.mean(winners) <= 0.07


def _beats_all(shown: dict[tuple[int, int], Interval | None], one: int, voices: int) -> bool:
    ahead = [found.low > 0 for (first, _), found in shown.items() if found and first == one]
    ahead += [found.high < 0 for (_, other), found in shown.items() if found and other == one]
    return sum(ahead) == voices - 1


def test_clear_differences_are_shown() -> None:
    """Twelve judges and one and a half points between two voices: four in five auditions say so."""
    random, shown = np.random.default_rng(SEED), []
    for _ in range(60):
        scores = judged(random, [4.4, 2.9], 12, spread=0.9, strictness=0.6)
        found = of_differences((scores[:, 0] - scores[:, 1]).tolist())
        shown.append(found is not None and found.low > 0)
    assert np.mean(shown) >= 0.8
