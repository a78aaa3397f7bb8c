"""The installed packages: the tested versions of the lock."""

import re
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings

from voices.actions.checkup.base import Check, Problem

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
NAMED = 5


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def package_problems(lock: Path, *, installed: Callable[[str], str] = _installed) -> Iterator[Problem]:
    """Yield one problem that names packages of another version than the lock's."""
    if not lock.exists():
        return
    pinned = PINNED.findall(lock.read_text(encoding="utf-8"))
    found = [(name, wanted, installed(name)) for name, wanted in pinned]
    differ = [f"{name} {there} for {wanted}" for name, wanted, there in found if there != wanted]
    if differ:
        more = f" and {len(differ) - NAMED} more" if len(differ) > NAMED else ""
        yield Problem(
            sentence=f"packages differ from requirements.lock: {', '.join(differ[:NAMED])}{more}",
            remedy="Install the tested versions: .venv/bin/python -m pip install --require-hashes "
            "-r requirements.lock.",
            stops_pages=False,
        )


CHECK = Check(name="packages", problems=lambda: package_problems(settings.BASE_DIR / "requirements.lock"))
