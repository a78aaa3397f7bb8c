"""A disk of 200 kB, for what happens when it is full."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

SIZE = 200_000


class FullStorage(FileSystemStorage):
    """A folder that takes no file larger than the small disk: what a test uses where it may not mount one."""

    def _save(self, name: str, content: "File[Any]") -> str:
        if content.size > SIZE:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super()._save(name, content)


@contextmanager
def small_disk(folder: Path) -> Iterator[dict[str, Any]]:
    """The settings of a storage on a disk of 200 kB, mounted at the folder."""
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))
    is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    backend = "django.core.files.storage.FileSystemStorage" if is_mounted else f"{__name__}.FullStorage"
    try:
        yield {"BACKEND": backend, "OPTIONS": {"location": str(folder)}}
    finally:
        if is_mounted:
            subprocess.run(("umount", str(folder)), check=True)
