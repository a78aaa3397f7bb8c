"""A cached preview's first byte against a bare static file of the same size, and its Range answer."""

import re
import time
from functools import partial

import httpx

from tests.bench.clone import clone_seconds, recording
from tests.bench.studio import RunningStudio, new_studio
from tests.bench.table import Figure
from tests.bench.timing import in_turn

STATIC = "bench.bin"


def measure() -> list[Figure]:
    """Return one ratio and one check."""
    with new_studio() as studio:
        path, size = _cached_preview(studio)
        _add_static(studio, size)
        studio.stop()
        studio.serve()  # whitenoise lists its files at start
        client = studio.login()
        both = in_turn(
            partial(_first_byte, client, path), partial(_first_byte, client, f"/static/{STATIC}"), pairs=60
        )
        part = client.get(path, headers={"Range": "bytes=100-199"})
    wrong = int((part.status_code, len(part.content)) != (206, 100))
    note = f"{size / 1e6:.1f} MB, {both.note}"
    return [
        Figure("cached preview, first byte / bare static file", both.ratio, 2.5, note=note),
        Figure("Range answers that are not 206", wrong, 0, "answers"),
    ]


def _cached_preview(studio: RunningStudio) -> tuple[str, int]:
    """Clone a voice; return the address and size of its preview once it is there."""
    client = studio.login()
    clone_seconds(studio, client, recording(0))
    found = re.search(r"/voices/[0-9a-f-]{36}/", client.get("/").text)
    assert found
    path = f"{found[0]}audio/"
    for _ in range(400):
        if (answer := client.get(path)).status_code == 200:
            return path, len(answer.content)
        time.sleep(0.05)
    raise AssertionError(answer.status_code)


def _add_static(studio: RunningStudio, size: int) -> None:
    (studio.folder / "static" / STATIC).write_bytes(b"\0" * size)
    # The stamp counts the collected files; a wrong count would have them collected anew, without ours.
    stamp = studio.folder / "static.stamp"
    mark, count = stamp.read_text(encoding="ascii").split()
    stamp.write_text(f"{mark} {int(count) + 1}", encoding="ascii")


def _first_byte(client: httpx.Client, path: str) -> float:
    """Return the seconds to the answer's first byte."""
    begin = time.perf_counter()
    with client.stream("GET", path, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status_code == 200
        next(answer.iter_raw())
        return time.perf_counter() - begin
