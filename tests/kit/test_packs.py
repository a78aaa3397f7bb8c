"""Packs that are not what they seem: each is refused with a sentence, before anything of it is used."""

import io
import json
import stat
import struct
import warnings
import zipfile
from typing import Any

import pytest

from tests.packs import pack_bytes, voice_facts, zip_bytes
from voices.kit import packs
from voices.kit.packed_voices import read_voices
from voices.kit.packs import MANIFEST, PACK_BYTES, Pack, PackError

GOOD = pack_bytes(voice_facts(), files={"files/001-sent.wav": b"sound" * 100})


def refusal(content: bytes) -> str:
    """Return why the pack is refused; "" if it is not."""
    try:
        with Pack.open(io.BytesIO(content)) as pack:
            read_voices(pack.facts)
            pack.check()
    except PackError as problem:
        return str(problem)
    return ""


def info(name: str, **facts: Any) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    for key, value in facts.items():
        setattr(made, key, value)
    return made


def twice() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zip_bytes(("files/a.wav", b"one"), ("files/a.wav", b"two"))


def nested_bomb() -> bytes:
    """Return a zip whose second directory entry shares the bytes of the first, as in Fifield's bombs."""
    content = zip_bytes(("files/a.wav", b"x" * 500), ("files/b.wav", b"x" * 500))
    place = content.index(b"files/b.wav", content.index(b"PK\x01\x02")) - 46
    return content[: place + 42] + struct.pack("<L", 0) + content[place + 46 :]


def claimed_size(content: bytes, size: int) -> bytes:
    """Return the zip with another size of the first member in its directory."""
    place = content.index(b"PK\x01\x02")
    return content[: place + 24] + struct.pack("<L", size) + content[place + 28 :]


def encrypted() -> bytes:
    content = zip_bytes(("files/a.wav", b"sound"))
    place = content.index(b"PK\x01\x02")
    return content[: place + 8] + b"\x01\x00" + content[place + 10 :]


def version(number: object) -> bytes:
    return zip_bytes(manifest={"version": number})


def voices(*given: object) -> bytes:
    return zip_bytes(manifest={"voices": list(given)})


