"""The part of a recording and the repairs that a person chooses in the clone form."""

from dataclasses import dataclass, replace
from math import isfinite

from django.http import QueryDict

from voices.actions.clone.samples import RefusedSampleError, edit_sample
from voices.audio import limits
from voices.audio.edits import TARGET, Edit
from voices.audio.report.facts import Report
from voices.audio.report.pauses import cuts, snap
from voices.models import Membership, Sample
from voices.web.clone.recording import Recording
from voices.web.sample.report import read_report

EDGE_SECONDS = 0.3  # of silence; less is not worth trimming
SHIFTED = 0.002  # of full scale: a smaller DC offset costs neither level nor a click at the edges
LOUD_ENOUGH = 0.5  # LU of difference to the target level; less is inaudible
NOT_A_TIME = "Enter start and end in seconds, such as 12.5."
WRONG_ORDER = "The end must be after the start."


@dataclass(frozen=True)
class Repair:
    """A repair that can be switched on: the name of its field in `Edit`, and what it does."""

    name: str
    label: str
    meaning: str
    is_on: bool = False


REPAIRS = (
    Repair("remove_dc", "Remove the DC offset", "Centres a waveform that the recorder shifted."),
    Repair(
        "trim_silence",
        "Trim silence at the ends",
        "Leaves 0.15 seconds before the first and after the last word.",
    ),
    Repair("level", "Set the level", "To −20 LUFS with peaks of at most −3 dB, as spoken audio usually is."),
)


@dataclass(frozen=True)
class PartFields:
    """The fields for the part: times in seconds as text, possible cuts, and useful repairs."""

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
        """The length of the best part."""
        return round(self.best[1] - self.best[0]) if self.best else 0


def part_fields(sample: Sample, *, typed: QueryDict | None = None) -> PartFields | None:
    """Return the fields with the recording's current part, or as typed; None if it was not measured."""
    report = read_report(sample.source)
    if report is None:
        return None
    edit, seconds = Edit.from_json(sample.edit), _seconds_of(sample)
    moments = cuts(report.speech, seconds=report.seconds)
    fields = PartFields(
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
        best=report.best if report.best and edit != _with_best(edit, report.best) else None,
        best_reason=report.best_reason,
    )
    return fields if typed is None else _as_typed(fields, typed)


def _as_typed(fields: PartFields, typed: QueryDict) -> PartFields:
    repairs = [replace(one, is_on=one.name in typed) for one in fields.repairs]
    return replace(fields, start=typed.get("start", ""), end=typed.get("end", ""), repairs=repairs)


def _would_change(repair: str, report: Report) -> bool:
    """Whether a repair would change the recording, as far as its report can tell."""
    if repair == "remove_dc":
        return abs(report.dc) >= SHIFTED
    if repair == "level":
        return abs(report.loudness - TARGET) >= LOUD_ENOUGH
    if repair == "trim_silence" and report.speech:
        return max(report.speech[0][0], report.seconds - report.speech[-1][1]) >= EDGE_SECONDS
    return True


class PartError(Exception):
    """The typed times are not a part of the recording. The message is for the person."""


def asks_for_other_part(typed: QueryDict, sample: Sample) -> bool:
    """Whether the form requests another part or other repairs than the recording has."""
    if "start" not in typed:
        return False
    try:
        return _typed_edit(typed, seconds=_seconds_of(sample)) != Edit.from_json(sample.edit)
    except PartError:
        return True


def change_part(member: Membership, recording: Recording, typed: QueryDict) -> Recording:
    """Return the recording with the requested part and repairs, or with the problem."""
    if recording.sample is None:
        return recording
    try:
        edit = read_edit(typed, recording.sample)
        _require_enough(edit, seconds=_seconds_of(recording.sample))
        sample = edit_sample(member=member, sample=recording.sample, edit=edit)
    except (PartError, RefusedSampleError) as problem:
        return replace(recording, part_problem=str(problem))
    return replace(recording, sample=sample)


def read_edit(typed: QueryDict, sample: Sample) -> Edit:
    """Return the edit of the pressed button: by the fields, the best part, or an empty one. Raise PartError."""
    if typed.get("part") == "whole":
        return Edit()
    report, edit = read_report(sample.source), _typed_edit(typed, seconds=_seconds_of(sample))
    if typed.get("part") == "best" and report and report.best:
        return _with_best(edit, report.best)
    if report is None or typed.get("snapped") == "1":
        return edit
    return _snapped(edit, Edit.from_json(sample.edit), report)


def _with_best(edit: Edit, best: tuple[float, float]) -> Edit:
    start, end = (round(moment, 1) for moment in best)
    return replace(edit, start=start or None, end=end)


def _seconds_of(sample: Sample) -> float:
    """Return the length of the whole recording to a tenth of a second."""
    report = read_report(sample.source)
    return round(report.seconds if report else sample.source.seconds, 1)


def _typed_edit(typed: QueryDict, *, seconds: float) -> Edit:
    start, end = (_moment(typed.get(name, "")) for name in ("start", "end"))
    start, end = start or None, end if end is not None and end < seconds else None
    if (start or 0.0) >= (seconds if end is None else end):
        raise PartError(WRONG_ORDER)
    return Edit(start, end, **{one.name: one.name in typed for one in REPAIRS})


def _require_enough(edit: Edit, *, seconds: float) -> None:
    """Raise PartError for a part that is too short, unless the whole recording is."""
    length = (seconds if edit.end is None else edit.end) - (edit.start or 0.0)
    if length < limits.MIN_SECONDS <= seconds:
        raise PartError(f"This part is {length:.1f} seconds long. Choose at least {limits.MIN_SECONDS:g}.")


def _moment(text: str) -> float | None:
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


def _snapped(edit: Edit, before: Edit, report: Report) -> Edit:
    """Return the edit with each border that is not as before in a pause, to a tenth of a second."""

    def moved(second: float | None, old: float | None) -> float | None:
        if second is None or second == old:
            return second
        return round(snap(second, report.speech, seconds=report.seconds), 1)

    return replace(edit, start=moved(edit.start, before.start) or None, end=moved(edit.end, before.end))
