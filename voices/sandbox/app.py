"""A local Althea as one pure ASGI application. It knows the published contract and nothing of the product.

    uvicorn voices.sandbox.app:app_from_env --factory --port 8001

One process only: state is shared through memory and one SQLite file.
"""

import os
import time
from pathlib import Path

from voices.sandbox.api import Api
from voices.sandbox.catalogue import ENTRIES
from voices.sandbox.context import SandboxContext
from voices.sandbox.control import Control, Log
from voices.sandbox.effects import play
from voices.sandbox.faults import Script
from voices.sandbox.messages import (
    ApiError,
    ClientGoneError,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    error_response,
)
from voices.sandbox.state import State

PIECE = 262_144
STORAGE = "/_sandbox/storage/"  # stands for another host: logged and faultable like the API


class Sandbox:
    """The application; build it with `create_app`."""

    def __init__(self, state: State) -> None:
        context = SandboxContext(state)
        self._state = state
        self._script, self._log = Script(), Log()
        self._api = Api(context)
        self._control = Control(context, self._script, self._log)

    def close(self) -> None:
        """Give files back; uvicorn's shutdown does it by itself."""
        self._state.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request.key_prefix = (request.header("x-api-key") or "")[:8]
        try:
            if is_control(request.path):
                response: Response | None = await self._controlled(request)
            else:
                response = await self._answered(request, receive, send)
        except ClientGoneError:
            return
        if response is not None:
            await _send(response, request, send)

    async def _controlled(self, request: Request) -> Response:
        try:
            return await self._control.answer(request)
        except ApiError as exc:
            return error_response(exc)

    async def _answered(self, request: Request, receive: Receive, send: Send) -> Response | None:
        started, fault = time.monotonic(), self._script.take(request)
        entry = self._log.open(request, fault.effect if fault else None)
        try:
            work = self._controlled if request.path.startswith(STORAGE) else self._api.answer
            if fault is None:
                response: Response | None = await work(request)
            else:
                response = await play(fault, request, work, send=send, receive=receive)
            entry["status"] = response.status if response else None
        finally:
            entry |= {
                "done": True,
                "seconds": round(time.monotonic() - started, 4),
                "bytes": request.body_bytes,
            }
        return response


def is_control(path: str) -> bool:
    """Whether the path belongs to the tester, not to the API or its storage."""
    return path.startswith("/_sandbox") and not path.startswith(STORAGE)


async def _send(response: Response, request: Request, send: Send) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": response.header_list()})
    body = b"" if request.method == "HEAD" else response.body
    for at in range(0, max(1, len(body)), PIECE):
        piece = body[at : at + PIECE]
        await send({"type": "http.response.body", "body": piece, "more_body": at + PIECE < len(body)})


def create_app(state_dir: Path) -> Sandbox:
    """A sandbox whose memory is that folder; the folder is made when absent."""
    state = State(state_dir)
    known = {row.id for row in state.voices([])}
    for voice_id, entry in reversed(ENTRIES.items()):  # newest first: the table's order is the list's order
        if voice_id not in known:
            state.add_voice(entry.row)
    return Sandbox(state)


def app_from_env() -> Sandbox:
    """The sandbox of VOICESTUDIO_DATA_DIR (default ./data), in its subfolder `sandbox`."""
    return create_app(Path(os.environ.get("VOICESTUDIO_DATA_DIR", "data")) / "sandbox")
