"""Many small connection pools behind one HTTP client.

Whenever a request begins or ends, httpcore scans all connections of its pool, and for each idle one all of them
again: for 200 concurrent calls in one pool that was 58 % of the CPU time (py-spy, 10 s). Pools of 16 connections
keep the scan short behind a single client.
"""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import httpx

POOL_SLOTS = 16


class Pools(httpx.AsyncBaseTransport):
    """A transport that sends each request through the pool with the most free slots; `sizes` are their capacities."""

    def __init__(self, pools: list[httpx.AsyncBaseTransport], *, sizes: list[int]) -> None:
        self._pools = pools
        self._free = list(sizes)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request through the freest pool. Its slot stays taken until the response is closed."""
        number = self._free.index(max(self._free))
        self._free[number] -= 1
        try:
            response = await self._pools[number].handle_async_request(request)
        except BaseException:
            self._free[number] += 1
            raise
        response.stream = _TrackedStream(response.stream, self._free, number)
        return response

    async def __aenter__(self) -> Self:
        for pool in self._pools:
            await pool.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        for pool in self._pools:
            await pool.__aexit__(exc_type, exc_value, traceback)

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools:
            await pool.aclose()


class _TrackedStream(httpx.AsyncByteStream):
    """A response body that frees its slot when it is first closed."""

    def __init__(
        self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, free: list[int], number: int
    ) -> None:
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101  # async transports return no other
        self._stream, self._free, self._number = stream, free, number
        self._is_open = True

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        """Close the response and free its slot."""
        if self._is_open:
            self._is_open = False
            self._free[self._number] += 1
        await self._stream.aclose()
