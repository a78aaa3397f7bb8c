"""The control API under /_sandbox/: scripts faults, shows the request log and returns stored recordings."""

import json
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from voices.sandbox.context import SandboxContext
from voices.sandbox.faults import Script, fault_from
from voices.sandbox.fields import clean, integer, number, text
from voices.sandbox.keys import make_key
from voices.sandbox.messages import ApiError, Request, Response, json_response
from voices.sandbox.page import page
from voices.sandbox.previews import stored_preview
from voices.sandbox.state import VoiceRow
from voices.sandbox.voices import voice_json

LOG_LENGTH = 20_000
# No other page may frame this one and have a person press its buttons.
PAGE_HEADERS = (
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-frame-options", "DENY"),
)
CALLS = {
    "voiceId": text(),
    "count": integer(1, 10_000),
    "seconds": number(0, 1e6),
    "daysAgo": integer(0, 3_650),
}
KEY_REQUEST = {"make": integer(1, 100), "beside": text(), "revoke": text()}


class Log:
    """The latest API requests, oldest first."""

    def __init__(self) -> None:
        self.entries: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)

    def open(self, request: Request, fault: str | None) -> dict[str, Any]:
        """Add a request on arrival and return its entry; its commits show up at once, before the response."""
        entry = {
            "at": time.time(),
            "method": request.method,
            "path": request.path,
            "query": bytes(request.scope.get("query_string", b"")).decode("latin-1"),
            "key": request.key_prefix,
            "fault": fault,
            "committed": request.committed,
            "done": False,
            "status": None,  # remains None if the response was not HTTP
            "seconds": None,
            "bytes": None,
        }
        self.entries.append(entry)
        return entry


