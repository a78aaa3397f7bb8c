"""Static files, and the storage of recordings and previews."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

from voicestudio.settings.environment import BASE_DIR, DATA_DIR, UPLOAD_DIR, env

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ROOT = BASE_DIR / "static" / "root"  # what browsers and crawlers ask for at fixed addresses
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"


def storage(url: str) -> dict[str, Any]:
    """Return the storage of recordings and previews: a folder or s3://bucket/prefix?endpoint_url=...&region_name=..."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        options: dict[str, Any] = {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "default_acl": None,
        }
        return {
            "BACKEND": "voices.actions.s3.S3",
            "OPTIONS": options | dict(parse_qsl(parts.query)),
        }
    if parts.scheme not in {"", "file"}:
        raise ImproperlyConfigured("VOICESTUDIO_STORAGE_URL is neither a folder nor an s3:// URL.")
    options = {"location": parts.path or str(MEDIA_ROOT), "file_permissions_mode": 0o600}
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


STORAGES = {
    "default": storage(env.str("STORAGE_URL", "")),
    "staticfiles": {"BACKEND": "voices.web.static.HashedStaticFiles"},
}
# With less than this left on a disk, /readyz says so.
MIN_FREE_MB = env.int("MIN_FREE_MB", 200)
# Temporary files are on the same disk as the storage, so that storing a sample is a rename, not a copy.
FILE_UPLOAD_TEMP_DIR = UPLOAD_DIR
FILE_UPLOAD_HANDLERS = ["voices.web.clone.uploads.HashingUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # larger request bodies are kept on disk
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20  # each is an open file; a page without script sends up to 10
