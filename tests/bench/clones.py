"""One clone of a 9 MB WAV through everything, against a plain POST of the same file to the same sandbox."""

import time
from functools import cache
from statistics import median
from uuid import uuid4

import httpx

from tests.bench.table import Figure
from tests.running_studio import RunningStudio, hidden, new_house
from tests.sounds import speech_wav
from voices.kit.sandbox_keys import make_sandbox_key

ROUNDS = 5


@cache
def recording(seed: int) -> bytes:
    """A 9 MB WAV: 102 s of speech at 44.1 kHz, 16 bit, mono."""
    return speech_wav(seconds=102, rate=44_100, seed=seed)


def through_everything(studio: RunningStudio, browser: httpx.Client, content: bytes) -> float:
    """Seconds from the browser's POST to the voice on the job's page."""
    page = browser.get("/clone/").text
    typed = {
        "csrfmiddlewaretoken": hidden(page, "csrfmiddlewaretoken"),
        "form_token": hidden(page, "form_token"),
        "name": f"Bench {uuid4().hex[:8]}",
        "language": "en",
        "consent": "own",
    }
    headers = {"HX-Request": "true", "Referer": f"{studio.url}/clone/"}
    begin = time.perf_counter()
    answer = browser.post(
        "/clone/", data=typed, files={"file": ("take.wav", content, "audio/wav")}, headers=headers
    )
    job = answer.headers.get("HX-Redirect")
    assert job, answer.text[:2000]
    while "in your library" not in (told := browser.get(job, headers={"HX-Request": "true"}).text):
        assert time.perf_counter() - begin < 30, told
        time.sleep(0.02)
    return time.perf_counter() - begin


def plain(studio: RunningStudio, content: bytes, key: str) -> float:
    """Seconds of a plain POST to the sandbox."""
    with httpx.Client(base_url=studio.sandbox_url, timeout=60, trust_env=False) as client:
        begin = time.perf_counter()
        client.post(
            "/api/voices",
            data={"name": f"Plain {uuid4().hex[:8]}", "language": "en"},
            files={"file": ("take.wav", content, "audio/wav")},
            headers={"X-API-Key": key},
        ).raise_for_status()
        return time.perf_counter() - begin


def measure() -> list[Figure]:
    """One ratio, of medians over rounds that take turns."""
    with new_house() as studio:
        browser, key = studio.login(), make_sandbox_key()
        fault = {"effect": "delay", "delay": 1.0, "method": "POST", "path": "/api/voices", "times": None}
        httpx.post(f"{studio.sandbox_url}/_sandbox/faults", json=fault, trust_env=False).raise_for_status()
        ours, theirs = [], []
        for round_ in range(ROUNDS):
            content = recording(round_)
            theirs.append(plain(studio, content, key))
            ours.append(through_everything(studio, browser, content))
    note = f"{median(ours):.2f} s against {median(theirs):.2f} s, medians of {ROUNDS}"
    return [
        Figure("clone of 9 MB through everything / plain POST", median(ours) / median(theirs), 1.3, "x", note)
    ]
