"""What only the source tells: clipping and cancellation."""

import numpy as np
import pytest

from tests.audio.report.recordings import Samples
from voices.audio.report.source import SLICE, SourceFacts, SourceMeter


def facts_of(*blocks: Samples) -> SourceFacts:
    meter = SourceMeter()
    for block in blocks:
        meter.feed(block)
    return meter.facts()


def quiet(samples: int, *, channels: int = 1) -> Samples:
    """Samples that rise and fall below half scale, and are nowhere in a run at their maximum."""
    wave = 0.4 * np.sin(np.arange(samples) * 2.1)
    return np.tile(wave.astype(np.float32), (channels, 1))


def with_run(length: int, *, level: float = 1.0, at: int = 5_000, samples: int = 100_000) -> Samples:
    block = quiet(samples)
    block[0, at : at + length] = level
    return block


@pytest.mark.parametrize(("length", "expected"), [(2, 0), (3, 3), (40, 40)])
def test_three_samples_at_full_level_are_clipping(length: int, expected: int) -> None:
    assert facts_of(with_run(length)).clipping == pytest.approx(expected / 100_000)


def test_clipping_is_found_after_turning_down() -> None:
    assert facts_of(with_run(40) * np.float32(0.2)).clipping == pytest.approx(40 / 100_000)


def test_what_was_loud_before_something_louder_counts_not() -> None:
    facts = facts_of(with_run(40, level=0.9), with_run(10))
    assert facts.clipping == pytest.approx(10 / 200_000)


def test_clipping_is_found_where_it_is() -> None:
    ((start, end, share),) = facts_of(with_run(40, at=50_100)).clipped
    assert start == pytest.approx(50_100 // SLICE * SLICE / 100_000)
    assert end - start == pytest.approx(SLICE / 100_000)
    assert share == pytest.approx(40 / SLICE)


def test_small_blocks_give_what_large_ones_give() -> None:
    whole = np.tile(with_run(40), 3)
    small = [whole[:, start : start + 1_152] for start in range(0, whole.shape[1], 1_152)]
    assert facts_of(*small).clipping == pytest.approx(facts_of(whole).clipping)


def test_clipping_of_one_channel_is_not_diluted() -> None:
    left = with_run(40)
    assert facts_of(np.concatenate([left, left * 0])).clipping == pytest.approx(40 / 100_000)


def test_channels_may_change() -> None:
    facts = facts_of(quiet(70_000), quiet(70_000, channels=2), with_run(40))
    assert facts.clipping == pytest.approx(40 / 240_000)
    assert facts.mono_loss == pytest.approx(0)


def test_silence_is_not_clipped() -> None:
    assert facts_of(np.zeros((1, 100_000), np.float32)) == SourceFacts()
    assert facts_of() == SourceFacts()


def test_mono_loss_is_what_the_channels_cancel() -> None:
    wave = quiet(100_000)
    noise = np.random.default_rng(0).standard_normal((2, 100_000)).astype(np.float32)
    assert facts_of(wave).mono_loss is None
    assert facts_of(np.concatenate([wave, wave])).mono_loss == 0
    assert facts_of(np.concatenate([wave, wave * 0])).mono_loss == pytest.approx(0, abs=0.01)
    assert facts_of(noise).mono_loss == pytest.approx(0, abs=0.1)
    # Powers 1 and 0.25 against the sum's 0.25: 10 log10(1.25 / 0.25) = 7 dB.
    assert facts_of(np.concatenate([wave, wave * -0.5])).mono_loss == pytest.approx(6.99, abs=0.01)
    assert facts_of(np.concatenate([wave, -wave])).mono_loss == 60


def test_a_part_has_the_clipping_within_it() -> None:
    facts = SourceFacts(clipping=0.02, clipped=((0.2, 0.3, 0.1), (0.6, 0.7, 0.1)), mono_loss=2)
    part = facts.between(0.5, 1)
    assert part.clipping == pytest.approx(0.02)
    assert part.clipped == (pytest.approx((0.2, 0.4, 0.1)),)
    assert part.mono_loss == 2
    assert facts.between(0.25, 0.35).clipped == (pytest.approx((0, 0.5, 0.1)),)
    assert facts.between(0.8, 0.9) == SourceFacts(mono_loss=2)
