"""The clone form: its file is streamed to disk, its fields are kept in memory."""

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from voices.sandbox.messages import ApiError, Request
from voices.sandbox.multipart import (
    MultipartError,
    MultipartParser,
    PartData,
    PartEnd,
    PartStart,
    boundary_of,
)

FILE_LIMIT = 10_000_000  # the stricter reading of "10 MB": it exposes clients that rely on the looser one
FIELD_LIMIT = 65_536
BODY_LIMIT = 11_000_000

MP3_BIT_RATES = {  # kbit/s by (MPEG 1?, index), Layer III: ISO 11172-3 table, 13818-3 table
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
SEARCHED = 65_536  # where the first MP3 frame is searched, after the tags


@dataclass
class CloneForm:
    """The content of a clone request; the file at `path` is exactly as sent."""

    path: Path
    fields: dict[str, str] = field(default_factory=dict)
    filename: str | None = None
    size: int = 0
    has_file: bool = False
    is_text: bool = False  # a part called "file" was sent as plain text


class _Receiver:
    """Stores parser events in the form and its file."""

    def __init__(self, form: CloneForm, file: BinaryIO) -> None:
        self.form = form
        self._file = file
        self._part: PartStart | None = None
        self._text = bytearray()

    def take(self, event: PartStart | PartData | PartEnd) -> None:
        if isinstance(event, PartStart):
            self._start(event)
        elif isinstance(event, PartData):
            self._data(event.data)
        else:
            self._end()

    def _start(self, part: PartStart) -> None:
        self._part = part
        self._text.clear()
        if part.filename is not None and part.name == "file":  # the last file wins, as in Django
            self.form.has_file, self.form.filename, self.form.size = True, part.filename, 0
            self._file.seek(0)
            self._file.truncate()

    def _data(self, data: bytes) -> None:
        part = self._part
        if part is not None and part.filename is None:
            self._text += data[: FIELD_LIMIT + 1 - len(self._text)]
        elif part is not None and part.name == "file":
            self.form.size += len(data)
            if self.form.size <= FILE_LIMIT:
                self._file.write(data)

    def _end(self) -> None:
        part, self._part = self._part, None
        if part is None or part.filename is not None:
            return
        if part.name == "file":
            self.form.is_text = True
        self.form.fields[part.name] = self._text.decode("utf-8", "replace")


async def read_clone_form(request: Request, folder: Path) -> CloneForm:
    """Stream a multipart body to `folder`; the caller owns the file. Raise ApiError 400 or 413."""
    form = CloneForm(folder / f"{uuid.uuid4()}.part")
    try:
        with form.path.open("wb") as file:
            await _receive(request, _Receiver(form, file))
        await request.ready()
        _refuse_large(form, request)
    except BaseException:
        form.path.unlink(missing_ok=True)
        raise
    return form


async def _receive(request: Request, receiver: _Receiver) -> None:
    try:
        parser = MultipartParser(boundary_of(request.header("content-type") or ""))
        async for piece in request.stream():
            for event in parser.feed(piece):
                receiver.take(event)
        parser.finish()
    except MultipartError as exc:
        await request.drain()
        raise ApiError(400, {"detail": f"Multipart form parse error - {exc}"}) from exc


def _refuse_large(form: CloneForm, request: Request) -> None:
    if form.size > FILE_LIMIT or request.body_bytes > BODY_LIMIT:
        raise ApiError(413, {"detail": "Request body too large."})


def sample_type(path: Path) -> str | None:
    """Return `audio/wav` or `audio/mpeg` by content; None for anything else."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
            return "audio/wav"
        file.seek(_tag_length(head))
        return "audio/mpeg" if _has_two_frames(file.read(SEARCHED)) else None


def _tag_length(head: bytes) -> int:
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | (byte & 0x7F)
    return size + 10


def _has_two_frames(data: bytes) -> bool:
    at = data.find(b"\xff")
    while at >= 0:
        length = _frame_length(data[at : at + 4])
        if length and _frame_length(data[at + length : at + length + 4]):
            return True
        at = data.find(b"\xff", at + 1)
    return False


def _frame_length(header: bytes) -> int:
    """Return the size of the Layer III frame with this header; 0 if it is not one."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, rate_index = header[1] >> 3 & 3, header[2] >> 2 & 3
    bit_rate = MP3_BIT_RATES[version == 3][header[2] >> 4]
    if version not in MP3_RATES or rate_index == 3 or not bit_rate:
        return 0
    samples = 144 if version == 3 else 72
    return samples * bit_rate * 1000 // MP3_RATES[version][rate_index] + (header[2] >> 1 & 1)
