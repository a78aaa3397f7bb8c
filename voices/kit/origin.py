"""The origin of the current work: the request's id and the client's address, for log lines and audit entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """A request's id and its client's address; both "" outside requests and jobs. A job has only the request's id."""

    request_id: str = ""
    address: str = ""


_NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def current_origin() -> Origin:
    """Return the origin of the current request or job."""
    return _current.get()


def current_request_id() -> str:
    """Return the id of the current request, or of the request in which the current job was created."""
    return _current.get().request_id


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Set the origin of everything in the block."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)
