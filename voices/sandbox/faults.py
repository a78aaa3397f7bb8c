"""Scripted faults: which requests they match, and their parameters.

A fault is posted to /_sandbox/faults as JSON. It waits for requests with a matching method, path and key, and is
removed after `times` of them. `commit` decides whether the request's work is done before the effect.
"""

import dataclasses
import re
from dataclasses import dataclass, field
from typing import Any

from voices.sandbox.fields import (
    INT32,
    Check,
    FieldError,
    choice,
    clean,
    flag,
    integer,
    mapping,
    nullable,
    number,
    text,
)
from voices.sandbox.messages import ApiError, Request

EFFECTS = {
    "delay": "wait `delay` seconds, then answer as usual",
    "status": "answer `status`, `headers` and `body` instead",
    "throttle": "429 with Retry-After of `seconds`, as `form` number or date",
    "unpaid": "402: no allowance left",
    "duplicate": "400: the name is taken, in `wording` field, detail or list; with `commit` by the voice just made",
    "limit": "400: no more voices allowed, in `wording` field, detail or list",
    "provider": "400 in a provider's own words, in `wording` field, detail, list, text or page of HTML",
    "html": "200 with an HTML page",
    "no_id": "do the work, answer without voiceId",
    "extra": "do the work, answer with unknown fields and enum values",
    "huge": "do the work, answer with JSON of `size` bytes",
    "late": "do the work, but hide the new voice from lists for `seconds`",
    "drop": "end the connection without an answer, `how` close or rst",
    "truncate": "do the work, send half of the answer's `part` headers or body, then end the connection",
    "drip": "do the work, send the answer at `rate` bytes a second",
    "endless": "do the work, repeat the answer's body without a length, up to `size` bytes",
    "garbage": "send bytes that are not HTTP",
    "hang": "never answer; `seconds` ends it",
}
# Of a refusal: three shapes of JSON; text and page are for `provider` alone.
WORDINGS = ("field", "detail", "list", "text", "page")
# These need the true response; for the others `commit` decides whether the work is done.
NEEDS_ANSWER = frozenset({"delay", "no_id", "extra", "huge", "late", "truncate", "drip", "endless"})


@dataclass
class Fault:
    """A scripted fault; `EFFECTS` tells which effect uses which member."""

    effect: str
    method: str = "POST"  # both are regular expressions that must match wholly
    path: str = "/api/.*"
    key: str | None = None  # a key's prefix
    times: int | None = 1  # None: until cleared
    skip: int = 0  # matching requests to let through first
    commit: bool = False
    delay: float = 0.0  # before the work, or after it with `commit`
    at: int | None = None  # act after this many bytes of the body, not at its end
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = ""
    seconds: float | None = None  # default: throttle 7, late 45, hang forever
    form: str = "number"
    wording: str = "field"
    how: str = "close"
    part: str = "body"
    rate: float = 100.0
    size: int = 5_000_000

    def matches(self, request: Request) -> bool:
        """Whether the fault applies to the request."""
        return (
            self.times != 0
            and re.fullmatch(self.method, request.method) is not None
            and re.fullmatch(self.path, request.path) is not None
            and self.key in (None, request.key_prefix)
        )


def _pattern(value: Any) -> str:
    try:
        re.compile(value)
    except (re.error, TypeError) as exc:
        raise FieldError([f"Not a regular expression: {exc}."]) from exc
    return str(value)


def _anything(value: Any) -> Any:
    return value


CHECKS: dict[str, Check] = {
    "effect": choice(*EFFECTS),
    "method": _pattern,
    "path": _pattern,
    "key": text(nullable=True),
    "times": nullable(integer(1)),
    "skip": integer(0),
    "commit": flag,
    "delay": number(0, 3600),
    "at": nullable(integer(0)),
    "status": integer(100, 599),
    "headers": mapping(text(blank=True)),
    "body": _anything,
    "seconds": nullable(number(0, 1e6)),
    "form": choice("number", "date"),
    "wording": choice(*WORDINGS),
    "how": choice("close", "rst"),
    "part": choice("headers", "body"),
    "rate": number(0, 1e9, above=True),
    "size": integer(1, INT32),
}


def fault_from(data: Any) -> Fault:
    """Return a validated fault. Raise ApiError 400 with the invalid members."""
    if not isinstance(data, dict):
        raise ApiError(400, {"detail": "A fault is a JSON object."})
    if unknown := sorted(set(data) - set(CHECKS)):
        raise ApiError(400, {name: ["Unknown member of a fault."] for name in unknown})
    return Fault(**clean(data, CHECKS, required=("effect",)))


class Script:
    """The pending faults, in the order they were posted."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def take(self, request: Request) -> Fault | None:
        """Return the fault for the request, if any, and count it."""
        fault = next((fault for fault in self.waiting if fault.matches(request)), None)
        if fault is None:
            return None
        if fault.skip:
            fault.skip -= 1
            return None
        if fault.times is not None:
            fault.times -= 1
            self.waiting = [other for other in self.waiting if other.times != 0]
        return fault

    def as_json(self) -> list[dict[str, Any]]:
        """Return the pending faults in the form in which they are posted."""
        return [dataclasses.asdict(fault) for fault in self.waiting]
