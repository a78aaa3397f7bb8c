"""Uploads, hashed while they are written to disk and never wholly in memory."""

import hashlib
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest


class HashingUploadHandler(TemporaryFileUploadHandler):
    """An upload handler that writes each file to the temporary folder and computes its SHA-256."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start a file and its hash."""
        super().new_file(*args, **kwargs)
        self.digest = hashlib.sha256()
        if self.request is not None:
            _close_with(self.request, self.file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write and hash a chunk."""
        self.digest.update(raw_data)
        super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        """Return the file with its `sha256` as an attribute."""
        file = super().file_complete(file_size)
        if file is not None:
            file.sha256 = self.digest.hexdigest()  # type: ignore[attr-defined]  # read by `received`
        return file


def _close_with(request: HttpRequest, file: TemporaryUploadedFile) -> None:
    # Django closes finished files only: one interrupted by a malformed body would stay on disk for as long as
    # anything, such as a log record, holds its frame.
    close_others = request.close

    def close() -> None:
        close_others()
        file.close()

    request.close = close  # type: ignore[method-assign]  # called by the handler after the response


def received(file: "UploadedFile[Any]") -> tuple[TemporaryUploadedFile, str]:
    """Return a file that came through the handler and its SHA-256. Raise TypeError for any other."""
    digest = getattr(file, "sha256", None)
    if not isinstance(file, TemporaryUploadedFile) or not isinstance(digest, str):
        raise TypeError("this file did not come through HashingUploadHandler")
    return file, digest
