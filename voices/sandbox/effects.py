"""The effects of faults: some change the response, some break the connection itself."""

import asyncio
import dataclasses
import datetime
import email.utils
import json
from collections.abc import Awaitable, Callable
from typing import Any

from voices.sandbox.context import throttled
from voices.sandbox.faults import NEEDS_ANSWER, Fault
from voices.sandbox.messages import ApiError, Receive, Request, Response, Send, error_response, json_response
from voices.sandbox.wire import Wire, raw_head

ON_WIRE = frozenset({"drop", "truncate", "drip", "endless", "garbage", "hang"})
THROTTLE_SECONDS, LATE_SECONDS = 7.0, 45.0
GARBAGE = b"\x00\xffSSH-2.0-sandbox\r\n\x16\x03\x01 this is no HTTP\r\n\r\n" * 3
HTML = b"<!doctype html><html><head><title>Althea</title></head><body><h1>We'll be back</h1></body></html>"

TAKEN: dict[str, object] = {
    "field": {"name": ["A voice with this name already exists."]},
    "detail": {"detail": "Voice name must be unique within your account."},
    "list": ["This voice name is already taken."],
}
FULL: dict[str, object] = {
    "field": {"non_field_errors": ["Voice limit reached for this account."]},
    "detail": {"detail": "You have reached the maximum number of voices allowed on your plan."},
    "list": ["Your account has reached its limit of custom voices."],
}
PROVIDER = "ElevenLabs answered 404: voice_not_found"
PROVIDER_PAGE = (
    "<!doctype html><html><head><title>400 Bad Request</title><style>h1{color:red}</style></head>"
    f"<body><h1>{PROVIDER}</h1><script>track()</script></body></html>"
)
REFUSED_BY_PROVIDER: dict[str, object] = {
    "field": {"definition": {"elevenLabs": {"voiceId": [PROVIDER]}}},
    "detail": {"detail": PROVIDER},
    "list": [PROVIDER],
    "text": PROVIDER,
    "page": PROVIDER_PAGE,
}

Work = Callable[[Request], Awaitable[Response]]


async def play(
    fault: Fault, request: Request, work: Work, *, send: Send, receive: Receive
) -> Response | None:
    """Handle one request under a fault. Return None if the connection was broken instead of answered."""
    response = await _work_under(fault, request, work)
    if fault.effect in ON_WIRE:
        await _play_on_wire(fault, Wire(send, receive), response)
        return None
    return _shaped(fault, response)


async def _work_under(fault: Fault, request: Request, work: Work) -> Response:
    """Return the true response, or an empty one if the work is not to be done."""
    if fault.at is not None:
        await _read_until(fault.at, request)
    elif fault.effect in NEEDS_ANSWER or fault.commit:
        return await _work_delayed(fault, request, work)
    else:
        await request.drain()
    await asyncio.sleep(fault.delay)
    return Response(200)


async def _work_delayed(fault: Fault, request: Request, work: Work) -> Response:
    request.late_seconds = _seconds(fault, LATE_SECONDS) if fault.effect == "late" else 0.0
    if not fault.commit:
        request.pause = lambda: asyncio.sleep(fault.delay)
    response = await work(request)
    if fault.commit:
        await asyncio.sleep(fault.delay)
    return response


async def _read_until(count: int, request: Request) -> None:
    if count == 0:
        return
    async for _ in request.stream():
        if request.body_bytes >= count:
            return


def _seconds(fault: Fault, default: float) -> float:
    return default if fault.seconds is None else fault.seconds


def _shaped(fault: Fault, response: Response) -> Response:
    if fault.effect in ("delay", "late"):
        return response
    return SHAPES[fault.effect](fault, response)


def _status(fault: Fault, _: Response) -> Response:
    headers = {name.lower(): value for name, value in fault.headers.items()}
    if isinstance(fault.body, str):
        default = "text/html; charset=utf-8" if fault.body.startswith("<") else "text/plain; charset=utf-8"
        body = fault.body.encode()
    else:
        default, body = "application/json", json.dumps(fault.body).encode()
    content_type = headers.pop("content-type", default)
    return Response(fault.status, body, content_type, tuple(headers.items()))


def _throttle(fault: Fault, _: Response) -> Response:
    seconds = _seconds(fault, THROTTLE_SECONDS)
    at = datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(seconds=seconds)
    date = email.utils.format_datetime(at, usegmt=True)
    return error_response(throttled(seconds, date if fault.form == "date" else None))


def _unpaid(_: Fault, __: Response) -> Response:
    return error_response(ApiError(402, {"detail": "Your account needs an active subscription."}))


def _duplicate(fault: Fault, _: Response) -> Response:
    return error_response(ApiError(400, TAKEN.get(fault.wording, TAKEN["field"])))


def _limit(fault: Fault, _: Response) -> Response:
    return error_response(ApiError(400, FULL.get(fault.wording, FULL["field"])))


def _provider(fault: Fault, response: Response) -> Response:
    return _status(dataclasses.replace(fault, status=400, body=REFUSED_BY_PROVIDER[fault.wording]), response)


def _html(_: Fault, __: Response) -> Response:
    return Response(200, HTML, "text/html; charset=utf-8")


def _edited(response: Response, edit: Callable[[dict[str, Any]], None]) -> Response:
    """Return the response with its JSON object edited; leave others unchanged."""
    value = json.loads(response.body) if response.content_type == "application/json" else None
    if not isinstance(value, dict):
        return response
    edit(value)
    return json_response(value, response.status, response.headers)


def _no_id(_: Fault, response: Response) -> Response:
    return _edited(response, lambda value: value.pop("voiceId", None))


def _extra(_: Fault, response: Response) -> Response:
    news = {"quality": {"stars": 5}, "billingStyle": "VOICE_BILLING_STYLE_METERED", "provider": "Nova"}
    return _edited(response, lambda value: value.update(news))


def _huge(fault: Fault, response: Response) -> Response:
    return _edited(response, lambda value: value.update(padding="x" * fault.size))


SHAPES: dict[str, Callable[[Fault, Response], Response]] = {
    "status": _status,
    "throttle": _throttle,
    "unpaid": _unpaid,
    "duplicate": _duplicate,
    "limit": _limit,
    "provider": _provider,
    "html": _html,
    "no_id": _no_id,
    "extra": _extra,
    "huge": _huge,
}


async def _play_on_wire(fault: Fault, wire: Wire, response: Response) -> None:
    head = raw_head(response)
    if fault.effect == "hang":
        await wire.gone(fault.seconds)
    elif fault.effect == "garbage":
        wire.write(GARBAGE)
    elif fault.effect == "drip":
        await wire.drip(head + response.body, rate=fault.rate)
    elif fault.effect == "endless":
        wire.write(raw_head(response, with_length=False))
        await wire.repeat(response.body or b" ", size=fault.size)
    elif fault.effect == "truncate" and (fault.part == "headers" or not response.body):
        wire.write(head[: len(head) // 2])
    elif fault.effect == "truncate":
        wire.write(head + response.body[: len(response.body) // 2])
    await (wire.reset() if fault.how == "rst" else wire.close())
