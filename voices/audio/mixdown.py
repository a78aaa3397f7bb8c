"""Collects decoded blocks of any rate and number of channels as one mono recording at 44.1 kHz."""

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from voices.audio.limits import MAX_SECONDS
from voices.audio.report.blocks import RATE

Samples = NDArray[np.float32]

MAX_SAMPLES = round((MAX_SECONDS + 2) * RATE)


class Mixdown:
    """The resampled mean of the channels that have any sound; sound beyond the limit is dropped.

    A run is a sequence of blocks of one rate and number of channels.
    """

    def __init__(self) -> None:
        self._kept = np.empty(MAX_SAMPLES, np.float32)  # memory is allocated as it is filled
        self._size = self._run_start = 0
        self._heard = np.zeros(0, np.bool_)
        self._rate = RATE
        self._resampler: Any = None

    def samples(self) -> Samples:
        """Return the collected samples. Call `end_run` first."""
        return self._kept[: self._size]

    def add(self, block: Samples, *, rate: int) -> None:
        """Add a block of shape (channels, samples)."""
        if (block.shape[0], rate) != (self._heard.size, self._rate):
            self._start_run(channels=block.shape[0], rate=rate)
        if block.shape[0] > 1:
            self._heard |= np.einsum("ij,ij->i", block, block) > 0
        mono = block[0] if block.shape[0] == 1 else block.sum(axis=0)
        if self._resampler is None:
            self._keep(mono)
        else:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(mono)[None], format="flt", layout="mono")
            frame.sample_rate = rate
            self._keep_resampled(frame)

    def _start_run(self, *, channels: int, rate: int) -> None:
        self.end_run()
        self._heard, self._rate = np.zeros(channels, np.bool_), rate
        if rate != RATE:
            self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)

    def end_run(self) -> None:
        """Keep what the resampler still holds, and turn the run's sum into a mean."""
        if self._resampler is not None:
            self._keep_resampled(None)
            self._resampler = None
        heard = int(self._heard.sum())
        if heard > 1:
            self._kept[self._run_start : self._size] /= heard
        self._run_start = self._size

    def _keep_resampled(self, frame: Any) -> None:
        for out in self._resampler.resample(frame):
            self._keep(out.to_ndarray().reshape(-1))

    def _keep(self, mono: Samples) -> None:
        taken = mono[: MAX_SAMPLES - self._size]
        self._kept[self._size : self._size + taken.size] = taken
        self._size += taken.size
