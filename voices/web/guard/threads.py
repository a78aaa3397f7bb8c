"""The guard's own threads for its queries, so that it works while pages wait for Althea or the database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 2


class InThreads(Generic[P, T]):
    """A function that queries the database, as a coroutine function."""

    def __init__(self, query: Callable[P, T], *, name: str) -> None:
        self._query = query
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix=name)

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the query and return its result. Raises what the query raises."""
        run = sync_to_async(self._run, thread_sensitive=False, executor=self._threads)
        return await run(*args, **kwargs)

    def _run(self, *args: P.args, **kwargs: P.kwargs) -> T:
        close_old_connections()
        try:
            return self._query(*args, **kwargs)
        finally:
            close_old_connections()
