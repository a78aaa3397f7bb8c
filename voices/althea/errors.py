"""Errors of a call to Althea, as one tree. Catch the broad class, recover by the narrow one.

    AltheaError                    anything below
    ├── KeyRefusedError            `GET /api/accounts/me` itself says that the key is not (or no longer) valid
    ├── NotAllowedError            401, 403: the key may not do this
    ├── BlockedError               401, 403 that is not Althea's answer but that of a proxy or a firewall
    ├── NoAllowanceError           402, or words of that kind: the allowance or the plan does not cover it
    ├── InvalidFieldsError         400, 405, 409, 413, 415, 422 …: refused, `.fields` says where
    │   ├── NameTakenError             the account already has a voice with that name
    │   └── LimitReachedError          the account has reached its voice limit
    ├── GoneError                  404, 410: Althea cannot find it
    ├── ThrottledError             429, and 503 with Retry-After: not done, retry after `.retry_after_seconds`
    ├── NotSentError               nothing reached Althea: no name, no route, no TLS, no free slot
    └── UnknownOutcomeError        it may or may not have happened: timeout, dropped connection, 5xx
        └── GarbledAnswerError         a 2xx (or a redirect) that does not match the API document

The same httpx exception was measured with the voice made and with the voice not made, so every ambiguous
class is an `UnknownOutcomeError`: look the outcome up, never report it as failed.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar


class Problem(StrEnum):
    """The machine-readable part of an error: stored with a job, decides its next state."""

    KEY_REFUSED = "key_refused"
    FORBIDDEN = "forbidden"
    BLOCKED = "blocked"
    NO_ALLOWANCE = "no_allowance"
    NAME_TAKEN = "name_taken"
    LIMIT_REACHED = "limit_reached"
    INVALID = "invalid"
    GONE = "gone"
    THROTTLED = "throttled"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    GARBLED = "garbled"


class AltheaError(Exception):
    """A call failed. `message` is a sentence for people, `fields` are Althea's own words."""

    problem: ClassVar[Problem] = Problem.UNKNOWN

    def __init__(
        self, message: str, *, status: int | None = None, fields: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        # (field, text) as Althea sent it, at most 20 of 300 characters; field "" is about the whole request.
        self.fields = tuple(fields)
        # The account that Althea named when it was asked about the key after this error; "" if it was not asked.
        self.key_account = ""


class KeyRefusedError(AltheaError):
    """Althea does not accept this key."""

    problem = Problem.KEY_REFUSED


class NotAllowedError(AltheaError):
    """Althea does not let this key do this, which says nothing against the key itself."""

    problem = Problem.FORBIDDEN


class BlockedError(AltheaError):
    """Something between us and Althea refused the request."""

    problem = Problem.BLOCKED


class NoAllowanceError(AltheaError):
    """The account's allowance is used up or its subscription does not cover this."""

    problem = Problem.NO_ALLOWANCE


class InvalidFieldsError(AltheaError):
    """Althea refused what was sent; sending it again unchanged gives the same response."""

    problem = Problem.INVALID


class NameTakenError(InvalidFieldsError):
    """The account already has a voice with that name."""

    problem = Problem.NAME_TAKEN


class LimitReachedError(InvalidFieldsError):
    """The account has reached its voice limit."""

    problem = Problem.LIMIT_REACHED


class GoneError(AltheaError):
    """Althea cannot find it (any more)."""

    problem = Problem.GONE


class ThrottledError(AltheaError):
    """Althea did not do it and asks to retry after `retry_after_seconds` (0 to 600)."""

    problem = Problem.THROTTLED

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float,
        status: int | None = None,
        fields: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message, status=status, fields=fields)
        self.retry_after_seconds = retry_after_seconds


class NotSentError(AltheaError):
    """Nothing reached Althea, so a retry is safe; `permanent` means that a retry would fail the same way."""

    problem = Problem.NOT_SENT

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class UnknownOutcomeError(AltheaError):
    """Althea may or may not have done it: look it up before sending it again."""

    problem = Problem.UNKNOWN


class GarbledAnswerError(UnknownOutcomeError):
    """Althea reported success, but not with what the API document promises."""

    problem = Problem.GARBLED
