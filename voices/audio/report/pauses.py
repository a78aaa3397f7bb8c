"""Snapping of cuts to pauses, without numpy since web pages use it, too."""

from voices.audio.report.facts import Spans

MARGIN = 0.1  # seconds between a cut and the speech beside it
REACH = 2.0  # seconds that a moment is moved at most


def snap(second: float, speech: Spans, *, seconds: float) -> float:
    """Return the moment nearest to `second` that lies in a pause; `second` itself if none is within REACH.

    `speech` are the spans of speech of a recording of `seconds` seconds.
    """
    second = min(max(second, 0.0), seconds)
    moments = [min(max(second, earliest), latest) for earliest, latest in cuts(speech, seconds=seconds)]
    nearest = min(moments, key=lambda moment: abs(moment - second))
    return nearest if abs(nearest - second) <= REACH else second


def cuts(speech: Spans, *, seconds: float) -> list[tuple[float, float]]:
    """Return where a recording may be cut, as earliest and latest moment in each pause.

    In a pause of at least twice MARGIN a cut keeps MARGIN from the speech, in a shorter one it is in the middle.
    Beginning and end count as pauses.
    """
    edges = [0.0, *(edge for span in speech for edge in span), seconds]
    pauses = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end >= start]
    return [_inside(start, end, seconds) for start, end in pauses]


def _inside(start: float, end: float, seconds: float) -> tuple[float, float]:
    margin = min(MARGIN, (end - start) / 2)
    return (start + margin if start > 0 else 0.0), (end - margin if end < seconds else seconds)
