"""Responses with stored audio: byte ranges, ETags, and headers that prevent it from being treated as a page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header, quote_etag

from voices.actions.files import open_file, read_file
from voices.kit.ranges import ByteRange, UnsatisfiableRangeError, parse_range
from voices.web.streams import streamed

# A part is read into memory, at most the size of the largest preview. Players request an open range, take what they
# get and request the rest.
PART_BYTES = 12_000_000
BLOCK_BYTES = 256 * 1024
# The bytes come from outside: whatever they are, browsers must treat them as audio, never as a page.
HEADERS = {
    "Accept-Ranges": "bytes",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Cookie",
}


@dataclass(frozen=True)
class StoredAudio:
    """A stored file, and the properties of its response. `cache` is its Cache-Control."""

    file: FieldFile
    size_bytes: int
    content_type: str
    etag: str
    filename: str
    cache: str
    is_download: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every answer."""
        disposition = content_disposition_header(self.is_download, self.filename) or "inline"
        own = {"ETag": quote_etag(self.etag), "Content-Disposition": disposition, "Cache-Control": self.cache}
        return HEADERS | own


class AudioResponse(HttpResponse):
    """A file or a part of it; `is_beginning` if it holds the first byte. `after_sending` is called when it was sent."""

    is_beginning = True
    after_sending: Callable[[], object] = staticmethod(lambda: None)

    def close(self) -> None:
        """Call `after_sending`."""
        try:
            self.after_sending()
        finally:
            super().close()


def answer(request: HttpRequest, audio: StoredAudio) -> HttpResponse:
    """Return the file, or the part of it that the request asks for. Raise MissingFileError, StorageError."""
    if audio.etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=audio.headers)
    try:
        part = _part(request, audio)
    except UnsatisfiableRangeError as problem:
        return HttpResponse(status=416, headers={"Content-Range": problem.content_range})
    length = part.length if part else audio.size_bytes
    if request.method == "HEAD":
        return HttpResponse(
            headers=audio.headers | {"Content-Length": str(length)}, content_type=audio.content_type
        )
    if part is None and length > PART_BYTES:
        return streamed(request, _blocks(audio.file), content_type=audio.content_type, headers=audio.headers)
    return _piece(audio, part)


def _part(request: HttpRequest, audio: StoredAudio) -> ByteRange | None:
    # If-Range: a player that holds the first half of an older file gets the whole new one.
    if request.headers.get("If-Range", audio.etag) != audio.etag:
        return None
    part = parse_range(request.headers.get("Range"), size=audio.size_bytes)
    return ByteRange(part.start, min(part.end, part.start + PART_BYTES - 1)) if part else None


def _piece(audio: StoredAudio, part: ByteRange | None) -> AudioResponse:
    start, length = (part.start, part.length) if part else (0, audio.size_bytes)
    headers = audio.headers
    if part:
        headers["Content-Range"] = part.content_range(audio.size_bytes)
    content = read_file(audio.file, start=start, length=length)
    response = AudioResponse(
        content, headers=headers, content_type=audio.content_type, status=206 if part else 200
    )
    response.is_beginning = start == 0
    return response


def _blocks(field: FieldFile) -> Iterator[bytes]:
    with open_file(field) as file:
        while block := file.read(BLOCK_BYTES):
            yield block
