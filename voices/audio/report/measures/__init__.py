"""The measures that rate a report: one file each, found by its `MEASURE`, ordered by position."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from voices.audio.report.measures.base import Measure

_PACKAGE = "voices.audio.report.measures"


@cache
def all_measures() -> tuple[Measure, ...]:
    """Return every measure, in the order of the page."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [importlib.import_module(f"{_PACKAGE}.{name}") for name in names if name != "base"]
    return tuple(sorted((module.MEASURE for module in modules), key=lambda one: one.position))
