"""Filters as matrix products give what filters sample by sample give."""

import numpy as np
import pytest

from voices.audio.report import blocks


def filtered(samples: np.ndarray) -> np.ndarray:
    """K-weighting, one sample after the other."""
    for above, below in blocks._sections():
        output, first, second = np.empty_like(samples), 0.0, 0.0
        for at, sample in enumerate(samples.tolist()):
            output[at] = above[0] * sample + first
            first = above[1] * sample - below[1] * output[at] + second
            second = above[2] * sample - below[2] * output[at]
        samples = output
    return samples


def test_k_weighting_in_blocks_is_k_weighting() -> None:
    rng = np.random.default_rng(0)
    samples = rng.standard_normal(blocks.STEP * 60) * 0.1 + 0.3  # with an offset, which the high pass removes
    expected = (filtered(samples).reshape(-1, blocks.STEP) ** 2).mean(axis=1)
    powers = blocks.k_weighted_powers(samples.astype(np.float32))
    assert powers == pytest.approx(expected, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize(("hertz", "expected"), [(100, 1), (1_000, 1), (7_000, 1), (8_600, 0), (12_000, 0)])
def test_resampling_keeps_what_16_khz_can_hold(hertz: float, expected: float) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(2 * blocks.RATE) / blocks.RATE)
    low = blocks.at_speech_rate((0.5 * tone).astype(np.float32)) / 32_768
    wanted = 0.5 * expected * np.sin(2 * np.pi * hertz * np.arange(low.size) / 16_000)
    assert low.size == 2 * 16_000
    assert low[200:-200] == pytest.approx(wanted[200:-200], abs=0.01)
