"""The system checks: what they report at start."""

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand
from pytest_django.fixtures import Settings

from voices.checks import check_company_login, check_confinement, check_private_files, check_storage
from voices.management.commands.prepare import Command as Prepare
from voices.management.commands.serve import Command as Serve
from voices.management.commands.web import Command as Web
from voices.management.commands.worker import Command as Worker
from voicestudio.settings import mail_settings


@pytest.fixture(autouse=True)
def hosts_as_in_life(settings: Settings) -> None:
    """Django's test runner lets `testserver` in, which is nobody's host."""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def reported(prefix: str = "voices.") -> list[str]:
    return [str(one.id) for one in run_checks(databases=[]) if str(one.id).startswith(prefix)]


def test_checks_pass_with_default_settings() -> None:
    assert reported() == []


@pytest.mark.parametrize(
    ("address", "ids"),
    [
        ("https://app.althea.example", []),
        ("http://127.0.0.1:8001/api/", []),
        ("http://app.althea.example", ["voices.W003"]),
        ("app.althea.example", ["voices.E001"]),
        ("https://user:pass@app.althea.example", ["voices.E001"]),
        ("", ["voices.E001"]),
    ],
)
def test_check_refuses_unsafe_althea_addresses(settings: Settings, address: str, ids: list[str]) -> None:
    settings.ALTHEA_URL = address
    assert reported() == ids


@pytest.mark.parametrize(
    ("hosts", "https", "ids"),
    [
        (["localhost", "127.0.0.1", "[::1]"], False, []),
        (["voices.example"], True, []),
        (["localhost", "voices.example"], False, ["voices.W001"]),
        (["*"], False, ["voices.W001"]),
        ([".voices.example"], False, ["voices.W001"]),
    ],
)
def test_check_warns_of_a_public_host_without_https(
    settings: Settings, hosts: list[str], https: bool, ids: list[str]
) -> None:
    settings.ALLOWED_HOSTS, settings.HTTPS = hosts, https
    assert reported() == ids


@pytest.mark.parametrize(("token", "ids"), [("", []), ("x" * 19, ["voices.W006"]), ("x" * 20, [])])
def test_check_warns_of_a_short_metrics_token(settings: Settings, token: str, ids: list[str]) -> None:
    settings.METRICS_TOKEN = token
    assert reported() == ids


def test_check_warns_of_a_single_process_cache(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert reported() == ["voices.W002"]


def test_check_names_what_others_can_read() -> None:
    shared = Path(mkdtemp(dir="/tmp"))  # others may enter what is above, unlike pytest's own folders
    database, files = shared / "studio.sqlite3", shared / "my files"
    try:
        shared.chmod(0o755)
        database.touch(mode=0o600)
        files.mkdir(mode=0o700)
        assert check_private_files(find=lambda: [database, files, shared / "none"]) == []
        database.chmod(0o644)
        files.chmod(0o755)
        [warning] = check_private_files(find=lambda: [database, files, shared / "none"])
        assert warning.msg == f"Other users of this machine can read {database}, {files}."
        assert warning.hint == f"Run: chmod -R go= {database} '{files}'"
        shared.chmod(0o700)
        assert check_private_files(find=lambda: [database, files]) == []
    finally:
        rmtree(shared)


def test_check_reports_s3_without_its_packages(settings: Settings) -> None:
    assert check_storage(find=lambda name: None) == []
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "voices.actions.s3.S3"}}
    assert [one.id for one in check_storage(find=lambda name: None)] == ["voices.E002"]
    assert check_storage(find=lambda name: name) == []


def test_check_warns_where_recordings_cannot_be_confined() -> None:
    assert [one.id for one in check_confinement(is_known=lambda: False)] == ["voices.W004"]
    assert check_confinement(is_known=lambda: True) == []


@pytest.mark.parametrize(
    ("url", "encryption"),
    [
        ("smtp://user:p%40ss@mail.example:25", {}),
        ("smtp+tls://user:p%40ss@mail.example:587", {"use_tls": True}),
        ("smtp+ssl://user:p%40ss@mail.example:465", {"use_ssl": True}),
        ("submission://user:p%40ss@mail.example:587", {"use_tls": True}),
    ],
)
def test_mail_is_encrypted_as_its_url_says(url: str, encryption: dict[str, bool]) -> None:
    settings = mail_settings(url, version=(5, 2))
    assert {name: settings[f"EMAIL_{name.upper()}"] for name in ("use_tls", "use_ssl")} == {
        "use_tls": False,
        "use_ssl": False,
    } | encryption
    port = int(url.rpartition(":")[2])
    options = {"host": "mail.example", "port": port, "username": "user", "password": "p@ss", **encryption}
    mailer = {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
    assert mail_settings(url, version=(6, 1)) == {"MAILERS": {"default": mailer}}


def test_printed_mail_needs_no_options() -> None:
    mailer = {"BACKEND": "django.core.mail.backends.console.EmailBackend", "OPTIONS": {}}
    assert mail_settings("console:", version=(6, 1)) == {"MAILERS": {"default": mailer}}


def test_an_unknown_kind_of_mail_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="VOICESTUDIO_EMAIL_URL"):
        mail_settings("smpt://mail.example")


def test_company_login_needs_https_and_a_client(settings: Settings) -> None:
    assert check_company_login() == []
    settings.OIDC_ISSUER = "http://id.example.com"
    assert [one.hint for one in check_company_login()] == [
        "Use https.",
        "Set VOICESTUDIO_OIDC_CLIENT_ID and VOICESTUDIO_OIDC_CLIENT_SECRET.",
    ]
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = (
        "http://127.0.0.1:9",
        "a",
        "b",
    )
    assert check_company_login() == []


@pytest.mark.parametrize("program", [Worker, Serve, Prepare, Web])
def test_a_program_is_started_by_our_checks_alone(settings: Settings, program: type[BaseCommand]) -> None:
    settings.METRICS_TOKEN = "short"
    told = run_checks(tags=list(program.requires_system_checks))
    assert program.requires_system_checks == ("voices",)
    assert [one.id for one in told] == ["voices.W006"]
