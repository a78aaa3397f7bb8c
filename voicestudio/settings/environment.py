"""The sources of the settings: the environment, and the folder of data and secrets."""

import os
from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe

from django.core.exceptions import ImproperlyConfigured
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = Env(prefix="VOICESTUDIO_")

# What this process and its children make is for this user only; it holds password hashes, sessions and recordings.
os.umask(0o077)
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "data"))).resolve()


def make_folder(path: Path) -> Path:
    """Return the folder, creating it for this user only. Raise ImproperlyConfigured if that fails."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise ImproperlyConfigured(
            f"the data folder {path} cannot be written ({problem.strerror})."
        ) from problem
    return path


def long_key() -> str:
    """Return 64 random characters: Django warns below 50."""
    return token_urlsafe(48)


def secret(name: str, file: Path, read: Callable[[Path], str]) -> str:
    """Return a secret from VOICESTUDIO_<name>, the file in VOICESTUDIO_<name>_FILE, or our own file."""
    if value := env.str(name, ""):
        return value
    try:
        if named := env.str(f"{name}_FILE", ""):
            return Path(named).read_text(encoding="ascii").strip()
        return read(file)
    except OSError as problem:
        where = problem.filename or file
        raise ImproperlyConfigured(
            f"the secret {name} at {where} cannot be read or made ({problem.strerror})."
        ) from problem


make_folder(DATA_DIR)
UPLOAD_DIR = make_folder(DATA_DIR / "tmp")
