"""Recordings taken in: beside ffmpeg, beside the library page, beside hostile uploads; and the memory it takes.

Conversion and report of a minute are compared with the command line that decodes and measures the same file. What
others feel is measured on a running studio, which is sent recordings as the clone page sends them: alone, as soon as
they are chosen (decision 0050).
"""

import io
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from statistics import median, quantiles

import av
import httpx
import numpy as np

from tests import sounds
from tests.audio.bombs import BOMBS, FULL
from tests.bench.pages import page_seconds
from tests.bench.studio import RunningStudio, new_studio, resident_mb, run_command
from tests.bench.table import Figure
from tests.bench.timing import in_turn, seconds, shown
from voices.audio.child import Bounds, ask_child
from voices.audio.intake import BOUNDS, take_in

PAIRS, PAGES, ALONE, AT_ONCE = 15, 60, 9, 8
HOSTILE = (
    "mp4 boxes",
    "id3 tags",
    "flac comment blocks",
    "ogg pages",
    "wav chunks",
    "webm tags",
    "aiff id3",
    "riffs",
)
FFMPEG = [
    "ffmpeg",
    "-nostdin",
    "-v",
    "error",
    "-i",
    "PATH",
    "-af",
    "ebur128,astats,silencedetect",
    "-f",
    "null",
    "-",
]


def measure() -> list[Figure]:
    """Return the ratios, and the memory of the web and of a child."""
    with new_studio() as studio:
        run_command(studio, "add_voices", "1000")
        return [
            _beside_ffmpeg(studio.folder),
            _page_beside_intakes(studio),
            _beside_hostile(studio),
            *_memory(studio),
        ]


def _beside_ffmpeg(folder: Path) -> Figure:
    path = folder / "minute.m4a"
    path.write_bytes(_minute())
    command = [str(path) if word == "PATH" else word for word in FFMPEG]
    both = in_turn(
        lambda: seconds(lambda: take_in(path, io.BytesIO())),
        lambda: seconds(lambda: subprocess.run(command, check=True, stderr=subprocess.DEVNULL)),
        pairs=PAIRS,
    )
    return Figure(
        "conversion and report of 60 s of M4A / ffmpeg that decodes and measures it",
        both.ratio,
        1,
        note=both.note,
    )


def _page_beside_intakes(studio: RunningStudio) -> Figure:
    """The library page while eight people send a minute each, one after another."""
    client = studio.login()
    page = partial(page_seconds, client, "/")
    idle = [page() for _ in range(PAGES)]
    bodies = [_marked(_minute(), number) for number in range(AT_ONCE * 12)]
    with _sent(studio, bodies, at_once=AT_ONCE) as sending:
        beside = []
        while not sending.done():
            beside.append(page())
    ours, theirs = (quantiles(times, n=20)[-1] for times in (beside, idle))
    note = f"{shown(ours)} against {shown(theirs)}, {len(beside)} pages"
    return Figure(f"library page beside {AT_ONCE} intakes at once, p95 / idle", ours / theirs, 2, note=note)


def _beside_hostile(studio: RunningStudio) -> Figure:
    """A good recording of 1 MB, from the form to its answer, alone and beside eight files of 49 MB of tags."""
    content = sounds.speech_wav(12, rate=44_100)
    client, numbers = studio.login(), iter(range(1_000))

    def good() -> float:
        return seconds(lambda: _post(client, _marked(content, next(numbers))))

    alone = [good() for _ in range(ALONE)]
    bombs = [BOMBS[name](FULL) for name in HOSTILE]
    with _sent(studio, bombs, at_once=len(bombs)) as sending:
        beside = []
        while not sending.done():
            beside.append(good())
    note = f"{shown(median(beside))} against {shown(median(alone))}, {len(beside)} uploads"
    return Figure(
        "upload of 1 MB beside eight hostile ones / alone", median(beside) / median(alone), 3, note=note
    )


def _memory(studio: RunningStudio) -> list[Figure]:
    client, processes = studio.login(), studio.web_processes()
    _post(client, _minute())  # what is started once
    before = {pid: resident_mb(pid) for pid in processes}
    highest = dict(before)
    with _sent(studio, [sounds.sized_wav(FULL)], at_once=1) as sending:
        while not sending.done():
            highest = {pid: max(highest[pid], resident_mb(pid)) for pid in processes}
            time.sleep(0.02)
    path, out = studio.folder / "wide.flac", io.BytesIO()
    path.write_bytes(_ten_minutes_at_192_khz())
    bounds = Bounds(memory_bytes=BOUNDS.memory_bytes, cpu_seconds=60, wall_seconds=300)
    answer = ask_child("tests.audio.greedy", path, bounds=bounds, arguments=("weigh",), out=out)
    assert answer["finding"]["code"] == "ok", answer
    grown = max(highest[pid] - before[pid] for pid in processes)
    return [
        Figure("growth of a web process by an upload of 49 MB", grown, 60, "MB"),
        Figure("child with ten minutes of 192 kHz stereo", int(out.getvalue().split()[-1]) / 1e6, 400, "MB"),
    ]


@cache
def _minute() -> bytes:
    return sounds.encoded("ipod", "aac", sounds.speech(60, rate=44_100), rate=44_100)


def _ten_minutes_at_192_khz() -> bytes:
    """Quiet speech: with more to encode it would pass the limit of uploads."""
    target, second = io.BytesIO(), np.repeat(sounds.speech(1, rate=192_000) // 60, 2).reshape(1, -1)
    with av.open(target, "w", format="flac") as out:
        stream = out.add_stream("flac", rate=192_000, layout="stereo")
        for _ in range(598):
            frame = av.AudioFrame.from_ndarray(second, format="s16", layout="stereo")
            frame.sample_rate = 192_000
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return target.getvalue()


def _marked(content: bytes, number: int) -> bytes:
    """The same recording with other bytes behind it, so that it is not known yet."""
    return content + number.to_bytes(4, "big") + time.time_ns().to_bytes(8, "big")


@contextmanager
def _sent(studio: RunningStudio, contents: list[bytes], *, at_once: int) -> Iterator[Future[None]]:
    """Have others upload these recordings, one after another each, while the body runs; wait for them."""
    cookies = [dict(studio.login().cookies) for _ in range(at_once)]
    with ProcessPoolExecutor(1) as pool:  # a page's time must not include the load generator's work
        sending = pool.submit(_send_all, studio.url, cookies, contents)
        time.sleep(0.2)
        yield sending
        sending.result()


def _send_all(url: str, sessions: list[dict[str, str]], contents: list[bytes]) -> None:
    def send(number: int) -> None:
        options = {"base_url": url, "timeout": 120, "trust_env": False}
        with httpx.Client(cookies=sessions[number], **options) as client:
            for content in contents[number :: len(sessions)]:
                _post(client, content)

    with ThreadPoolExecutor(len(sessions)) as pool:
        list(pool.map(send, range(len(sessions))))


def _post(client: httpx.Client, content: bytes) -> None:
    """Upload a recording as the clone page does when one is chosen."""
    answer = client.post(
        "/clone/sample/",
        data={"complete": "1"},
        files={"file": ("a.m4a", content)},
        headers={"HX-Request": "true", "X-CSRFToken": client.cookies["csrftoken"]},
    )
    assert answer.status_code in {200, 422}, answer.status_code  # hostile ones are refused
