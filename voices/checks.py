"""What would go wrong quietly later, told at start: a key in clear, cookies in clear, files with nowhere to go."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from voices.althea import normalise_base
from voices.althea.url_policy import is_loopback

_OWN_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")


def check_althea_address(**options: Any) -> list[CheckMessage]:
    """Keys are sent there in every request: a web address, and https unless it is this machine."""
    address: str = settings.ALTHEA_URL
    try:
        parts = urlsplit(normalise_base(address))
    except ValueError as problem:
        return [Error(str(problem), hint="Set VOICESTUDIO_ALTHEA_URL.", id="voices.E001")]
    if parts.scheme == "https" or is_loopback(parts.hostname or ""):
        return []
    told = f"VOICESTUDIO_ALTHEA_URL ({address}) is not https: every key would cross the network in clear."
    # A warning: a stand-in on a private network is somebody's right, typed on purpose.
    return [Warning(told, hint="Use https.", id="voices.W003")]


def check_storage(*, find: Callable[[str], object] = find_spec, **options: Any) -> list[CheckMessage]:
    """S3 needs its extra; without it the first upload would fail, not the start."""
    backend: str = settings.STORAGES["default"]["BACKEND"]
    needed = ("storages", "boto3") if backend.startswith("storages.") else ()
    if all(find(name) for name in needed):
        return []
    return [
        Error(
            "VOICESTUDIO_STORAGE_URL names S3 storage, but its packages are not installed.",
            hint="Install the extra s3, or leave the setting out to keep files in the data folder.",
            id="voices.E002",
        )
    ]


def check_public_without_https(**options: Any) -> list[CheckMessage]:
    """A host that others reach, over plain http: passwords and session cookies in clear."""
    public = [host for host in settings.ALLOWED_HOSTS if not is_loopback(host.strip("[]"))]
    if settings.HTTPS or not public:
        return []
    return [
        Warning(
            f"People reach this site as {', '.join(public)} without HTTPS: passwords and cookies cross in clear.",
            hint="Put a proxy with a certificate in front of it and set VOICESTUDIO_HTTPS=on.",
            id="voices.W001",
        )
    ]


def check_shared_cache(**options: Any) -> list[CheckMessage]:
    """The cache counts failed logins: one of its own a process would multiply the limits."""
    if not settings.CACHES["default"]["BACKEND"].endswith(_OWN_CACHES):
        return []
    told = "VOICESTUDIO_CACHE_URL is not shared between processes: login limits hold for each of them alone."
    return [Warning(told, hint="Use the database (the default) or Redis.", id="voices.W002")]


CHECKS = (check_althea_address, check_storage, check_public_without_https, check_shared_cache)
