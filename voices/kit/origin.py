"""Where the work in hand comes from: the request's id and the client's address, for log lines and audit entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """A request's id and its client's address; both "" outside requests and jobs. A job has its request's id alone."""

    request_id: str = ""
    address: str = ""


_NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def current_origin() -> Origin:
    """Return the origin of the request or job that this thread or task works on."""
    return _current.get()


def current_request_id() -> str:
    """Return the id of the request that this thread or task works on, or for which it does its job."""
    return _current.get().request_id


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Let everything inside come from `origin`."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)
