"""The body of a request on its way to Django: counted, timed, and cut off if it exceeds a limit."""

import asyncio
from dataclasses import dataclass

from voices.kit.clock import Clock
from voices.web.guard.asgi_types import DISCONNECT, Message, Receive, Send
from voices.web.guard.refusals import NO_LENGTH, TOO_SLOW, Refusal, too_large
from voices.web.security_headers import with_security_headers


@dataclass(frozen=True, slots=True)
class UploadSpeed:
    """Limits for slow bodies: no pause longer than `stall_seconds`, a mean rate after `grace_seconds`.

    Only the time spent waiting for the client counts, not our own slow disk.
    """

    stall_seconds: float = 20.0
    min_bytes_per_second: float = 4_000.0
    grace_seconds: float = 10.0

    def is_too_slow(self, *, received_bytes: int, waited_seconds: float) -> bool:
        """Whether the mean rate so far is below the minimum, once the grace period is over."""
        return (
            waited_seconds > self.grace_seconds
            and received_bytes < waited_seconds * self.min_bytes_per_second
        )


class Body:
    """The two channels of a request between the server and the application."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        *,
        declared_bytes: int,
        speed: UploadSpeed,
        clock: Clock,
        slots: asyncio.Semaphore | None,
    ) -> None:
        self._receive = receive
        self._send = send
        self._declared = declared_bytes
        self._speed = speed
        self._clock = clock
        self._received = 0
        self._waited = 0.0
        self._is_complete = False
        self._slots = slots
        self._has_slot = False
        self._has_begun = asyncio.Event()
        self.refusal: Refusal | None = None
        self.has_answered = False

    async def receive(self) -> Message:
        """Return the next message, or a disconnect once a limit is exceeded."""
        if self.refusal:
            return DISCONNECT
        if self._is_complete:
            return await self._disconnect()
        message = await self._timed()
        if message["type"] == "http.request":
            self._count(message)
        if self._is_complete and self._slots and not self.refusal:
            await self._slots.acquire()
            self._has_slot = True
        return DISCONNECT if self.refusal else message

    def release_slot(self) -> None:
        """Let the next complete request in."""
        if self._slots and self._has_slot:
            self._has_slot = False
            self._slots.release()

    async def send(self, message: Message) -> None:
        """Pass the application's response on with our headers, unless the guard has its own to send.

        Django answers some requests before any middleware could add them.
        """
        if self.refusal and not self.has_answered:
            return
        self.has_answered = True
        if message["type"] == "http.response.start":
            self.release_slot()  # the work is done; the client may read slowly
            self._has_begun.set()
            message = {**message, "headers": with_security_headers(message.get("headers", ()))}
        await self._send(message)

    async def _disconnect(self) -> Message:
        """Return the end of the connection; of a request with a body not before its response has begun.

        Django would cancel the page, whose thread can't be stopped: the body would be closed while it is parsed, and
        the response, which closes the uploaded files, thrown away.
        """
        if self._received:
            await self._has_begun.wait()
        return await self._receive()

    async def _timed(self) -> Message:
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._speed.stall_seconds):
                return await self._receive()
        except TimeoutError:
            self.refusal = TOO_SLOW
            return DISCONNECT
        finally:
            self._waited += self._clock.monotonic() - began

    def _count(self, message: Message) -> None:
        self._received += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._received > self._declared:
            self.refusal = too_large(self._declared) if self._declared else NO_LENGTH
        elif not self._is_complete and self._speed.is_too_slow(
            received_bytes=self._received, waited_seconds=self._waited
        ):
            self.refusal = TOO_SLOW