class Control:
    """Handlers of the control paths."""

    def __init__(self, context: SandboxContext, script: Script, log: Log) -> None:
        self._context, self._script, self._log = context, script, log
        self._routes: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
            ("GET", "/_sandbox/"): self._page,
            ("GET", "/_sandbox"): self._page,
            ("GET", "/_sandbox/health"): self._health,
            ("GET", "/_sandbox/faults"): self._faults,
            ("POST", "/_sandbox/faults"): self._add_faults,
            ("DELETE", "/_sandbox/faults"): self._clear_faults,
            ("POST", "/_sandbox/faults/clear"): self._clear_faults,  # HTML forms cannot send DELETE
            ("GET", "/_sandbox/log"): self._read_log,
            ("DELETE", "/_sandbox/log"): self._clear_log,
            ("GET", "/_sandbox/voices"): self._voices,
            ("GET", "/_sandbox/settings"): self._settings,
            ("POST", "/_sandbox/settings"): self._change_settings,
            ("GET", "/_sandbox/keys"): self._keys,
            ("POST", "/_sandbox/keys"): self._change_keys,
            ("POST", "/_sandbox/calls"): self._add_calls,
            ("POST", "/_sandbox/reset"): self._reset,
        }

    async def answer(self, request: Request) -> Response:
        """Return the response to a control request. Raise ApiError."""
        if request.method != "GET":
            _refuse_foreign_pages(request)
        handler = self._routes.get((request.method, request.path))
        if handler is not None:
            return await handler(request)
        if request.method == "GET" and (found := re.fullmatch(r"/_sandbox/(\w+)/([\w.-]+)", request.path)):
            return await self._file(found[1], found[2])
        raise ApiError(404, {"detail": "Not found."})

    async def _file(self, kind: str, name: str) -> Response:
        if kind == "storage":
            return await stored_preview(self._context, name.removesuffix(".mp3"))
        row = self._context.state.voice(name)
        if kind != "samples" or row is None or row.sample_type is None:
            raise ApiError(404, {"detail": "Not found."})
        return Response(200, (self._context.state.samples / row.id).read_bytes(), row.sample_type)

    async def _page(self, _: Request) -> Response:
        facts = {
            "faults": self._script.as_json(),
            "log": list(self._log.entries)[-50:][::-1],
            "voices": [_shown(row) for row in self._context.state.voices([]) if row.account is not None],
            "keys": self._context.state.key_prefixes(),
            "settings": self._context.settings(),
        }
        return Response(200, page(facts).encode(), "text/html; charset=utf-8", PAGE_HEADERS)

    async def _health(self, _: Request) -> Response:
        return json_response({"ok": True})

    async def _faults(self, _: Request) -> Response:
        return json_response(self._script.as_json())

    async def _add_faults(self, request: Request) -> Response:
        data = await _body(request)
        self._script.waiting += [fault_from(item) for item in (data if isinstance(data, list) else [data])]
        return _done(request, self._script.as_json())

    async def _clear_faults(self, request: Request) -> Response:
        self._script.waiting = []
        return _done(request, [])

    async def _read_log(self, _: Request) -> Response:
        return json_response(list(self._log.entries))

    async def _clear_log(self, _: Request) -> Response:
        self._log.entries.clear()
        return json_response([])

    async def _voices(self, request: Request) -> Response:
        rows = self._context.state.voices([])
        return json_response([_shown(row) | {"voice": voice_json(row, request.origin)} for row in rows])

    async def _settings(self, _: Request) -> Response:
        return json_response(self._context.settings())

    async def _change_settings(self, request: Request) -> Response:
        data = await _body(request)
        if not isinstance(data, dict):
            raise ApiError(400, {"detail": "Settings are a JSON object."})
        self._context.change_settings(data)
        return _done(request, self._context.settings())

    async def _keys(self, _: Request) -> Response:
        return json_response(self._context.state.key_prefixes())

    async def _change_keys(self, request: Request) -> Response:
        data = await _body(request)
        values = clean(data if isinstance(data, dict) else {}, KEY_REQUEST)
        state = self._context.state
        if "revoke" in values:
            state.revoke_key(values["revoke"])
            return _done(request, {"keys": []})
        first = values.get("beside") or make_key()
        account = state.account_of(first)
        if account is None:
            raise ApiError(400, {"beside": ["Not a key of this sandbox."]})
        made = [] if "beside" in values else [first]
        while len(made) < values.get("make", 1):
            made.append(make_key())
            state.add_key(made[-1], account)
        return json_response({"accountId": account.id, "keys": made}, 201)

    async def _add_calls(self, request: Request) -> Response:
        """Store calls of a voice: `{"voiceId": ..., "count": 3, "seconds": 40, "daysAgo": 2}`."""
        data = await _body(request)
        values = clean(data if isinstance(data, dict) else {}, CALLS, required=("voiceId",))
        row = self._context.state.voice(values["voiceId"])
        if row is None or row.account is None:
            raise ApiError(400, {"voiceId": ["No voice of an account has this id."]})
        day = datetime.now(UTC).date() - timedelta(days=values.get("daysAgo", 0))
        self._context.state.agents.add_calls(
            row.account, row.id, day=day, seconds=values.get("seconds", 60.0), count=values.get("count", 1)
        )
        return _done(request, {"ok": True})

    async def _reset(self, request: Request) -> Response:
        self._context.reset()
        self._script.waiting = []
        self._log.entries.clear()
        return _done(request, {"ok": True})


def _shown(row: VoiceRow) -> dict[str, Any]:
    return {"voiceId": row.id, "accountId": row.account, "name": row.name, "sampleType": row.sample_type}


async def _body(request: Request) -> Any:
    """Return the JSON body, or the page's form without empty fields, its values parsed as JSON where possible."""
    raw = await request.read()
    try:
        if _is_form(request):
            return {name: _value(value) for name, value in parse_qsl(raw.decode())}
        return json.loads(raw or b"{}")
    except (ValueError, RecursionError) as exc:
        raise ApiError(400, {"detail": f"JSON parse error - {exc}"}) from exc


def _is_form(request: Request) -> bool:
    return (request.header("content-type") or "").startswith("application/x-www-form-urlencoded")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _done(request: Request, value: object) -> Response:
    """Return JSON to a program; redirect a person back to the page."""
    return Response(303, headers=(("location", "/_sandbox/"),)) if _is_form(request) else json_response(value)


def _refuse_foreign_pages(request: Request) -> None:
    """Raise ApiError 403 if a page of another site sends the request through a browser."""
    origin, site = request.header("origin"), request.header("sec-fetch-site")
    is_ours = origin is None or urlsplit(origin).netloc == request.header("host")
    # Some browsers leave out the origin of a form; all of today's say where a request comes from.
    if not is_ours or site not in {None, "same-origin", "none"}:
        raise ApiError(403, {"detail": "Not from another site."})
