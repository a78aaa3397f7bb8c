"""200 clone jobs waiting, Althea takes 5 s for each: one worker."""

import subprocess
import sys
import time
from collections import Counter

import httpx

from tests.bench.table import Figure
from tests.running_studio import ROOT, RunningStudio, await_answer, new_house, resident_mb, stop

JOBS, DELAY = 200, 5.0


def ground(studio: RunningStudio, *arguments: str) -> str:
    """What `tests.bench.ground` printed, on this house's folder."""
    environment = studio.environment | {"DJANGO_SETTINGS_MODULE": "voicestudio.settings"}
    command = [sys.executable, "-m", "tests.bench.ground", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout


def measure() -> list[Figure]:
    """Wall time from the worker's start, its peak memory, voices upstream and duplicates."""
    with new_house(served=False) as studio:
        sandbox = studio.start("sandbox")
        try:
            await_answer(f"{studio.sandbox_url}/_sandbox/health", sandbox)
            studio.set_up()
            ground(studio, "add_jobs", str(JOBS))
            fault = {
                "effect": "delay",
                "delay": DELAY,
                "method": "POST",
                "path": "/api/voices",
                "times": None,
            }
            httpx.post(
                f"{studio.sandbox_url}/_sandbox/faults", json=fault, trust_env=False
            ).raise_for_status()
            return finish(studio)
        finally:
            stop(sandbox)


def finish(studio: RunningStudio) -> list[Figure]:
    """Runs one worker until all jobs have ended."""
    begin = time.perf_counter()
    worker = studio.start("worker")
    try:
        while (made := names_upstream(studio)).total() < JOBS:
            assert time.perf_counter() - begin < 60, made.total()
            time.sleep(0.3)
        wall = time.perf_counter() - begin
        ended = await_end(studio)
        peak = resident_mb(worker.pid, "VmHWM")
    finally:
        stop(worker)
    twice = sum(count - 1 for count in made.values())
    return [
        Figure(
            f"{JOBS} jobs of 1 MB, delay {DELAY:g} s, one worker",
            wall,
            1.5 * DELAY + 2,
            "s",
            "from its start",
        ),
        Figure("peak RSS of that worker", peak, 150, "MB"),
        Figure("jobs not created, or voices made twice", JOBS - ended + twice, 0, "jobs"),
    ]


def names_upstream(studio: RunningStudio) -> Counter[str]:
    """How often each name stands among the sandbox's private voices."""
    answer = httpx.get(f"{studio.sandbox_url}/_sandbox/voices", trust_env=False, timeout=30).json()
    voices = answer["voices"] if isinstance(answer, dict) else answer
    return Counter(voice["name"] for voice in voices if voice["name"].startswith("Bench "))


def await_end(studio: RunningStudio) -> int:
    """How many jobs are created once none is live."""
    for _ in range(40):
        states = Counter(ground(studio, "print_jobs").split())
        if states["created"] + states["failed"] == JOBS:
            break
        time.sleep(0.2)
    return states["created"]
