"""Facts that only the source shows: clipping, and phase cancellation in the mono mix."""

from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]

FULL = 0.985  # of the recording's own maximum, so that turning it down afterwards hides nothing
RUN = 3  # samples at full level in a row
CHUNK = 65_536  # samples looked at together: decoders hand out about 1,000 at a time
SLICE = 512  # samples whose clipping is counted together, 12 ms at 44.1 kHz
MAX_SLICES = 16_384  # in the facts: those of a long recording are longer


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Facts of a decoded source. Positions are shares of its length, 0..1.

    clipping   share of the moments at which a channel is in a run at full level
    clipped    the slices with clipping, in order, as (start, end, share of clipped moments)
    mono_loss  what the channels cancel in the mono mix, in dB; None for a mono recording
    """

    clipping: float = 0.0
    clipped: tuple[tuple[float, float, float], ...] = ()
    mono_loss: float | None = None

    def between(self, start: float, end: float) -> "SourceFacts":
        """Return the facts of a part, with positions relative to it. The mono loss stays that of the whole."""
        length = max(end - start, 1e-9)
        parts = [(max(low, start), min(high, end), share) for low, high, share in self.clipped]
        kept = [(low, high, share) for low, high, share in parts if high > low]
        return SourceFacts(
            clipping=sum((high - low) * share for low, high, share in kept) / length,
            clipped=tuple(
                ((low - start) / length, (high - start) / length, share) for low, high, share in kept
            ),
            mono_loss=self.mono_loss,
        )


class SourceMeter:
    """Measures a source while it is decoded, before any resampling or mixing. It keeps 24 bytes per 512 samples."""

    def __init__(self) -> None:
        self._waiting: list[Block] = []
        self._waiting_samples = 0
        self._highest = 0.0
        self._slices: list[NDArray[np.float64]] = []  # rows of: samples, maximum, clipped samples
        self._channel_power = self._mix_power = 0.0
        self._is_mono = True

    def feed(self, block: Block) -> None:
        """Add the next samples: finite float32 of shape (channels, samples), full scale 1.0. They are kept a while."""
        if self._waiting and self._waiting[0].shape[0] != block.shape[0]:
            self._flush()
        self._waiting.append(block)
        self._waiting_samples += block.shape[1]
        if self._waiting_samples >= CHUNK:
            self._flush()

    def facts(self) -> SourceFacts:
        """Return what was measured so far."""
        self._flush()
        if not self._slices:
            return SourceFacts()
        sizes, maxima, counts = np.concatenate(self._slices, axis=1)
        counts[maxima < FULL * self._highest] = 0  # counted before the recording became louder
        groups = np.arange(0, sizes.size, -(-sizes.size // MAX_SLICES))
        sizes, counts = np.add.reduceat(sizes, groups), np.add.reduceat(counts, groups)
        ends = np.cumsum(sizes) / sizes.sum()
        where = np.flatnonzero(counts)
        starts, shares = ends[where] - sizes[where] / sizes.sum(), counts[where] / sizes[where]
        clipped = zip(starts.tolist(), ends[where].tolist(), shares.tolist(), strict=True)
        return SourceFacts(float(counts.sum() / sizes.sum()), tuple(clipped), self._mono_loss())

    def _flush(self) -> None:
        if self._waiting_samples:
            self._measure(np.concatenate(self._waiting, axis=1))
        self._waiting, self._waiting_samples = [], 0

    def _measure(self, block: Block) -> None:
        channels, samples = block.shape
        loud = np.abs(block).max(axis=0)
        starts = np.arange(0, samples, SLICE)
        maxima = np.maximum.reduceat(loud, starts)
        self._highest = max(self._highest, float(maxima.max()))
        counts = np.add.reduceat(_in_runs(loud >= FULL * max(self._highest, 1e-9)), starts, dtype=np.int64)
        self._slices.append(np.stack([np.diff(starts, append=samples), maxima, counts]).astype(np.float64))
        if channels > 1:
            self._is_mono = False
            self._channel_power += float(np.vdot(block, block))
            total = block.sum(axis=0)
            self._mix_power += float(np.vdot(total, total))

    def _mono_loss(self) -> float | None:
        """Return how much quieter the sum of the channels is than if they were unrelated sounds, at most 60 dB."""
        if self._is_mono:
            return None
        loss = 10 * log10((self._channel_power + 1e-12) / (self._mix_power + 1e-12))
        return min(max(loss, 0.0), 60.0)


def _in_runs(full: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which samples are in a run of at least RUN."""
    if np.count_nonzero(full) < RUN:
        return np.zeros_like(full)
    inside = full[2:] & full[1:-1] & full[:-2]
    runs = np.zeros_like(full)
    for offset in range(RUN):
        runs[offset : offset + inside.size] |= inside
    return runs
