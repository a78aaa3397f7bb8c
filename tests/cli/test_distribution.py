"""The distribution that other machines install: `voices/cli/pyproject.toml`."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "voices" / "cli"


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def test_distribution_has_every_package() -> None:
    folders = {path.parent.relative_to(ROOT) for path in FOLDER.rglob("__init__.py")}
    found = project(FOLDER)["tool"]["setuptools"]["packages"]
    assert sorted(found) == sorted(".".join(folder.parts) for folder in folders)


def test_distribution_agrees_with_the_repositorys() -> None:
    ours, whole = project(FOLDER)["project"], project(ROOT)["project"]
    assert set(ours["dependencies"]) <= set(whole["dependencies"])
    assert ours["optional-dependencies"]["mcp"] == whole["optional-dependencies"]["mcp"]
    assert [ours[name] for name in ("version", "license", "requires-python")] == [
        whole[name] for name in ("version", "license", "requires-python")
    ]
