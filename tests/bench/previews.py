"""A cached preview's first byte against a bare whitenoise file of the same size, and its Range answer."""

import re
import time
from statistics import median

import httpx

from tests.bench.clones import recording, through_everything
from tests.bench.table import Figure
from tests.running_studio import RunningStudio, new_house

ROUNDS = 60


def first_byte(browser: httpx.Client, path: str) -> float:
    """Seconds to the answer's first byte."""
    begin = time.perf_counter()
    with browser.stream("GET", path, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status_code == 200
        next(answer.iter_raw())
        return time.perf_counter() - begin


def voice_path(studio: RunningStudio, browser: httpx.Client) -> str:
    """Where the preview of a fresh clone plays, once it is there."""
    through_everything(studio, browser, recording(0))
    found = re.search(r"/voices/[0-9a-f-]{36}/", browser.get("/").text)
    assert found
    path = f"{found[0]}audio/"
    for _ in range(200):
        if browser.get(path).status_code == 200:
            break
        time.sleep(0.05)
    return path


def measure() -> list[Figure]:
    """One ratio of medians, taking turns; and one check."""
    with new_house() as studio:
        browser = studio.login()
        path = voice_path(studio, browser)
        size = len(browser.get(path).content)
        static = studio.folder / "static" / "bench.bin"
        static.write_bytes(b"\0" * size)
        # The stamp counts the collected files; a wrong count would have them collected anew, without ours.
        stamp = studio.folder / "static.stamp"
        mark, count = stamp.read_text(encoding="ascii").split()
        stamp.write_text(f"{mark} {int(count) + 1}", encoding="ascii")
        studio.stop()
        studio.serve()  # whitenoise lists its files at start
        browser = studio.login()
        times = [(first_byte(browser, path), first_byte(browser, "/static/bench.bin")) for _ in range(ROUNDS)]
        ours, bare = (median(column) for column in zip(*times, strict=True))
        part = browser.get(path, headers={"Range": "bytes=100-199"})
    wrong = int((part.status_code, len(part.content)) != (206, 100))
    note = f"{size / 1e6:.1f} MB: {ours * 1000:.1f} ms against {bare * 1000:.1f} ms, medians of {ROUNDS}"
    return [
        Figure("cached preview, first byte / bare static file", ours / bare, 5, "x", note),
        Figure("Range answers that are not 206", wrong, 0, "answers"),
    ]
