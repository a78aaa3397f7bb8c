"""Replacing a voice in 1,000 agents by the worker, against the bare calls at the same concurrency.

The worker reads every agent before it changes it, so it is held against a loop that does the same; what the changes
alone take is told beside it. Althea takes 50 ms for each call.
"""

import asyncio
import sqlite3
import time
from contextlib import closing
from itertools import repeat
from statistics import mean

import httpx

from tests.bench.studio import RunningStudio, await_answer, new_studio, run_command, run_json, stop
from tests.bench.table import Figure
from tests.bench.timing import shown

AGENTS, AT_ONCE, DELAY = 1_000, 8, 0.05
SLOW = {"effect": "delay", "delay": DELAY, "method": "GET|PATCH", "path": "/api/agents/.+", "times": None}
TEMPLATE = {"systemPrompt": "You are kind and brief. " * 100, "temperature": 0.4, "selectedTools": []}


def measure() -> list[Figure]:
    """Return the worker's time as a ratio; the bare calls go before it and after it."""
    with new_studio(served=False) as studio:
        sandbox = studio.start("sandbox")
        try:
            await_answer(f"{studio.sandbox_url}/_sandbox/health", sandbox)
            studio.set_up()
            key = run_command(studio, "print_key").strip()
            ids = asyncio.run(_Calls(studio, key).hire())
            faults = f"{studio.sandbox_url}/_sandbox/faults"
            httpx.post(faults, json=SLOW, trust_env=False).raise_for_status()
            calls = _Calls(studio, key)
            plain = [asyncio.run(calls.change(ids, voice="new"))]
            patches = asyncio.run(calls.change(ids, voice="old-id", reads=False))
            ours, wrong = _work(studio)
            plain.append(asyncio.run(calls.change(ids, voice="old-id")))
        finally:
            stop(sandbox)
    bare = mean(plain)
    beside = f"the PATCH alone takes {shown(patches)}"
    return [
        Figure(
            f"replacing a voice in {AGENTS:,} agents / bare GET and PATCH, {AT_ONCE} at once", ours / bare, 1.3,
            note=f"{shown(ours)} against {shown(bare)}; {beside}",
        ),
        Figure("agents not changed by it", wrong, 0, "agents"),
    ]  # fmt: skip


class _Calls:
    """The bare calls of somebody with a key and httpx."""

    def __init__(self, studio: RunningStudio, key: str) -> None:
        self._options = {"base_url": studio.sandbox_url, "timeout": 60, "trust_env": False}
        self._headers = {"X-API-Key": key}

    async def hire(self) -> list[str]:
        """Create the agents; return their ids."""

        async def make(client: httpx.AsyncClient, number: int) -> str:
            body = {"name": f"Agent {number}", "callTemplate": {"voice": "old-id", **TEMPLATE}}
            return str((await client.post("/api/agents", json=body)).raise_for_status().json()["agentId"])

        async with httpx.AsyncClient(**self._options, headers=self._headers) as client:
            return [await make(client, number) for number in range(AGENTS)]

    async def change(self, ids: list[str], *, voice: str, reads: bool = True) -> float:
        """Give every agent the voice, reading it first or not. Return the seconds."""
        waiting = iter(ids)

        async def work(client: httpx.AsyncClient) -> None:
            for agent_id in waiting:
                path, template = f"/api/agents/{agent_id}", TEMPLATE
                if reads:
                    template = (await client.get(path)).raise_for_status().json()["callTemplate"]
                (
                    await client.patch(path, json={"callTemplate": template | {"voice": voice}})
                ).raise_for_status()

        async with httpx.AsyncClient(**self._options, headers=self._headers) as client:
            begin = time.perf_counter()
            await asyncio.gather(*(work(one) for one in repeat(client, AT_ONCE)))
            return time.perf_counter() - begin


def _work(studio: RunningStudio) -> tuple[float, int]:
    """Run one worker until the swap has ended; return the seconds from its start, and how many went wrong."""
    run_command(studio, "add_swap")
    worker = studio.start("worker")
    try:
        for _ in range(600):
            if _has_ended(studio):
                break
            time.sleep(0.5)
    finally:
        stop(worker)
    told = run_json(studio, "print_swap")
    return told["seconds"], AGENTS - told["done"]


def _has_ended(studio: RunningStudio) -> bool:
    # Not by a command: starting Django takes the processor that is being measured.
    with closing(sqlite3.connect(studio.folder / "voicestudio.sqlite3")) as database:
        return bool(database.execute("SELECT 1 FROM voices_bulkrun WHERE ended_at IS NOT NULL").fetchone())