FIELD = "This isn't a valid voice pack: “{}” of voice 1 in its manifest can't be read."
SAME = voice_facts()
HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", packs.NO_PACK),
    "no zip": (b"ID3" * 100, packs.NO_PACK),
    "another zip": (zip_bytes(("files/a.wav", b"sound"), manifest=b"{}"), packs.BAD_MANIFEST),
    "cut off": (GOOD[:-30], packs.CUT_OFF),
    "cut off early": (GOOD[:100], packs.CUT_OFF),
    "something before it": (b"GIF89a" + GOOD, packs.NO_PACK),
    "something behind it": (GOOD + b"more", packs.CUT_OFF),
    "tampered sound": (
        GOOD.replace(b"soundsound", b"soundSOUND", 1),
        packs.DAMAGED.format(name="files/001-sent.wav"),
    ),
    "tampered with its checksum": (
        zip_bytes(
            ("files/a.wav", b"other"),
            manifest={"files": {"files/a.wav": {"size": 5, "sha256": "0" * 64}}},
        ),
        packs.DAMAGED.format(name="files/a.wav"),
    ),
    "a file that is not listed": (
        zip_bytes(("files/a.wav", b"sound"), manifest={"files": {}}),
        packs.OTHER_FILES,
    ),
    "a listed file that is not there": (
        zip_bytes(manifest={"files": {"files/a.wav": {"size": 1, "sha256": ""}}}),
        packs.OTHER_FILES,
    ),
    "climbing": (zip_bytes(("files/../../etc/passwd", b"x")), packs.LEADS_OUT.format(name="files/../../etc/passwd")),
    "climbing backwards": (zip_bytes(("..\\a.wav", b"x")), packs.LEADS_OUT.format(name="..\\a.wav")),
    "absolute": (zip_bytes(("/etc/passwd", b"x")), packs.LEADS_OUT.format(name="/etc/passwd")),
    "drive": (zip_bytes(("C:/a.wav", b"x")), packs.LEADS_OUT.format(name="C:/a.wav")),
    "unknown folder": (zip_bytes(("other/a.wav", b"x")), packs.UNKNOWN_FILE.format(name="other/a.wav")),
    "a folder": (zip_bytes(("files/", b"")), packs.UNKNOWN_FILE.format(name="files/")),
    "odd letters": (zip_bytes(("files/A b.wav", b"x")), packs.UNKNOWN_FILE.format(name="files/A b.wav")),
    "twice": (twice(), packs.TWICE.format(name="files/a.wav")),
    "symlink": (
        zip_bytes((info("files/a.wav", external_attr=(stat.S_IFLNK | 0o777) << 16), b"/etc/passwd")),
        packs.LINK.format(name="files/a.wav"),
    ),
    "encrypted": (encrypted(), packs.LOCKED.format(name="files/a.wav")),
    "other compression": (
        zip_bytes(("files/a.wav", b"x"), method=zipfile.ZIP_BZIP2),
        packs.UNKNOWN_FILE.format(name="files/a.wav"),
    ),
    "packed tightly": (
        zip_bytes(("files/a.wav", bytes(3_000_000)), method=zipfile.ZIP_DEFLATED),
        packs.BOMB,
    ),
    "overlapping": (nested_bomb(), packs.BOMB),
    "claims to be huge": (claimed_size(GOOD, 2**31), packs.BOMB),
    "claims to be smaller": (claimed_size(GOOD, 10), packs.OTHER_FILES),
    "too many files": (
        zip_bytes(*((f"files/{number}.wav", b"") for number in range(packs.MAX_FILES))),
        packs.TOO_MANY,
    ),
    "newer": (version(2), "This pack was made by a newer Voice Studio (format 2). Update this one, then import it."),
    "no version": (version("1"), packs.BAD_MANIFEST),
    "manifest is no JSON": (zip_bytes(manifest=b"{"), packs.BAD_MANIFEST),
    "manifest nested too deeply": (zip_bytes(manifest=b"[" * 100_000), packs.BAD_MANIFEST),
    "manifest with NaN": (zip_bytes(manifest={"x": float("nan")}), packs.BAD_MANIFEST),
    "manifest with NUL": (zip_bytes(manifest={"x": "\x00"}), packs.BAD_MANIFEST),
    "manifest with half a character": (zip_bytes(manifest={"x": "\ud800"}), packs.BAD_MANIFEST),
    "no voices": (voices(), "There are no voices in this pack."),
    "too many voices": (voices(*({} for _ in range(101))), "This pack has more than 100 voices."),
    "same voice twice": (voices(SAME, SAME), "This isn't a valid voice pack: it has the same voice twice."),
    "a voice that is a text": (voices("Marlene"), FIELD.format("voices")),
    "a voice without a name": (voices(voice_facts(name="")), FIELD.format("name")),
    "a name that is a number": (voices(voice_facts(name=7)), FIELD.format("name")),
    "a long note": (voices(voice_facts(notes="x" * 5_001)), FIELD.format("notes")),
    "an id that is none": (voices(voice_facts(id="1")), FIELD.format("id")),
    "tags that are a text": (voices(voice_facts(tags="news")), FIELD.format("tags")),
    "a definition that is a list": (voices(voice_facts(definition=[])), FIELD.format("definition")),
    "a file of another pack": (voices(voice_facts(preview="files/b.wav")), FIELD.format("preview")),
    "a recording that is a text": (voices(voice_facts(sample="files/b.wav")), FIELD.format("sample")),
    "a day that is none": (voices(voice_facts(consent={"expires_on": "soon"})), FIELD.format("expires_on")),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_bad_packs_are_refused_in_words(name: str) -> None:
    content, sentence = HOSTILE[name]
    assert refusal(content) == sentence


def test_every_cut_of_a_pack_is_refused() -> None:
    assert refusal(GOOD) == ""
    assert all(refusal(GOOD[:length]) for length in range(0, len(GOOD), 37))


def test_a_changed_byte_is_noticed() -> None:
    """Wherever it is, but in the few fields of a zip that mean nothing to us, such as times."""
    start = GOOD.index(b"sound")
    for place in (
        *range(start, start + 500, 50),
        GOOD.index(b"PK\x03\x04", 1) + 80,
        GOOD.index(b"PK\x05\x06"),
    ):
        changed = bytearray(GOOD)
        changed[place] ^= 1
        assert refusal(bytes(changed)), place


def test_large_packs_are_refused_unread() -> None:
    class Large(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            assert whence == io.SEEK_END
            return PACK_BYTES + 1

        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("read")

    with pytest.raises(PackError, match="larger than 300 MB"):
        Pack.open(Large())


def test_other_tools_read_a_pack() -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        assert archive.namelist() == ["files/001-sent.wav", MANIFEST]
        assert archive.testzip() is None
        assert json.loads(archive.read(MANIFEST))["voices"][0]["name"] == "Marlene"
