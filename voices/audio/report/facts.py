"""The measured facts of a recording, as the limited child computes them and a sample stores them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VERSION = 1  # raise it whenever a measure changes: stored with every report
SILENCE = -70.0  # LUFS: nothing quieter counts in EBU R128

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Measures of the mono mix of a recording. Times in seconds from its beginning, shares 0..1.

    loudness        integrated, in LUFS (EBU R128); -70.0 is silence
    peak            the highest sample, in dBFS
    clipping        share of samples in runs at full level
    crest           peak minus RMS of the speech, in dB
    snr             level of speech over noise, in dB; None if there are hardly any pauses from which to tell
    bandwidth       where the spectrum of the speech ends, in Hz; 0 without speech
    mono_loss       what the channels cancel in the mono mix, in dB; None for a mono recording
    modulation      between the 90th and the 15th percentile of the level, in dB: speech rises and falls
    dc              the mean of the samples, -1..1: what shifts the waveform from its centre
    speech, clipped spans of speech, and of clipping
    peaks           the maxima of equal slices, 0..100 of full scale: the waveform
    best            the cleanest window of about 45 s, and why; None if the recording is not longer
    """

    version: int
    seconds: float
    speech_seconds: float
    silence_share: float
    loudness: float
    peak: float
    clipping: float
    crest: float
    snr: float | None
    bandwidth: float
    mono_loss: float | None
    modulation: float
    dc: float = 0.0
    speech: Spans = ()
    clipped: Spans = ()
    peaks: tuple[int, ...] = ()
    best: tuple[float, float] | None = None
    best_reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the facts as plain JSON values."""
        return {name: getattr(self, name) for name in Report.__dataclass_fields__}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Report":
        """Return the facts from `to_json`. Raise KeyError or TypeError for anything else."""
        facts = {name: value[name] for name in cls.__dataclass_fields__}
        facts["speech"], facts["clipped"] = _spans(value["speech"]), _spans(value["clipped"])
        facts["peaks"] = tuple(int(peak) for peak in value["peaks"])
        facts["best"] = tuple(value["best"]) if value["best"] else None
        return cls(**facts)


def _spans(values: Any) -> Spans:
    return tuple((float(start), float(end)) for start, end in values)
