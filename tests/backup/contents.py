"""What an installation has: its rows and files, as digests that can be compared between processes."""

import hashlib

from django.apps import apps
from django.core.files.storage import default_storage

from voices.models import PreviewFile, Sample

LEFT_OUT = {"sessions.session", "usersessions.usersession"}


def rows() -> dict[str, str]:
    """Return the number and a digest of all rows, by model."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label_lower not in LEFT_OUT:
            lines = sorted(
                repr([_plain(value) for value in row]) for row in model._base_manager.values_list()
            )
            digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
            found[model._meta.label_lower] = f"{len(lines)} {digest}"
    return found


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def files() -> dict[str, str]:
    """Return the SHA-256 of every file that a row names; "" of one that is not there."""
    named = [
        *Sample.objects.values_list("file", flat=True),
        *Sample.objects.values_list("original", flat=True),
    ]
    named += PreviewFile.objects.values_list("file", flat=True)
    return {path: _sha256(path) for path in named if path}


def _sha256(path: str) -> str:
    if not default_storage.exists(path):
        return ""
    with default_storage.open(path) as file:
        return hashlib.sha256(file.read()).hexdigest()


def wrong_files() -> list[str]:
    """Return the recordings whose file is not what their row says."""
    return [str(one.pk) for one in Sample.objects.all() if _sha256(str(one.file.name)) != one.sha256]


def everything() -> dict[str, object]:
    """Return all of it."""
    ids = [str(pk) for pk in Sample.objects.values_list("pk", flat=True)]
    return {"rows": rows(), "files": files(), "ids": ids, "wrong": wrong_files()}
