"""What can go wrong, in words, and the exit code that a script reads.

StudioError
├── ProblemError       the API refused: its problem details (RFC 9457)
├── UnavailableError   no connection, or no answer that helps, after the retries
└── LoginError         no address or no token is known, or they must not be used
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """How the command ended. USAGE is click's, for a wrong option."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_ALLOWED = 3
    NOT_FOUND = 4
    REFUSED = 5
    UNAVAILABLE = 6
    NO_VOICE = 7
    STILL_RUNNING = 8
    INTERRUPTED = 130


BY_STATUS = {
    401: ExitCode.NOT_ALLOWED,
    403: ExitCode.NOT_ALLOWED,
    404: ExitCode.NOT_FOUND,
    429: ExitCode.UNAVAILABLE,
}


class StudioError(Exception):
    """Anything that went wrong; the message is for people."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, exit_code: ExitCode | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code or self.exit_code


class UnavailableError(StudioError):
    """Voice Studio cannot be reached, or does not answer as it should."""

    exit_code = ExitCode.UNAVAILABLE


class LoginError(StudioError):
    """There is no address or token to use."""

    exit_code = ExitCode.NOT_ALLOWED


class ProblemError(StudioError):
    """The API refused. `code` is the problem's name in the API's catalogue."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(in_words(status, problem))
        self.code = str(problem.get("code") or "")
        self.exit_code = BY_STATUS.get(status, ExitCode.UNAVAILABLE if status >= 500 else ExitCode.REFUSED)


def in_words(status: int, problem: Mapping[str, Any]) -> str:
    """Return what happened, by field where the API names fields, and what to do next."""
    lines = list(_by_field(problem.get("errors")))
    if not lines:
        lines = [
            str(
                problem.get("detail")
                or problem.get("title")
                or f"Voice Studio responded with status {status}."
            )
        ]
    todo = str(problem.get("what_to_do") or "")
    if todo and todo not in lines[-1] and problem.get("code") != "invalid":  # there, each field says it
        lines.append(todo)
    return "\n".join(lines)


def _by_field(errors: Any) -> Iterator[str]:
    for one in errors if isinstance(errors, list) else []:
        if isinstance(one, Mapping) and one.get("field"):
            yield f"{one['field']}: {one.get('detail', '')}"
