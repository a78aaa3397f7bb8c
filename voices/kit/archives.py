"""An archive: many files in one, with the SHA-256 of each in a signed manifest.

It is an uncompressed tar, as recordings do not compress, so any tool can read it. The manifest and its signature are
the last two members, so a truncated archive has none. `Archive.open` trusts nothing: other kinds of members, names
outside the archive and sizes beyond the file raise ArchiveError.
"""

import hashlib
import json
import os
import re
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Self

UNFINISHED_RESTORE = "restore.unfinished"  # in the data folder: nothing starts while it is there
MANIFEST, SIGNATURE = "manifest.json", "manifest.signature"
SYNC_BYTES = 8 * 1024 * 1024
MANIFEST_BYTES = 500_000_000  # about 150 per file; a larger one is not ours
PIECE_BYTES = 256 * 1024
NAME = re.compile(r"(?:database|files)/[^\\\x00-\x1f]+")

Sign = Callable[[str], str]
Verify = Callable[[str, str], None]


class ArchiveError(Exception):
    """The archive cannot be used; the message is a sentence for people."""


class Throttle:
    """Pauses work now and then, so that other processes get their share of the machine."""

    def __init__(self, *, share: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._pause_per_second = (1 - share) / share
        self._sleep = sleep
        self._since = time.monotonic()

    def pause(self) -> None:
        """Sleep in proportion to the time since the last pause, for at most a second."""
        worked = time.monotonic() - self._since
        self._sleep(min(1.0, worked * self._pause_per_second))
        self._since = time.monotonic()


@dataclass(frozen=True)
class Member:
    """A file's entry in the manifest."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Location:
    """The location of a member's content in the archive."""

    offset: int
    size: int


class ArchiveWriter:
    """Writes an archive to a file that is open for writing."""

    def __init__(self, file: BinaryIO, *, throttle: Throttle) -> None:
        self._file = file
        self._throttle = throttle
        self._tar = tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT)  # noqa: SIM115  # closed by `finish`
        self._unsynced = 0
        self.members: dict[str, Member] = {}

    def add(self, name: str, content: BinaryIO, size: int) -> None:
        """Copy that many bytes. Raise OSError, also if there are fewer."""
        header, digest = tarfile.TarInfo(name), hashlib.sha256()
        header.size, header.mode = size, 0o600
        self._tar.addfile(header, _Reading(content, digest.update, self._copied))
        _clear_member_list(self._tar)
        self.members[name] = Member(size, digest.hexdigest())

    def finish(self, facts: Mapping[str, Any], sign: Sign) -> None:
        """Write the manifest and what `sign` makes of its SHA-256, and have all of it on the disk."""
        members = {name: [one.size, one.sha256] for name, one in self.members.items()}
        manifest = json.dumps({**facts, "members": members}, indent=1).encode()
        signature = sign(hashlib.sha256(manifest).hexdigest()).encode()
        for name, content in ((MANIFEST, manifest), (SIGNATURE, signature)):
            header = tarfile.TarInfo(name)
            header.size, header.mode = len(content), 0o600
            self._tar.addfile(header, _Bytes(content))
        self._tar.close()
        self._sync()

    def _copied(self, count: int) -> None:
        self._unsynced += count
        if self._unsynced >= SYNC_BYTES:
            self._sync()
            self._throttle.pause()

    def _sync(self) -> None:
        # In steps: a single sync at the end would delay all concurrent commits.
        self._file.flush()
        os.fsync(self._file.fileno())
        drop_page_cache(self._file.fileno())
        self._unsynced = 0


def drop_page_cache(descriptor: int) -> None:
    """Drop the file from the page cache, which others need more."""
    if hasattr(os, "posix_fadvise"):  # not on macOS
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _clear_member_list(tar: tarfile.TarFile) -> None:
    """Clear the list of members that `tarfile` keeps: half a gigabyte for 300,000 files."""
    tar.members.clear()  # type: ignore[attr-defined]  # the types have only getmembers(), which reads to the end


