"""The registry of filters: every file here with a `FILTER` adds one."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from voices.library.filters.base import Filter, RelationFilter

_PACKAGE = "voices.library.filters"
_NOT_FILTERS = {"base", "registry", "request"}
_added: dict[str, Filter] = {}


@cache
def _found() -> Mapping[str, Filter]:
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [importlib.import_module(f"{_PACKAGE}.{name}") for name in names if name not in _NOT_FILTERS]
    filters: list[Filter] = sorted((module.FILTER for module in modules), key=lambda one: one.position)
    return {one.name: one for one in filters}


def filters() -> Mapping[str, Filter]:
    """Return every filter by its name, in the order of the page."""
    return {**_found(), **_added} if _added else _found()


def relation_filters() -> list[RelationFilter]:
    """Return the filters by rows of other tables."""
    return [one for one in filters().values() if isinstance(one, RelationFilter)]


def indexed_columns() -> list[str]:
    """Return the columns of a voice that filters compare, which the search index holds, by name."""
    return sorted({column for one in filters().values() for column in one.columns})


@contextmanager
def added(one: Filter) -> Iterator[Filter]:
    """Add a filter while the block runs, last on the page; for tests."""
    _added[one.name] = one
    try:
        yield one
    finally:
        del _added[one.name]
