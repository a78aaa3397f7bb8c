"""An archive is what was written, or an ArchiveError says in a sentence what is wrong with it."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from voices.kit.archives import MANIFEST, SIGNATURE, Archive, ArchiveError, ArchiveWriter, Throttle

FILES = {"database/rows.copy": b"1\tMarlene\n", "files/samples/a b.wav": b"RIFF" * 5_000, "files/empty": b""}
Break = Callable[[bytes], bytes]


def sign(digest: str) -> str:
    return f"signed {digest}"


def verify(digest: str, signature: str) -> None:
    if signature != sign(digest):
        raise ArchiveError("It is not signed by us.")


def write(path: Path) -> bytes:
    """Write an archive of the files. Return its bytes."""
    with path.open("wb") as file:
        archive = ArchiveWriter(file, throttle=Throttle(share=0.5))
        for name, content in FILES.items():
            archive.add(name, io.BytesIO(content), len(content))
        archive.finish({"version": "1"}, sign)
    return path.read_bytes()


def read(path: Path) -> dict[str, bytes]:
    with path.open("rb") as file:
        archive = Archive.open(file, verify)
        archive.check()
        return {name: b"".join(archive.pieces(name)) for name in archive.members}


def refusal(path: Path) -> str:
    with pytest.raises(ArchiveError) as refused:
        read(path)
    return str(refused.value)


def test_archive_gives_back_what_was_written(tmp_path: Path) -> None:
    write(tmp_path / "a.tar")
    assert read(tmp_path / "a.tar") == FILES
    with tarfile.open(tmp_path / "a.tar") as tar:  # as any other tool sees it
        assert tar.getnames() == [*FILES, MANIFEST, SIGNATURE]


def test_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    with (tmp_path / "a.tar").open("wb") as file:
        archive = ArchiveWriter(file, throttle=Throttle(share=0.5))
        with pytest.raises(OSError, match="end of data"):
            archive.add("files/short", io.BytesIO(b"12"), 3)


@pytest.mark.parametrize("length", [0, 100, 512, 700, 10_000, 21_504, 22_528, 23_552])
def test_archive_that_is_cut_off_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.tar"
    content = write(path)
    assert length < len(content) - 1024
    path.write_bytes(content[:length])
    assert refusal(path).startswith(("It's incomplete", "It isn't a Voice Studio backup."))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            lambda content: content.replace(b"Marlene", b"Marlena"),
            "the SHA-256 of database/rows.copy",
        ),
        (lambda content: content.replace(b'"version": "1"', b'"version": "2"'), "not signed by us"),
        (lambda content: content.replace(b"signed ", b"Signed "), "not signed by us"),
        (lambda content: content[:1600] + b"\xff" * 400 + content[2000:], "doesn't match"),
        (lambda content: b"PK\x03\x04" + content[4:], "isn't a Voice Studio backup"),
        (lambda content: b"\x1f\x8b" + b"\0" * 9_000, "isn't a Voice Studio backup"),
    ],
)
def test_archive_that_was_changed_is_refused(tmp_path: Path, changed: Break, said: str) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(changed(write(path)))
    assert said in refusal(path)


def make_member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, link, size
    return member


@pytest.mark.parametrize(
    "member",
    [
        make_member("files/../../etc/passwd"),
        make_member("/etc/passwd"),
        make_member("files/./a"),
        make_member("files//a"),
        make_member("files/a\\b"),
        make_member("readme.txt"),
        make_member("files/link", tarfile.SYMTYPE, "/etc/passwd"),
        make_member("files/link", tarfile.LNKTYPE, "files/a"),
        make_member("files/device", tarfile.CHRTYPE),
        make_member("files/folder", tarfile.DIRTYPE),
        make_member("files/holes", tarfile.GNUTYPE_SPARSE),
        make_member("files/huge", size=10**12),
    ],
    ids=lambda member: f"{member.name}-{member.type.decode()}",
)
def test_archive_with_anything_but_plain_files_is_refused(tmp_path: Path, member: tarfile.TarInfo) -> None:
    path = tmp_path / "a.tar"
    with path.open("wb") as file:
        file.write(member.tobuf() + b"\0" * 10_240)
    assert refusal(path).startswith(("It isn't a Voice Studio backup", "It's incomplete"))


def test_archive_with_a_file_too_many_or_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    content = write(path)
    path.write_bytes(make_member("files/more").tobuf() + content)
    assert "don't match its manifest" in refusal(path)
    path.write_bytes(content[: content.index(b"database/rows.copy") + 1024] + content)
    assert "twice" in refusal(path)


def test_pace_rests_as_long_as_it_worked() -> None:
    pauses: list[float] = []
    throttle = Throttle(share=0.5, sleep=pauses.append)
    for _ in range(3):
        throttle.pause()
    assert len(pauses) == 3
    assert all(0 <= rest < 0.5 for rest in pauses)
