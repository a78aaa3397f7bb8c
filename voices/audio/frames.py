"""The MP3 frame walk: the only measure of an MP3's length that a header cannot falsify.

Walks 46,000 frames in about 20 ms. Work on junk is bounded: the walk gives up as damaged when
more than a share of the file lies between frames.
"""

from collections import Counter
from dataclasses import dataclass, field

from voices.audio import limits
from voices.audio.mpeg import FrameSizes, parse_key


@dataclass(slots=True)
class Walk:
    """What a walk met: `runs` are (start, end) ranges of frames without a gap, `keys` counts frames."""

    runs: list[tuple[int, int]] = field(default_factory=list)
    keys: Counter[int] = field(default_factory=Counter)
    junk_bytes: int = 0
    is_damaged: bool = False

    @property
    def frames(self) -> int:
        """How many whole frames there are."""
        return self.keys.total()

    @property
    def seconds(self) -> float:
        """How long these frames sound."""
        known = ((parse_key(key), count) for key, count in self.keys.items())
        return sum(frame.samples * count / frame.rate for frame, count in known if frame)

    @property
    def rates(self) -> set[int]:
        """The sample rates that occur, in Hz."""
        return {frame.rate for frame in map(parse_key, self.keys) if frame}

    @property
    def sound_bytes(self) -> int:
        """The size of all frames together."""
        return sum(end - start for start, end in self.runs)


def walk_frames(data: bytes, *, start: int, end: int) -> Walk | None:
    """Walk the frames of data[start:end]; None when no four frames in a row are found near its start."""
    first = _first_frame(data, start, end)
    if first is None:
        return None
    frame = parse_key(_key(data, first))
    sizes = FrameSizes(frame.layer if frame else None)
    walk = Walk()
    budget = max(limits.JUNK_FLOOR_BYTES, int((end - start) * limits.JUNK_SHARE))
    position: int | None = first
    while position is not None:
        stop = _follow(data, position, end, sizes=sizes, keys=walk.keys)
        walk.runs.append((position, stop))
        position = _next_run(data, walk, stop=stop, end=end, sizes=sizes, budget=budget)
    return walk


def _key(data: bytes, position: int) -> int:
    return data[position + 1] << 8 | data[position + 2]


def _follow(data: bytes, position: int, end: int, *, sizes: FrameSizes, keys: Counter[int]) -> int:
    """The end of the frames that follow each other without a gap from `position` on."""
    last = end - 4
    while position <= last and data[position] == 0xFF:
        key = data[position + 1] << 8 | data[position + 2]
        size = sizes[key]
        if not size or position + size > end:
            break
        keys[key] += 1
        position += size
    return position


def _chain(data: bytes, position: int, end: int, *, sizes: FrameSizes, wanted: int) -> bool:
    """Whether `wanted` frames (fewer only at the very end) follow each other at `position`."""
    for _ in range(wanted):
        if position == end:
            return True
        if position + 4 > end or data[position] != 0xFF:
            return False
        size = sizes[_key(data, position)]
        if not size or position + size > end:
            return False
        position += size
    return True


def _first_frame(data: bytes, start: int, end: int) -> int | None:
    stop, any_layer = min(end, start + limits.SYNC_WINDOW_BYTES), FrameSizes()
    position = data.find(b"\xff", start, stop)
    for _ in range(limits.SYNC_TRIES):
        if position < 0:
            return None
        if _chain(data, position, end, sizes=any_layer, wanted=4):
            return position
        position = data.find(b"\xff", position + 1, stop)
    return None


def _next_run(data: bytes, walk: Walk, *, stop: int, end: int, sizes: FrameSizes, budget: int) -> int | None:
    """Where frames go on behind a gap, with the gap booked as junk; None at the end or when damaged."""
    left = budget - walk.junk_bytes
    position = data.find(b"\xff", stop, end)
    while 0 <= position <= stop + left:
        if position < end - 4 and _chain(data, position, end, sizes=sizes, wanted=2):
            walk.junk_bytes += position - stop
            walk.is_damaged = len(walk.runs) > limits.MAX_JUNK_PLACES
            return None if walk.is_damaged else position
        position = data.find(b"\xff", position + 1, end)
    walk.is_damaged = position >= 0
    return None
