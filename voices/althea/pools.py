"""Many small connection pools behind one HTTP client.

httpcore walks all connections of its pool, and for each idle one all of them again, whenever a request begins or
ends: 200 calls at once in one pool cost more processor time than all the rest of them (measured with py-spy:
58 % of 10 s). Sixteen connections a pool keep the walk short, and the client stays one.
"""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import httpx

POOL_SLOTS = 16


class Pools(httpx.AsyncBaseTransport):
    """A transport that gives each request to the pool with most places free; `sizes` says how many each has."""

    def __init__(self, pools: list[httpx.AsyncBaseTransport], *, sizes: list[int]) -> None:
        self._pools = pools
        self._free = list(sizes)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the freest pool; its place stays taken until the answer is closed."""
        number = self._free.index(max(self._free))
        self._free[number] -= 1
        try:
            answer = await self._pools[number].handle_async_request(request)
        except BaseException:
            self._free[number] += 1
            raise
        answer.stream = _Counted(answer.stream, self._free, number)
        return answer

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


class _Counted(httpx.AsyncByteStream):
    """An answer's bytes; closing it, once, gives its place back."""

    def __init__(
        self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, free: list[int], number: int
    ) -> None:
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101  # an async transport gives no other
        self._stream, self._free, self._number = stream, free, number
        self._is_open = True

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        """Close the answer."""
        if self._is_open:
            self._is_open = False
            self._free[self._number] += 1
        await self._stream.aclose()
