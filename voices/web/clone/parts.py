"""The part of a recording and the repairs that a person chooses in the clone form."""

from dataclasses import dataclass, replace
from math import isfinite

from django.http import QueryDict

from voices.actions.clone.samples import RefusedSampleError, edit_sample
from voices.audio import limits
from voices.audio.edits import Edit
from voices.audio.report.facts import Report
from voices.audio.report.pauses import cuts, snap
from voices.models import Membership, Sample
from voices.web.clone.recording import Recording
from voices.web.sample.report import read_report

TARGET_LUFS = -20.0
EDGE_SECONDS = 0.3  # of silence: less is not worth trimming
LOUD_ENOUGH = 0.5  # LU beside the level that is set: less is not heard
NOT_A_TIME = "Give start and end in seconds, such as 12.5."
WRONG_ORDER = "The part has to end after it starts."


@dataclass(frozen=True)
class Repair:
    """A repair that can be switched on: the name of its field in `Edit`, and what it does."""

    name: str
    label: str
    meaning: str
    is_on: bool = False


REPAIRS = (
    Repair("remove_dc", "Remove the DC offset", "Centres a waveform that the recorder has shifted."),
    Repair(
        "trim_silence",
        "Trim silence at the ends",
        "Leaves 0.15 seconds before the first and after the last word.",
    ),
    Repair("level", "Set the level", "To −20 LUFS with peaks of at most −3 dB, as spoken audio usually is."),
)


@dataclass(frozen=True)
class PartFields:
    """The fields for the part: times in seconds as text, where cuts may be, and which repairs make sense."""

    seconds: float
    start: str
    end: str
    cuts: str
    repairs: list[Repair]
    is_edited: bool
    best: tuple[float, float] | None
    best_reason: str
    least: float = limits.MIN_SECONDS

    @property
    def best_seconds(self) -> int:
        """How long the best part is."""
        return round(self.best[1] - self.best[0]) if self.best else 0


def part_fields(sample: Sample) -> PartFields | None:
    """Return the fields with the part that the recording is now; None if it was not measured."""
    report = read_report(sample.source)
    if report is None:
        return None
    edit, seconds = Edit.from_json(sample.edit), round(report.seconds, 1)
    moments = cuts(report.speech, seconds=report.seconds)
    return PartFields(
        seconds,
        start=f"{edit.start or 0:g}",
        end=f"{seconds if edit.end is None else edit.end:g}",
        cuts=" ".join(f"{earliest:.2f}-{latest:.2f}" for earliest, latest in moments),
        repairs=[
            replace(one, is_on=getattr(edit, one.name))
            for one in REPAIRS
            if getattr(edit, one.name) or _would_change(one.name, report)
        ],
        is_edited=not edit.is_empty,
        best=report.best,
        best_reason=report.best_reason,
    )


def _would_change(repair: str, report: Report) -> bool:
    """Whether a repair would change the recording, as far as its report can tell."""
    if repair == "level":
        return abs(report.loudness - TARGET_LUFS) >= LOUD_ENOUGH
    if repair == "trim_silence" and report.speech:
        return max(report.speech[0][0], report.seconds - report.speech[-1][1]) >= EDGE_SECONDS
    return True


class PartError(Exception):
    """What was typed is no part of the recording; the message is for the person."""


def asks_for_other_part(typed: QueryDict, sample: Sample) -> bool:
    """Whether the form's fields ask for another part or other repairs than the recording has."""
    if "start" not in typed:
        return False
    try:
        return _typed_edit(typed, sample) != Edit.from_json(sample.edit)
    except PartError:
        return True


def change_part(member: Membership, recording: Recording, typed: QueryDict) -> Recording:
    """Return the recording with the part and the repairs that the form asks for, or with what is wrong."""
    if recording.sample is None:
        return recording
    try:
        edit = read_edit(typed, recording.sample)
        sample = edit_sample(member=member, sample=recording.sample, edit=edit)
    except (PartError, RefusedSampleError) as problem:
        return replace(recording, part_problem=str(problem))
    return replace(recording, sample=sample)


def read_edit(typed: QueryDict, sample: Sample) -> Edit:
    """Return what the pressed button asks for: the fields, the best part, or nothing at all. Raise PartError."""
    report = read_report(sample.source)
    if typed.get("part") == "whole":
        return Edit()
    edit = _typed_edit(typed, sample)
    if typed.get("part") == "best" and report and report.best:
        start, end = report.best
        return replace(edit, start=round(start, 1), end=round(end, 1))
    is_snapped = typed.get("snapped") == "1" or edit == Edit.from_json(sample.edit)
    return edit if is_snapped or report is None else _snapped(edit, report)


def _typed_edit(typed: QueryDict, sample: Sample) -> Edit:
    start, end = (_seconds(typed.get(name, "")) for name in ("start", "end"))
    whole = round(sample.source.seconds, 1)
    start, end = start or None, end if end is not None and end < whole else None
    if (start or 0.0) >= (whole if end is None else end):
        raise PartError(WRONG_ORDER)
    return Edit(start, end, **{one.name: one.name in typed for one in REPAIRS})


def _seconds(text: str) -> float | None:
    """Return a time to a tenth of a second; None if nothing was typed. Raise PartError."""
    if not text.strip():
        return None
    try:
        seconds = float(text.replace(",", "."))
    except ValueError as problem:
        raise PartError(NOT_A_TIME) from problem
    if not isfinite(seconds) or seconds < 0:
        raise PartError(NOT_A_TIME)
    return round(seconds, 1)


def _snapped(edit: Edit, report: Report) -> Edit:
    """Return the edit with its borders in pauses, to a tenth of a second."""

    def moved(second: float | None) -> float | None:
        if second is None:
            return None
        return round(snap(second, report.speech, seconds=report.seconds), 1)

    return replace(edit, start=moved(edit.start) or None, end=moved(edit.end))
