"""A stored recording as pages show it: its ratings, its waveform, and what was changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from voices.audio.edits import Edit
from voices.audio.report.facts import Report, Spans
from voices.audio.report.ratings import Ratings, rate_report
from voices.audio.wording import format_name, length, megabytes
from voices.models import Sample

BARS = 150  # of a waveform: more would run together on a phone
WIDTH = 1_000  # of the box in which stretches of a waveform are drawn
UNCHANGED = "Not converted. Tags and pictures are removed."
NARROWEST = 3.0  # a clipped millisecond of ten minutes can still be seen


@dataclass(frozen=True)
class Stretch:
    """A part of a waveform, in thousandths of its width."""

    at: float
    width: float


@dataclass(frozen=True)
class Waveform:
    """The waveform of a whole recording, with what to mark on it; `chosen` is the part that is sent, if not all."""

    seconds: float
    peaks: list[int]
    speech: list[Stretch]
    clipped: list[Stretch]
    chosen: Stretch | None


@dataclass(frozen=True)
class ShownRecording:
    """A recording as its page shows it. Recordings of earlier releases have no report and were not measured."""

    sample: Sample
    source: Sample
    facts: str
    done: list[str]
    ratings: Ratings | None
    wave: Waveform | None

    @property
    def verdict(self) -> str:
        """The overall rating and its advice as one text; "" if the recording was not measured."""
        if self.ratings is None:
            return ""
        return f"{self.ratings.overall.capitalize()} recording. {self.ratings.advice}"

    @property
    def has_original(self) -> bool:
        """Whether the uploaded file differs from what is sent, so that both can be compared."""
        return self.sample.sent_sha256 != (
            self.source.sha256 if self.source.original else self.source.sent_sha256
        )


def shown_recording(sample: Sample) -> ShownRecording:
    """Return the recording as a page shows it."""
    whole = read_report(sample.source)
    return ShownRecording(
        sample,
        sample.source,
        facts=" · ".join(sound_facts(sample.source)),
        done=list(sample.finding.get("done", ())) or [UNCHANGED],
        ratings=ratings_of(sample),
        wave=_waveform(whole, Edit.from_json(sample.edit)) if whole else None,
    )


def ratings_of(sample: Sample) -> Ratings | None:
    """Return the ratings of the recording; None if it was not measured."""
    report = read_report(sample)
    return rate_report(report) if report else None


def read_report(sample: Sample) -> Report | None:
    """Return the measures of the recording; None if it has none, or those of a version that we cannot read."""
    try:
        return Report.from_json(sample.report) if sample.report else None
    except (KeyError, TypeError, ValueError):
        return None


def sound_facts(sample: Sample) -> list[str]:
    """Return the properties of the uploaded file: length, format, sample rate and channels, bit rate, size."""
    channels = {1: "mono", 2: "stereo"}.get(sample.channels, f"{sample.channels} channels")
    facts = [
        length(sample.seconds),
        format_name(sample.container),
        f"{sample.rate / 1000:g} kHz {channels}",
    ]
    if sample.bit_rate:
        facts.append(f"{sample.bit_rate / 1000:.0f} kbit/s")
    return [*facts, megabytes(sample.size_bytes)]


def _waveform(report: Report, edit: Edit) -> Waveform:
    seconds = report.seconds
    part = (edit.start or 0.0, seconds if edit.end is None else edit.end)
    return Waveform(
        seconds,
        thinned(report.peaks),
        speech=_stretches(report.speech, seconds),
        clipped=_stretches(report.clipped, seconds),
        chosen=None if part == (0.0, seconds) else _stretches([part], seconds)[0],
    )


def thinned(peaks: Sequence[int], *, bars: int = BARS) -> list[int]:
    """Return the highest of each group of peaks, in at most `bars` groups."""
    count = min(bars, len(peaks))
    edges = [place * len(peaks) // count for place in range(count + 1)] if count else []
    return [max(peaks[first:last]) for first, last in pairwise(edges)]


def _stretches(spans: Spans | list[tuple[float, float]], seconds: float) -> list[Stretch]:
    scale = WIDTH / max(seconds, 0.001)
    return [
        Stretch(round(start * scale, 1), round(max((end - start) * scale, NARROWEST), 1))
        for start, end in spans
    ]
