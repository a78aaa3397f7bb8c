"""`manage.py setup`: the first admin without a browser, and every refusal as a sentence."""

import os
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from tests.migrated import MIGRATED
from tests.sandbox.live import LiveSandbox, free_port
from voices.models import ApiKey, AuditEntry, KeyState, Membership, Role, Team, User

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "correct horse battery staple"
GIVEN = {"email": "Ada@Example.com", "team": "Northwind"}


def set_up(*flags: str, password: str = PASSWORD, **given: str) -> str:
    """What the command printed."""
    said = StringIO()
    options = [f"--{name}={value}" for name, value in (GIVEN | given).items()]
    call_command("setup", *options, "--password-stdin", *flags, stdin=StringIO(f"{password}\n"), stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_setup_creates_admin_and_team() -> None:
    assert set_up(name=" Ada \u202e ") == "ada@example.com is the admin of Northwind.\n"
    member = Membership.objects.get()
    assert (member.role, member.team.name, member.user.name) == (Role.ADMIN, "Northwind", "Ada")
    assert member.user.is_superuser
    assert authenticate(email="ada@example.com", password=PASSWORD) == member.user
    assert AuditEntry.objects.filter(verb="team.created").count() == 1


@pytest.mark.django_db
def test_setup_accepts_a_missing_name() -> None:
    set_up()
    assert User.objects.get().name == "Ada"


@pytest.mark.django_db
def test_setup_refuses_to_run_twice() -> None:
    set_up()
    with pytest.raises(CommandError, match="already set up"):
        set_up(email="eve@example.com")
    assert (User.objects.count(), Team.objects.count()) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"password": "short"}, "Password: This password is too short"),
        ({"password": ""}, "Password: Choose a password."),
        ({"email": "ada"}, "Enter a valid email address"),
        ({"team": " \u200b "}, "Team: "),
        ({"team": "x" * 61}, "Team: This has 61 characters. The limit is 60."),
    ],
)
def test_setup_refuses_what_the_page_refuses(given: dict[str, str], told: str) -> None:
    with pytest.raises(CommandError) as refusal:
        set_up(**given)
    assert told in str(refusal.value)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_setup_needs_the_sandbox_for_a_sandbox_key(settings: Settings) -> None:
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="The sandbox is off"):
        set_up("--sandbox-key")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_setup_stores_and_tests_a_sandbox_key(settings: Settings, tmp_path: Path) -> None:
    with LiveSandbox(tmp_path) as sandbox:
        settings.SANDBOX_URL = sandbox.url
        assert "Sandbox key stored and tested." in set_up("--sandbox-key")
    key = ApiKey.objects.get()
    assert (key.state, key.endpoint, key.is_default) == (KeyState.OK, "sandbox", True)


@pytest.mark.django_db
def test_setup_stores_a_sandbox_key_while_the_sandbox_is_down(settings: Settings) -> None:
    settings.SANDBOX_URL = f"http://127.0.0.1:{free_port()}"
    assert "is not running yet" in set_up("--sandbox-key")
    assert ApiKey.objects.get().state == KeyState.UNKNOWN


@pytest.mark.any_database
def test_setup_answers_by_its_exit_code_and_hides_passwords(django_db_setup: None, tmp_path: Path) -> None:
    """As a process, in a folder with a migrated database: test_serve.py starts from an empty one, by the same steps."""
    shutil.copyfile(MIGRATED, tmp_path / "voicestudio.sqlite3")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("VOICESTUDIO_")}
    plain.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "manage.py", "setup", "--email", "ada@example.com", "--team", "Northwind"]

    def run(password: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, "--password-stdin"], cwd=ROOT, env=plain | {"VOICESTUDIO_DATA_DIR": str(tmp_path)},
            input=password, text=True, capture_output=True, timeout=300, check=False,
        )  # fmt: skip

    done = run(PASSWORD)
    assert (done.returncode, done.stdout) == (0, "ada@example.com is the admin of Northwind.\n")
    again = run("another long password")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("CommandError: Voice Studio is already set up.")
    assert "another long" not in again.stderr
