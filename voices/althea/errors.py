"""What can go wrong with a call to Althea, as one tree. Catch the broad class, recover by the narrow one.

    AltheaError                    anything below
    ├── KeyRefusedError            401, 403: the key is not (or no longer) good
    ├── NoAllowanceError           402: the account's allowance or subscription does not cover it
    ├── InvalidFieldsError         400, 405, 409, 413, 415, 422 …: refused, `.fields` says where
    │   ├── NameTakenError             the account already has a voice of that name
    │   └── LimitReachedError          the account holds as many voices as it may
    ├── GoneError                  404, 410: Althea has no such thing
    ├── ThrottledError             429, and 503 with Retry-After: not done, try after `.retry_after_seconds`
    ├── NotSentError               nothing reached Althea: no name, no route, no TLS, no free slot
    └── UnknownOutcomeError        it may or may not have happened: time out, dropped, 5xx
        └── GarbledAnswerError         a 2xx (or a redirect) that is not what the contract says

The same httpx exception was measured with the voice made and with the voice not made, so every ambiguous
class is `UnknownOutcomeError` and must be looked up, never reported as failed.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar


class Problem(StrEnum):
    """The machine part of an error: stored with a job, decides its next state."""

    KEY_REFUSED = "key_refused"
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
    """A call did not end as asked; `message` is a sentence for people, `fields` are Althea's own words."""

    problem: ClassVar[Problem] = Problem.UNKNOWN

    def __init__(
        self, message: str, *, status: int | None = None, fields: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        # (field, text) as Althea said it, at most 20 of 300 characters; field "" is about the whole request.
        self.fields = tuple(fields)


class KeyRefusedError(AltheaError):
    """Althea does not accept this key."""

    problem = Problem.KEY_REFUSED


class NoAllowanceError(AltheaError):
    """The account's allowance is used up or its subscription does not cover this."""

    problem = Problem.NO_ALLOWANCE


class InvalidFieldsError(AltheaError):
    """Althea refused what was sent; trying again unchanged gives the same answer."""

    problem = Problem.INVALID


class NameTakenError(InvalidFieldsError):
    """The account already holds a voice of that name."""

    problem = Problem.NAME_TAKEN


class LimitReachedError(InvalidFieldsError):
    """The account holds as many voices as it may."""

    problem = Problem.LIMIT_REACHED


class GoneError(AltheaError):
    """Althea has no such thing (any more)."""

    problem = Problem.GONE


class ThrottledError(AltheaError):
    """Althea did not do it and asks to come back after `retry_after_seconds` (0 to 600)."""

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
    """Nothing reached Althea, so a retry is safe; `permanent` says that it would fail again all the same."""

    problem = Problem.NOT_SENT

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class UnknownOutcomeError(AltheaError):
    """Whether Althea did it is not known: look before doing it again."""

    problem = Problem.UNKNOWN


class GarbledAnswerError(UnknownOutcomeError):
    """Althea answered with success, but not with what the contract promises."""

    problem = Problem.GARBLED
