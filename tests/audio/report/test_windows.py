"""The best window is as clean as any, begins and ends in pauses, and says why it was chosen."""

import numpy as np
import pytest

from voices.audio.report import speech
from voices.audio.report.pauses import cuts, snap
from voices.audio.report.windows import Steps, best_window, scores

SPEECH = ((1.0, 4.0), (5.0, 5.5), (5.6, 9.0))  # of 10 s


def reading(seconds: int, *, seed: int) -> tuple[Steps, np.ndarray]:
    """Steps of somebody who reads: phrases and pauses of random lengths, noise and clipping that come and go."""
    rng = np.random.default_rng(seed)
    lengths = np.stack([rng.integers(80, 600, seconds), rng.integers(20, 250, seconds)], axis=1).ravel()
    active = np.repeat(np.arange(lengths.size) % 2 == 0, lengths)[: seconds * 100]
    times = np.arange(active.size)
    noise = np.interp(
        times, np.arange(0, active.size + 1_000, 1_000), rng.uniform(-60, -35, seconds // 10 + 1)
    )
    levels = np.where(active, rng.normal(-22, 3, active.size), noise)
    clipped = np.where(active & (rng.random(active.size) < 0.02) & (times < 4_000), 0.1, 0.0)
    return Steps((10 ** (levels / 10)).astype(np.float32), active, ~active, clipped), active


def brute_force(steps: Steps) -> float:
    """The best score of all windows of 40 to 50 s that begin and end at any tenth of a second."""
    starts, lengths = np.meshgrid(np.arange(0, steps.count, 10), np.arange(4_000, 5_001, 10))
    inside = starts + lengths <= steps.count
    return float(scores(steps.qualities(starts[inside], (starts + lengths)[inside])).max())


@pytest.mark.parametrize("seed", range(6))
def test_the_window_is_within_2_percent_of_the_best(seed: int) -> None:
    steps, active = reading(240, seed=seed)
    window = best_window(steps, speech.spans(active))
    start, end = round(window.start * 100), round(window.end * 100)
    assert 4_000 <= end - start <= 5_000
    assert scores(steps.qualities(np.array([start]), np.array([end])))[0] >= 0.98 * brute_force(steps)
    assert not active[start] or start == 0
    assert not active[end - 1]


def test_a_window_is_found_where_nobody_pauses() -> None:
    active = np.ones(12_000, bool)
    powers = np.full(12_000, 1e-2, np.float32)
    clipped = np.where(np.arange(12_000) < 6_000, 0.01, 0.0)
    window = best_window(Steps(powers, active, ~active, clipped), ((0, 120),))
    assert window.start >= 60
    assert window.end - window.start == 45
    assert window.reason == "Least distortion."


@pytest.mark.parametrize(("quiet_half", "reason"), [(True, "Least noise."), (False, "Fewest pauses.")])
def test_the_reason_is_what_is_better(quiet_half: bool, reason: str) -> None:
    phrase = np.repeat([True, False], [300, 100])
    active = (
        np.tile(phrase, 30) if quiet_half else np.concatenate([np.tile(phrase, 15), np.tile(phrase, 30)[::2]])
    )
    if not quiet_half:
        active[: active.size // 2] &= np.tile(np.repeat([True, False], 150), 100)[: active.size // 2]
    noise = np.where(np.arange(active.size) < active.size // 2, 1e-4, 1e-6) if quiet_half else 1e-5
    powers = np.where(active, 1e-2, noise).astype(np.float32)
    window = best_window(Steps(powers, active, ~active, np.zeros(active.size)), speech.spans(active))
    assert window.start >= active.size / 200 - 5
    assert window.reason == reason


@pytest.mark.parametrize("count", [100, 4_500, 5_000])
def test_what_is_hardly_longer_has_no_best_window(count: int) -> None:
    active = np.ones(count, bool)
    steps = Steps(np.ones(count, np.float32), active, ~active, np.zeros(count))
    assert best_window(steps, ((0, count / 100),)) is None


def test_without_speech_there_is_no_best_window() -> None:
    active = np.zeros(12_000, bool)
    assert best_window(Steps(np.ones(12_000, np.float32), active, ~active, np.zeros(12_000)), ()) is None


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (0.0, 0.0),  # the beginning needs no margin
        (0.5, 0.5),  # in a pause
        (0.95, 0.9),  # too near to what is said
        (1.4, 0.9),
        (2.4, 0.9),
        (3.8, 4.1),
        (4.96, 4.9),
        (5.3, 5.55),  # the middle of a short pause
        (7.0, 5.55),
        (9.0, 9.1),
        (-3.0, 0.0),
        (12.0, 10.0),
    ],
)
def test_a_moment_is_moved_into_the_nearest_pause(second: float, expected: float) -> None:
    assert snap(second, SPEECH, seconds=10) == pytest.approx(expected)


def test_a_moment_far_from_every_pause_stays() -> None:
    assert snap(30, ((0, 60),), seconds=60) == 30


def test_a_recording_can_be_cut_in_its_pauses() -> None:
    assert cuts(SPEECH, seconds=10) == [
        pytest.approx(pair) for pair in [(0, 0.9), (4.1, 4.9), (5.55, 5.55), (9.1, 10)]
    ]
