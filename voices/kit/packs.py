"""A voice pack: voices with their recordings in one zip, whose last member lists every file with its SHA-256.

The writer streams the zip. The reader trusts nothing: it checks the zip's own sizes before `zipfile` parses it, and
compares every byte with the manifest before anything is used.
"""

import hashlib
import json
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Self

FORMAT, VERSION = "voice-studio-pack", 1
MANIFEST = "manifest.json"
PACK_BYTES = 300_000_000  # of the zip, and of its content in total
FILE_BYTES = 60_000_000  # of one file in it: an uploaded recording has at most 50 MB
MANIFEST_BYTES = 5_000_000
MAX_FILES = 500
MAX_RATIO = 100  # the highest compression ratio accepted; our own recordings are not compressed
PIECE_BYTES = 256 * 1024

_NAME = re.compile(r"files/[a-z0-9]+(?:[.-][a-z0-9]+)*")
_END = struct.Struct("<4s4H2LH")  # the end of a zip's directory, without a comment
_END_MAGIC, _ZIP64_MAGIC, _ZIP64_BYTES = b"PK\x05\x06", b"PK\x06\x07", 20
_HEADER_BYTES = 30  # of a member, before its name
_DIRECTORY_BYTES = MAX_FILES * 400
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)
NO_PACK = "This isn't a voice pack. A pack is a zip file exported from Voice Studio."
CUT_OFF = "This pack is incomplete. Download it again, or export it again."
DAMAGED = "This pack is damaged: {name} isn't what was exported. Export it again."
UNKNOWN_FILE = "This isn't a valid voice pack: it has a file called “{name}”."
LEADS_OUT = "This pack was refused: the path of its file “{name}” leads outside the pack."
TWICE = "This pack was refused: it has the file “{name}” twice."
LINK = "This pack was refused: “{name}” isn't a regular file."
LOCKED = "This pack was refused: “{name}” is encrypted."
BOMB = "This pack was refused: unpacked, it would be much larger than it says, or than a pack may be."
TOO_MANY = f"This pack was refused: it has more than {MAX_FILES} files."
OTHER_FILES = "This pack was changed: its files don't match its manifest."
NEWER = "This pack was made by a newer Voice Studio (format {version}). Update this one, then import it."
BAD_MANIFEST = "This isn't a voice pack: its manifest can't be read."


class PackError(Exception):
    """The file cannot be imported; the message is a sentence for people."""


class _Sink:
    """An unseekable file for `zipfile`, whose content is taken out piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: nothing is buffered."""

    def taken(self) -> bytes:
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content


class PackWriter:
    """Writes a pack. The concatenated output of its methods is the zip."""

    def __init__(self, made_at: datetime) -> None:
        self._at = made_at.timetuple()[:6]
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w")  # type: ignore[call-overload]  # see `finish`
        self.files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, content: BinaryIO) -> Iterator[bytes]:
        """Copy a file. Raise OSError."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(zipfile.ZipInfo(name, self._at), "w") as member:
            while piece := content.read(PIECE_BYTES):
                digest.update(piece)
                size += len(piece)
                member.write(piece)
                yield self._sink.taken()
        self.files[name] = {"size": size, "sha256": digest.hexdigest()}

    def finish(self, facts: Mapping[str, Any]) -> Iterator[bytes]:
        """Write the manifest: these facts, and the files."""
        manifest = {"format": FORMAT, "version": VERSION, **facts, "files": self.files}
        content = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False).encode()
        info = zipfile.ZipInfo(MANIFEST, self._at)
        info.compress_type = zipfile.ZIP_DEFLATED
        self._zip.writestr(info, content)
        self._zip.close()
        yield self._sink.taken()


@dataclass(frozen=True)
class Pack:
    """An open pack. `facts` is its manifest."""

    zip: zipfile.ZipFile
    facts: dict[str, Any]

    @classmethod
    def open(cls, file: BinaryIO) -> Self:
        """Read the list of files and the manifest, and compare both. Raise PackError."""
        _check_end(file)
        with _refused():
            archive = zipfile.ZipFile(file)
            members = archive.infolist()
        _check_members(members)
        facts = _read_manifest(archive)
        listed = {name: one["size"] for name, one in facts["files"].items()}
        if {one.orig_filename: one.file_size for one in members if one.filename != MANIFEST} != listed:
            raise PackError(OTHER_FILES)
        return cls(archive, facts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.zip.close()

    def check(self) -> None:
        """Compare every file with its SHA-256. Raise PackError."""
        for name in self.facts["files"]:
            for _ in self.pieces(name):
                pass

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a file's content. Raise PackError, at its end at the latest, if it differs from the manifest."""
        listed, digest = self.facts["files"][name], hashlib.sha256()
        with _refused(name), self.zip.open(name) as member:
            while piece := member.read(PIECE_BYTES):
                digest.update(piece)
                yield piece
        if digest.hexdigest() != listed["sha256"]:
            raise PackError(DAMAGED.format(name=name))

    def content(self, name: str) -> bytes:
        """Return a small file's content. Raise PackError."""
        return b"".join(self.pieces(name))


