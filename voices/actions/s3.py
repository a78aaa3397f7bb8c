"""Storage in S3 with a deadline for every call; errors are raised as OSError, like those of a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

# Pages wait for these calls: two attempts take less than ten seconds, whatever hangs (measured: 7 to 9.2).
DEADLINES = Config(connect_timeout=3, read_timeout=3.5, retries={"total_max_attempts": 2, "mode": "standard"})
# By default a body that breaks off is requested five times.
ONE_TRY = TransferConfig(num_download_attempts=1, use_threads=False)


@contextmanager
def _os_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError, RetriesExceededError) as problem:
        raise OSError(f"S3: {problem}") from problem


class S3(S3Storage):
    """The storage of django-storages, with deadlines."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"transfer_config": ONE_TRY} | options)  # type: ignore[no-untyped-call]  # has no types
        self.client_config = self.client_config.merge(DEADLINES)  # type: ignore[has-type]  # has no types

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with _os_errors():
            file: File[bytes] = super()._open(name, mode)  # type: ignore[no-untyped-call]  # has no types
            try:
                file.open()  # fetches the whole of it here, not at the first read
            except BaseException:
                file.close()
                raise
        return file

    def _save(self, name: str, content: "File[bytes]") -> str:
        with _os_errors():
            saved: str = super()._save(name, content)  # type: ignore[no-untyped-call]  # has no types
        return saved

    def delete(self, name: str) -> None:
        """Delete the file. Raise OSError if S3 does not answer."""
        with _os_errors():
            super().delete(name)  # type: ignore[no-untyped-call]  # has no types

    def exists(self, name: str) -> bool:
        """Whether the file is there. Raise OSError if S3 does not answer."""
        with _os_errors():
            return bool(super().exists(name))  # type: ignore[no-untyped-call]  # has no types

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        """Return the folders and files in a folder. Raise OSError if S3 does not answer."""
        with _os_errors():
            folders, files = super().listdir(name)  # type: ignore[no-untyped-call]  # has no types
        return folders, files
