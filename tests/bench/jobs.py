"""200 clone jobs waiting, Althea takes 5 s for each: one worker, against as many plain POSTs at once."""

import asyncio
import time
from collections import Counter
from statistics import mean
from uuid import uuid4

import httpx

from tests.bench.studio import RunningStudio, await_answer, new_studio, resident_mb, run_command, stop
from tests.bench.table import Figure
from tests.bench.timing import shown
from tests.sounds import speech_wav
from voices.sandbox.keys import make_key

JOBS, DELAY = 200, 5.0
DELAY_FAULT = {"effect": "delay", "delay": DELAY, "method": "POST", "path": "/api/voices", "times": None}


def measure() -> list[Figure]:
    """Return the worker's time, its peak memory and what it made; plain POSTs go before it and after it."""
    with new_studio(served=False) as studio:
        sandbox = studio.start("sandbox")
        try:
            await_answer(f"{studio.sandbox_url}/_sandbox/health", sandbox)
            studio.set_up()
            run_command(studio, "add_jobs", str(JOBS))
            faults = f"{studio.sandbox_url}/_sandbox/faults"
            httpx.post(faults, json=DELAY_FAULT, trust_env=False).raise_for_status()
            plain = [asyncio.run(_post_all(studio))]
            wall, peak, wrong = _work(studio)
            plain.append(asyncio.run(_post_all(studio)))
        finally:
            stop(sandbox)
    # Althea's delay is the same for both and for every machine: what is compared is the rest.
    ratio = (wall - DELAY) / (mean(plain) - DELAY)
    note = f"{shown(wall)} from the worker's start against {shown(mean(plain))}, both with the delay"
    return [
        Figure(
            f"{JOBS} jobs of 1 MB beyond Althea's {DELAY:g} s / plain POSTs at once", ratio, 2.5, note=note
        ),
        Figure("peak RSS of that worker", peak, 150, "MB"),
        Figure("jobs not created, or voices made twice", wrong, 0, "jobs"),
    ]


async def _post_all(studio: RunningStudio) -> float:
    """Return the seconds of as many POSTs of 1 MB at once, to an account of their own."""
    headers, content = {"X-API-Key": make_key()}, speech_wav(seconds=11.34, rate=44_100)
    options = {"base_url": studio.sandbox_url, "timeout": 120, "trust_env": False, "headers": headers}

    async def post(client: httpx.AsyncClient) -> None:
        data = {"name": f"Plain {uuid4().hex}", "language": "en"}
        files = {"file": ("take.wav", content, "audio/wav")}
        (await client.post("/api/voices", data=data, files=files)).raise_for_status()

    async with httpx.AsyncClient(**options, limits=httpx.Limits(max_connections=None)) as client:
        begin = time.perf_counter()
        await asyncio.gather(*(post(client) for _ in range(JOBS)))
        return time.perf_counter() - begin


def _work(studio: RunningStudio) -> tuple[float, float, int]:
    """Run one worker until all jobs have ended; return its seconds, peak MB, and jobs gone wrong."""
    begin = time.perf_counter()
    worker = studio.start("worker")
    try:
        while (made := _names_upstream(studio)).total() < JOBS:
            assert time.perf_counter() - begin < 120, made.total()
            time.sleep(0.3)
        wall = time.perf_counter() - begin
        created = _await_end(studio)
        peak = resident_mb(worker.pid, "VmHWM")
    finally:
        stop(worker)
    return wall, peak, JOBS - created + sum(count - 1 for count in made.values())


def _names_upstream(studio: RunningStudio) -> Counter[str]:
    """Return how often each job's name stands among the sandbox's voices."""
    answer = httpx.get(f"{studio.sandbox_url}/_sandbox/voices", trust_env=False, timeout=30).json()
    voices = answer["voices"] if isinstance(answer, dict) else answer
    return Counter(voice["name"] for voice in voices if voice["name"].startswith("Bench "))


def _await_end(studio: RunningStudio) -> int:
    """Return how many jobs are created once none is live."""
    for _ in range(40):
        states = Counter(run_command(studio, "print_jobs").split())
        if states["created"] + states["failed"] == JOBS:
            break
        time.sleep(0.2)
    return states["created"]
