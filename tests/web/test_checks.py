"""The system checks: what they report at start."""

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from voices.checks import check_storage


@pytest.fixture(autouse=True)
def hosts_as_in_life(settings: Settings) -> None:
    """Django's test runner lets `testserver` in, which is nobody's host."""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def reported(prefix: str = "voices.") -> list[str]:
    return [str(one.id) for one in run_checks() if str(one.id).startswith(prefix)]


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


def test_check_warns_of_a_single_process_cache(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert reported() == ["voices.W002"]


def test_check_reports_s3_without_its_packages(settings: Settings) -> None:
    assert check_storage(find=lambda name: None) == []
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}
    assert [one.id for one in check_storage(find=lambda name: None)] == ["voices.E002"]
    assert check_storage(find=lambda name: name) == []
