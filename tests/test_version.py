"""The version is the one of pyproject.toml, and the command line tells it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from voices.version import VERSION

ROOT = Path(__file__).resolve().parents[1]


def test_version_is_that_of_the_project() -> None:
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("asked", ["version", "--version"])
def test_manage_prints_its_version_whatever_is_set(asked: str) -> None:
    command = [sys.executable, "manage.py", asked]
    broken = {**os.environ, "VOICESTUDIO_PORT": "many"}
    done = subprocess.run(command, cwd=ROOT, env=broken, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"Voice Studio {VERSION} (Django 5.2")
    assert (done.stdout.count("\n"), done.stderr) == (1, "")
