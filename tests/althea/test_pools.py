"""Small pools behave like one big one: every place is used before a request waits, and each comes back."""

import asyncio

import httpx
import pytest

from voices.althea.pools import Pools


class Pool(httpx.AsyncBaseTransport):
    """A pool that answers when told, and notes the most requests it had at once."""

    def __init__(self, gate: asyncio.Event) -> None:
        self.gate, self.now, self.most = gate, 0, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.gate.wait()
        self.now -= 1
        if request.url.path == "/broken":
            raise httpx.ReadError("gone")
        return httpx.Response(200, stream=httpx.ByteStream(b"x"))


@pytest.mark.parametrize("sizes", [[16, 16, 10], [3], [1, 2, 3]])
async def test_pool_never_exceeds_its_slots(sizes: list[int]) -> None:
    gate = asyncio.Event()
    pools = [Pool(gate) for _ in sizes]
    async with httpx.AsyncClient(transport=Pools(list(pools), sizes=sizes)) as client:
        calls = [asyncio.create_task(client.get("http://localhost/")) for _ in range(sum(sizes))]
        await asyncio.sleep(0.05)
        gate.set()
        await asyncio.gather(*calls)
    assert [pool.most for pool in pools] == sizes


async def test_failed_call_releases_its_pool_slot() -> None:
    gate = asyncio.Event()
    gate.set()
    pools = [Pool(gate), Pool(gate)]
    async with httpx.AsyncClient(transport=Pools(list(pools), sizes=[1, 1])) as client:
        for path in ("/broken", "/", "/broken", "/"):
            try:
                await client.get(f"http://localhost{path}")
            except httpx.ReadError:
                continue
    assert [pool.most for pool in pools] == [1, 0]
