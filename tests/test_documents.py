"""The documents agree with the repository: links lead somewhere, paths exist, tables are complete."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
INDEX = ROOT / "docs" / "decisions" / "README.md"
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:voices|voicestudio|tests|templates|static|docs)/[\w./-]*)`")
SETTING = re.compile(r"""(?:\benv\.\w+|\bsecret)\(\s*"([A-Z_]+)",""")
CITED = re.compile(r"(?<![\w/.])docs/[\w./-]*\w")
SECTIONS = ("Context", "Decision", "Cost", "Look again when")
# What the same change is to bring; empty this once it is there.
PENDING: tuple[str, ...] = ()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link for link in LINK.findall(text) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []
    paths = [path for path in PATH.findall(text) if path not in PENDING]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_code_cites_documents_that_exist() -> None:
    sources = [
        path for folder in ("voices", "voicestudio", "tests") for path in (ROOT / folder).rglob("*.py")
    ]
    cited = {(path, name) for path in sources for name in CITED.findall(path.read_text(encoding="utf-8"))}
    assert [(str(path), name) for path, name in cited if not (ROOT / name).exists()] == []


def test_decisions_are_numbered_and_indexed() -> None:
    assert [path.name[:4] for path in DECISIONS] == [
        f"{number:04}" for number in range(1, len(DECISIONS) + 1)
    ]
    titles = {path.name: path.read_text(encoding="utf-8").partition("\n")[0][8:] for path in DECISIONS}
    rows = re.findall(
        r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", INDEX.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {name: title for _, name, title in rows} == titles
    assert all(name.startswith(number) for number, name, _ in rows)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_four_parts(decision: Path) -> None:
    lines = decision.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {decision.name[:4]}. ")
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == list(SECTIONS)


def test_the_readme_names_every_setting() -> None:
    files = (ROOT / "voicestudio" / "settings").glob("*.py")
    settings = "".join(path.read_text(encoding="utf-8") for path in files)
    rows = re.findall(
        r"^\| `VOICESTUDIO_(\w+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(rows) == sorted(set(SETTING.findall(settings)))


def test_the_readme_names_every_command() -> None:
    commands = (ROOT / "voices" / "management" / "commands").glob("[a-z]*.py")
    rows = re.findall(r"^\| `([a-z_]+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(path.stem for path in commands)


def test_every_release_says_what_to_do_when_upgrading() -> None:
    releases = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert len(releases) > 1
    first_parts = [release.split("\n### ")[1].splitlines() for release in releases]
    assert [part[0] for part in first_parts] == ["When you upgrade"] * len(releases)
    assert [part for part in first_parts if len(part) < 3] == []
