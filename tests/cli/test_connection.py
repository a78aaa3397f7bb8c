"""Where address and token come from, and where the token must not go."""

import stat
from pathlib import Path

import pytest

from tests.cli.answers import SITE, VALUE, Script, page, refused
from voices.cli.connection import TOKEN, URL, BearerToken, clean_url, find_connection
from voices.cli.errors import LoginError


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("https://voices.example.com/", "https://voices.example.com"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://example.com/studio/", "https://example.com/studio"),
    ],
)
def test_clean_url_accepts_what_is_safe(typed: str, clean: str) -> None:
    assert clean_url(typed) == clean


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "voices.example.com",
        "http://voices.example.com",
        "https://a:b@example.com",
        "https://example.com?x=1",
    ],
)
def test_clean_url_refuses_what_would_leak_the_token(typed: str) -> None:
    with pytest.raises(LoginError):
        clean_url(typed)


def test_saved_token_is_not_sent_to_another_address(tmp_path: Path) -> None:
    file = tmp_path / "login.json"
    BearerToken(VALUE).save(file, SITE)
    assert find_connection({}, file).url == SITE
    with pytest.raises(LoginError, match=r"No token is set for https://evil\.example"):
        find_connection({URL: "https://evil.example"}, file)


def test_environment_comes_before_the_file(tmp_path: Path) -> None:
    BearerToken(VALUE).save(tmp_path / "login.json", SITE)
    found = find_connection({URL: "https://other.example", TOKEN: "vs_other"}, tmp_path / "login.json")
    assert found.url == "https://other.example"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"url": 3}'])
def test_broken_files_are_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "login.json"
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(LoginError):
        find_connection({}, file)


def test_login_saves_what_works_for_its_owner_only(tmp_path: Path) -> None:
    file, script = tmp_path / "new" / "login.json", Script([page()])
    done = script.run("login", file=file, typed=f"{VALUE}\n")
    assert (done.exit_code, done.stdout, VALUE in done.output) == (0, "", False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Script([page()]).run("list", file=file, **{TOKEN: ""}).exit_code == 0
    assert Script([]).run("logout", file=file).exit_code == 0
    assert list(file.parent.iterdir()) == []


def test_login_saves_nothing_that_is_refused(tmp_path: Path) -> None:
    file, script = tmp_path / "login.json", Script([refused(401, detail="The token doesn't exist.")])
    done = script.run("login", file=file, typed=f"{VALUE}\n")
    assert (done.exit_code, file.exists()) == (3, False)
    assert "Error: The token doesn't exist." in done.stderr


def test_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "login.json"
    BearerToken(VALUE).save(file, SITE)
    file.chmod(0o644)
    done = Script([]).run("list", file=file, **{URL: "", TOKEN: ""})
    assert (done.exit_code, "chmod 600" in done.stderr) == (3, True)