class _Reading:
    """A file whose reads are observed."""

    def __init__(self, file: BinaryIO, see: Callable[[bytes], None], count: Callable[[int], None]) -> None:
        self._file, self._see, self._count = file, see, count

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        piece = self._file.read(size)
        self._see(piece)
        self._count(len(piece))
        return piece


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self._left = content

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        piece, self._left = self._left[:size], self._left[size:]
        return piece


class Archive:
    """An archive whose members match the signed manifest; `check` compares their content, too."""

    def __init__(self, file: BinaryIO, found: dict[str, _Location], facts: dict[str, Any]) -> None:
        self._file = file
        self._found = found
        members: dict[str, list[Any]] = facts.pop("members")
        self.members = {name: Member(size, sha256) for name, (size, sha256) in members.items()}
        self.facts = facts

    @classmethod
    def open(cls, file: BinaryIO, verify: Verify) -> Self:
        """Read the list and the manifest, whose SHA-256 and signature `verify` gets. Raise ArchiveError."""
        found = _list(file)
        if list(found)[-2:] != [MANIFEST, SIGNATURE]:
            raise ArchiveError("It's incomplete: the manifest at its end is missing.")
        manifest, signature = (_content(file, found.pop(name)) for name in (MANIFEST, SIGNATURE))
        verify(hashlib.sha256(manifest).hexdigest(), signature.decode("ascii", "replace"))
        archive = cls(file, found, json.loads(manifest))
        listed = {name: member.size for name, member in archive.members.items()}
        if {name: place.size for name, place in found.items()} != listed:
            raise ArchiveError("It has been changed: its files don't match its manifest.")
        return archive

    def check(self) -> None:
        """Compare every file with its SHA-256. Raise ArchiveError."""
        for name in self.members:
            for _ in self.pieces(name):
                pass

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a file's content. Raise ArchiveError at its end if the SHA-256 differs."""
        digest = hashlib.sha256()
        for piece in _pieces(self._file, self._found[name]):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != self.members[name].sha256:
            raise ArchiveError(f"It's damaged: the SHA-256 of {name} doesn't match.")


def _list(file: BinaryIO) -> dict[str, _Location]:
    """Return where the members are, in their order. Raise ArchiveError."""
    found, length = dict[str, _Location](), os.fstat(file.fileno()).st_size
    try:
        with tarfile.open(fileobj=file, mode="r:", errorlevel=2) as tar:
            while member := tar.next():
                _clear_member_list(tar)
                _check_member(member, length)
                if member.name in found:
                    raise ArchiveError(f"It isn't a Voice Studio backup: it has {member.name!r} twice.")
                found[member.name] = _Location(member.offset_data, member.size)
    except (tarfile.TarError, ValueError, EOFError) as problem:
        what = f"It's incomplete or damaged ({problem})." if found else "It isn't a Voice Studio backup."
        raise ArchiveError(what) from problem
    return found


def _check_member(member: tarfile.TarInfo, length: int) -> None:
    if member.offset_data + member.size > length:
        raise ArchiveError("It's incomplete.")
    path = PurePosixPath(member.name)
    is_known = member.name in {MANIFEST, SIGNATURE} or bool(NAME.fullmatch(member.name))
    is_plain = member.type == tarfile.REGTYPE and member.sparse is None
    if not (is_known and is_plain) or ".." in path.parts or str(path) != member.name:
        raise ArchiveError(f"It isn't a Voice Studio backup: it has {member.name[:100]!r}.")


def _content(file: BinaryIO, place: _Location) -> bytes:
    if place.size > MANIFEST_BYTES:
        raise ArchiveError("It isn't a Voice Studio backup: its manifest is too large.")
    return b"".join(_pieces(file, place))


def _pieces(file: BinaryIO, place: _Location) -> Iterator[bytes]:
    position, left = place.offset, place.size
    while left:
        file.seek(position)  # each time: several files may be read in turn
        piece = file.read(min(PIECE_BYTES, left))
        if not piece:
            raise ArchiveError("It's incomplete.")
        position, left = position + len(piece), left - len(piece)
        yield piece
