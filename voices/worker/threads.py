"""The one thread that talks to the database."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async

P = ParamSpec("P")
T = TypeVar("T")


def in_orm_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
    """Return the function's result as a future, run in the one thread that talks to the database."""
    return asyncio.ensure_future(sync_to_async(function, thread_sensitive=True)(*args, **kwargs))
