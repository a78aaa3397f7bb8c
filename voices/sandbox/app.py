"""A local Althea as one pure ASGI application. It knows the published API and nothing of the product.

    uvicorn voices.sandbox.app:app_from_env --factory --port 8001

One process only: state is shared through memory and one SQLite file.
"""

import os
import time
from collections.abc import Set
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
WRONG_HOST = "The sandbox answers only to localhost and 127.0.0.1."
# A page anywhere can have its own name resolve to this machine (DNS rebinding), and then reads what is served here.
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
STORAGE = "/_sandbox/storage/"  # stands for another host: logged and subject to faults like the API


class Sandbox:
    """The ASGI application; create it with `create_app`."""

    def __init__(self, state: State, names: Set[str]) -> None:
        context = SandboxContext(state)
        self._names = names
        self._state = state
        self._script, self._log = Script(), Log()
        self._api = Api(context)
        self._control = Control(context, self._script, self._log)

    def close(self) -> None:
        """Close the database; uvicorn's shutdown does this too."""
        self._state.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request.key_prefix = (request.header("x-api-key") or "")[:8]
        try:
            if request.host_name not in self._names:
                response: Response | None = error_response(ApiError(421, {"detail": WRONG_HOST}))
            elif is_control(request.path):
                response = await self._handle_control(request)
            else:
                response = await self._handle_api(request, receive, send)
        except ClientGoneError:
            return
        if response is not None:
            await _send(response, request, send)

    async def _handle_control(self, request: Request) -> Response:
        try:
            return await self._control.answer(request)
        except ApiError as exc:
            return error_response(exc)

    async def _handle_api(self, request: Request, receive: Receive, send: Send) -> Response | None:
        started, fault = time.monotonic(), self._script.take(request)
        entry = self._log.open(request, fault.effect if fault else None)
        try:
            work = self._handle_control if request.path.startswith(STORAGE) else self._api.answer
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
    """Whether the path is of the control API, not of the API under test or its storage."""
    return path.startswith("/_sandbox") and not path.startswith(STORAGE)


async def _send(response: Response, request: Request, send: Send) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": response.header_list()})
    body = b"" if request.method == "HEAD" else response.body
    for at in range(0, max(1, len(body)), PIECE):
        piece = body[at : at + PIECE]
        await send({"type": "http.response.body", "body": piece, "more_body": at + PIECE < len(body)})


def create_app(state_dir: Path, names: Set[str] = LOCAL_NAMES) -> Sandbox:
    """Return a sandbox with its state in the folder, created if missing, that answers to these host names."""
    state = State(state_dir)
    known = {row.id for row in state.voices([])}
    for voice_id, entry in reversed(ENTRIES.items()):  # newest first: the table's order is the list's order
        if voice_id not in known:
            state.add_voice(entry.row)
    return Sandbox(state, names)


def app_from_env() -> Sandbox:
    """Return the sandbox in the subfolder `sandbox` of VOICESTUDIO_DATA_DIR (default ./data)."""
    return create_app(Path(os.environ.get("VOICESTUDIO_DATA_DIR", "data")) / "sandbox")
