"""The registry of figures and of kinds of items that need attention, found by their files."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from voices.library.dashboard.attention.base import Attention
from voices.library.dashboard.figures.base import Figure

_FOLDER, _PACKAGE = Path(__file__).parent, "voices.library.dashboard"


@cache
def figures() -> Mapping[str, Figure]:
    """Return every figure by its name, in the order of the page."""
    return {one.name: one for one in _found("figures", "FIGURE")}


@cache
def attention() -> Mapping[str, Attention]:
    """Return every kind of item that needs attention by its name, in the order of the page."""
    return {one.name: one for one in _found("attention", "ATTENTION")}


def _found(folder: str, constant: str) -> list[Any]:
    names = [module.name for module in pkgutil.iter_modules([str(_FOLDER / folder)]) if module.name != "base"]
    modules = [importlib.import_module(f"{_PACKAGE}.{folder}.{name}") for name in names]
    return sorted((getattr(module, constant) for module in modules), key=lambda one: one.position)