@contextmanager
def _refused(name: str = "") -> Iterator[None]:
    """Raise PackError for whatever `zipfile` finds wrong."""
    try:
        yield
    except _DAMAGE as problem:
        raise PackError(DAMAGED.format(name=name) if name else NO_PACK) from problem


def _check_end(file: BinaryIO) -> None:
    """Check the end of the zip, which determines how much `zipfile` reads into memory. Raise PackError."""
    size = file.seek(0, os.SEEK_END)
    if size > PACK_BYTES:
        raise PackError(f"This file is larger than {PACK_BYTES // 1_000_000} MB, the limit for a pack.")
    file.seek(0)
    begins_like_a_zip = file.read(4) == b"PK\x03\x04"
    file.seek(max(0, size - _END.size - _ZIP64_BYTES))
    tail = file.read()
    if size < _END.size + _ZIP64_BYTES or tail[_ZIP64_BYTES:][:4] != _END_MAGIC:
        raise PackError(CUT_OFF if begins_like_a_zip else NO_PACK)
    _, disk, first_disk, here, count, length, start, comment = _END.unpack(tail[-_END.size :])
    if tail.startswith(_ZIP64_MAGIC) or disk or first_disk or here != count or comment:
        raise PackError(NO_PACK)
    if count > MAX_FILES or length > _DIRECTORY_BYTES:
        raise PackError(TOO_MANY)
    if start + length + _END.size != size:
        raise PackError(NO_PACK)


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    seen = set[str]()
    for one in members:
        _check_member(one)
        if one.orig_filename in seen:
            raise PackError(TWICE.format(name=_shown(one)))
        seen.add(one.orig_filename)
    if MANIFEST not in seen:
        raise PackError(NO_PACK)
    _check_sizes(members)


def _check_member(one: zipfile.ZipInfo) -> None:
    name, mode = one.orig_filename, one.external_attr >> 16
    if re.match(r"[/\\]|[A-Za-z]:", name) or ".." in re.split(r"[/\\]", name):
        raise PackError(LEADS_OUT.format(name=_shown(one)))
    if name != MANIFEST and not _NAME.fullmatch(name):
        raise PackError(UNKNOWN_FILE.format(name=_shown(one)))
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise PackError(LINK.format(name=_shown(one)))
    if one.flag_bits & 0x1:
        raise PackError(LOCKED.format(name=_shown(one)))
    if one.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise PackError(UNKNOWN_FILE.format(name=_shown(one)))


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    """Raise PackError for a zip bomb: too much in all, packed too tightly, or members that share their bytes."""
    if sum(one.file_size for one in members) > PACK_BYTES:
        raise PackError(BOMB)
    end = 0
    for one in sorted(members, key=lambda one: one.header_offset):
        most = MANIFEST_BYTES if one.filename == MANIFEST else FILE_BYTES
        if one.file_size > min(most, 1_000 + MAX_RATIO * one.compress_size) or one.header_offset < end:
            raise PackError(BOMB)
        end = one.header_offset + _HEADER_BYTES + len(one.orig_filename) + one.compress_size


def _shown(one: zipfile.ZipInfo) -> str:
    """Return a member's name, sanitised for a message."""
    return "".join(char if char.isprintable() else "?" for char in one.orig_filename)[:80]


def _read_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    with _refused(MANIFEST), archive.open(MANIFEST) as member:
        content = member.read(MANIFEST_BYTES + 1)
    try:
        facts = json.loads(content)
        text = json.dumps(facts, ensure_ascii=False, allow_nan=False)
        text.encode()  # databases cannot store lone surrogates
    except (ValueError, RecursionError) as problem:
        raise PackError(BAD_MANIFEST) from problem
    if not isinstance(facts, dict) or facts.get("format") != FORMAT or "\\u0000" in text:
        raise PackError(BAD_MANIFEST)
    version = facts.get("version")
    if isinstance(version, int) and version > VERSION:
        raise PackError(NEWER.format(version=str(version)[:20]))
    if version != VERSION or not _are_files(facts.get("files")):
        raise PackError(BAD_MANIFEST)
    return facts


def _are_files(files: object) -> bool:
    return isinstance(files, dict) and all(
        isinstance(one, dict) and type(one.get("size")) is int and isinstance(one.get("sha256"), str)
        for one in files.values()
    )
