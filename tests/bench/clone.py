"""One clone of a 9 MB WAV from the form to the voice, against a plain POST of the same file to the same sandbox."""

import time
from functools import cache, partial
from itertools import count
from uuid import uuid4

import httpx

from tests.bench.studio import RunningStudio, hidden, new_studio
from tests.bench.table import Figure
from tests.bench.timing import in_turn
from tests.sounds import speech_wav
from voices.sandbox.keys import make_key

PAIRS = 7


@cache
def recording(seed: int) -> bytes:
    """Return a 9 MB WAV: 102 s of speech at 44.1 kHz, 16 bit, mono."""
    return speech_wav(seconds=102, rate=44_100, seed=seed)


def measure() -> list[Figure]:
    """Return one ratio. The sandbox answers at once: its delay would be the same in both and hide the rest."""
    with new_studio() as studio:
        client, numbers, key = studio.login(), count(), make_key()
        both = in_turn(
            lambda: clone_seconds(studio, client, _content(next(numbers))),
            partial(_post_seconds, studio, recording(0), key),
            pairs=PAIRS,
        )
    return [Figure("clone of 9 MB, form to voice / plain POST", both.ratio, 15, note=both.note)]


def _content(number: int) -> bytes:
    """Return a recording that no other number gives."""
    return recording(0)[:-8] + number.to_bytes(8, "little")


def clone_seconds(studio: RunningStudio, client: httpx.Client, content: bytes) -> float:
    """Return the seconds from the browser's POST to the voice on the job's page."""
    page = client.get("/clone/").text
    form = {name: hidden(page, name) for name in ("csrfmiddlewaretoken", "form_token")}
    form |= {"name": f"Bench {uuid4().hex[:8]}", "language": "en", "consent": "own"}
    htmx = {"HX-Request": "true"}
    begin = time.perf_counter()
    answer = client.post(
        "/clone/",
        data=form,
        files={"file": ("take.wav", content, "audio/wav")},
        headers=htmx | {"Referer": f"{studio.url}/clone/"},
    )
    job = answer.headers.get("HX-Redirect")
    assert job, answer.text[:2000]
    while "in your library" not in (page := client.get(job, headers=htmx).text):
        assert time.perf_counter() - begin < 60, page
        time.sleep(0.02)
    return time.perf_counter() - begin


def _post_seconds(studio: RunningStudio, content: bytes, key: str) -> float:
    with httpx.Client(base_url=studio.sandbox_url, timeout=60, trust_env=False) as client:
        begin = time.perf_counter()
        client.post(
            "/api/voices",
            data={"name": f"Plain {uuid4().hex[:8]}", "language": "en"},
            files={"file": ("take.wav", content, "audio/wav")},
            headers={"X-API-Key": key},
        ).raise_for_status()
        return time.perf_counter() - begin
