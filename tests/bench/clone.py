"""One clone of a 9 MB WAV from the form to the voice, against a script that checks the same file and posts it."""

import subprocess
import sys
import time
from functools import cache, partial
from itertools import count
from pathlib import Path
from uuid import uuid4

import httpx

from tests.bench.studio import RunningStudio, hidden, new_studio
from tests.bench.table import Figure
from tests.bench.timing import in_turn, seconds
from tests.sounds import speech_wav
from voices.sandbox.keys import make_key

PAIRS = 7
# What somebody without a studio runs, from its start: as ours, it needs a process to look into the file.
SCRIPT = """
import array, sys, wave
import httpx
path, url, key, name = sys.argv[1:]
with wave.open(path) as sound:
    samples = array.array("h", sound.readframes(sound.getnframes()))
assert len(samples) > 10 * sound.getframerate() and max(samples) > 1000
with open(path, "rb") as file:
    httpx.post(
        f"{url}/api/voices", data={"name": name, "language": "en"}, files={"file": file},
        headers={"X-API-Key": key}, timeout=60, trust_env=False,
    ).raise_for_status()
"""


@cache
def recording(seed: int) -> bytes:
    """Return a 9 MB WAV: 102 s of speech at 44.1 kHz, 16 bit, mono."""
    return speech_wav(seconds=102, rate=44_100, seed=seed)


def measure() -> list[Figure]:
    """Return one ratio. The sandbox answers at once: its delay would be the same in both and hide the rest."""
    with new_studio() as studio:
        client, numbers, key = studio.login(), count(), make_key()
        file = studio.folder / "take.wav"
        file.write_bytes(recording(0))
        both = in_turn(
            lambda: clone_seconds(studio, client, _content(next(numbers))),
            partial(_script_seconds, studio, file, key),
            pairs=PAIRS,
        )
    return [
        Figure(
            "clone of 9 MB, form to voice / script that checks and posts it", both.ratio, 1.2, note=both.note
        )
    ]


def _content(number: int) -> bytes:
    """Return a recording that no other number gives."""
    return recording(0)[:-8] + number.to_bytes(8, "little")


def clone_seconds(studio: RunningStudio, client: httpx.Client, content: bytes) -> float:
    """Return the seconds from the browser's POST to the voice on the job's page."""
    page = client.get("/clone/").text
    form = {name: hidden(page, name) for name in ("csrfmiddlewaretoken", "form_token")}
    form |= {"name": f"Bench {uuid4().hex[:8]}", "language": "en", "consent": "own", "complete": "1"}
    form |= {"statement": "en.1", "agreed": "on"}
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


def _script_seconds(studio: RunningStudio, file: Path, key: str) -> float:
    command = [sys.executable, "-c", SCRIPT, str(file), studio.sandbox_url, key, f"Plain {uuid4().hex[:8]}"]
    return seconds(lambda: subprocess.run(command, check=True))
