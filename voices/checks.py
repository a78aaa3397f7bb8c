"""System checks for what would otherwise fail silently later: unencrypted keys, readable files, missing storage."""

import shlex
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from voices.althea import normalise_base
from voices.audio import seccomp
from voices.kit.addresses import is_loopback
from voices.kit.archives import UNFINISHED_RESTORE

# For commands that draw no page: Django's own checks load every page, half a second of processor time and 25 MB.
TAG = "voices"
MIN_TOKEN = 20
_UNSHARED_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")


def check_althea_address(**options: Any) -> list[CheckMessage]:
    """Check Althea's address, to which every request sends a key: https unless it is this machine."""
    address: str = settings.ALTHEA_URL
    try:
        parts = urlsplit(normalise_base(address))
    except ValueError as problem:
        return [Error(str(problem), hint="Set VOICESTUDIO_ALTHEA_URL.", id="voices.E001")]
    if parts.scheme == "https" or is_loopback(parts.hostname or ""):
        return []
    message = f"VOICESTUDIO_ALTHEA_URL ({address}) is not https: keys would be sent unencrypted."
    # Only a warning: a test server on a private network may be intended.
    return [Warning(message, hint="Use https.", id="voices.W003")]


def check_storage(*, find: Callable[[str], object] = find_spec, **options: Any) -> list[CheckMessage]:
    """Check that S3 storage has its packages, or the first upload would fail instead of the start."""
    backend: str = settings.STORAGES["default"]["BACKEND"]
    needed = ("storages", "boto3") if backend == "voices.actions.s3.S3" else ()
    if all(find(name) for name in needed):
        return []
    return [
        Error(
            "VOICESTUDIO_STORAGE_URL names S3 storage, but its packages are not installed.",
            hint="Install the extra s3, or remove the setting to keep files in the data folder.",
            id="voices.E002",
        )
    ]


def check_public_without_https(**options: Any) -> list[CheckMessage]:
    """Check that a public host uses HTTPS, or passwords and session cookies would be unencrypted."""
    public = [host for host in settings.ALLOWED_HOSTS if not is_loopback(host.strip("[]"))]
    if settings.HTTPS or not public:
        return []
    return [
        Warning(
            f"This site is public as {', '.join(public)} without HTTPS: passwords and cookies are sent unencrypted.",
            hint="Put a proxy with a certificate in front of it and set VOICESTUDIO_HTTPS=on.",
            id="voices.W001",
        )
    ]


def check_shared_cache(**options: Any) -> list[CheckMessage]:
    """Check that the cache is shared, since it counts failed logins: one per process would multiply the limits."""
    if not settings.CACHES["default"]["BACKEND"].endswith(_UNSHARED_CACHES):
        return []
    message = "VOICESTUDIO_CACHE_URL is not shared between processes: login limits apply to each of them separately."
    return [Warning(message, hint="Use the database (the default) or Redis.", id="voices.W002")]


def check_confinement(
    *, is_known: Callable[[], bool] = seccomp.is_known, **options: Any
) -> list[CheckMessage]:
    """Check that the process which examines recordings can be confined to computing."""
    if is_known():
        return []
    message = (
        "This system has no seccomp filters that Voice Studio supports, so a flaw in an audio "
        "parser could read files and use the network. Limits on memory, time and open files still apply."
    )
    return [Warning(message, hint="Run on Linux, on x86-64 or ARM64.", id="voices.W004")]


def private_paths() -> Iterator[Path]:
    """Yield the database and the folders of recordings, secrets and uploads; the static files are public anyway."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        database = Path(settings.DATABASES["default"]["NAME"])
        yield from (database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm"))
    if settings.STORAGES["default"]["BACKEND"].endswith("FileSystemStorage"):
        yield Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    yield from (settings.DATA_DIR / name for name in ("secrets", "tmp", "sandbox"))


def check_private_files(
    *, find: Callable[[], Iterable[Path]] = private_paths, **options: Any
) -> list[CheckMessage]:
    """Check that other users of the machine cannot read the data; what an older version made may be open to them."""
    readable = [path for path in find() if _is_open_to_others(path)]
    if not readable:
        return []
    return [
        Warning(
            f"Other users of this machine can read {', '.join(map(str, readable))}.",
            hint=f"Run: chmod -R go= {shlex.join(map(str, readable))}",
            id="voices.W005",
        )
    ]


def _is_open_to_others(path: Path) -> bool:
    """Whether the path exists and its mode, and those of all folders above, let other users read it."""
    if not path.exists() or not path.stat().st_mode & 0o004:
        return False
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def check_company_login(**options: Any) -> list[CheckMessage]:
    """Check the company's login: https, as its answers open accounts, and all that it needs."""
    if not settings.OIDC_ISSUER:
        return []
    wrong = []
    parts = urlsplit(settings.OIDC_ISSUER)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        wrong.append(
            (
                "VOICESTUDIO_OIDC_ISSUER is not https, so anyone between here and there could log in.",
                "Use https.",
            )
        )
    if not (settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET):
        hint = "Set VOICESTUDIO_OIDC_CLIENT_ID and VOICESTUDIO_OIDC_CLIENT_SECRET."
        wrong.append(("The company's login has no client ID or no client secret.", hint))
    return [Error(message, hint=hint, id="voices.E003") for message, hint in wrong]


def check_unfinished_restore(**options: Any) -> list[CheckMessage]:
    """Check that no restore was killed: what it has left is empty or whole, and only running it again knows which."""
    if not (settings.DATA_DIR / UNFINISHED_RESTORE).exists():
        return []
    message = "A restore of a backup was started here and not finished."
    return [Error(message, hint="Run manage.py restore again, with the same file.", id="voices.E004")]


def check_metrics_token(**options: Any) -> list[CheckMessage]:
    """Check that the token of /metrics cannot be guessed: anybody may try there as often as they like."""
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= MIN_TOKEN:
        return []
    message = "VOICESTUDIO_METRICS_TOKEN is short enough to guess."
    hint = f"Use at least {MIN_TOKEN} random characters."
    return [Warning(message, hint=hint, id="voices.W006")]


CHECKS = (
    check_unfinished_restore,
    check_metrics_token,
    check_company_login,
    check_althea_address,
    check_storage,
    check_public_without_https,
    check_shared_cache,
    check_confinement,
    check_private_files,
)
