"""Files that are made to keep a reader busy: millions of tags, chunks, boxes or pages, up to the limit of uploads."""

import struct
from collections.abc import Callable

from tests import sounds

FULL = 45_000_000  # what some need beside it, and a form, fits into 50 MB


def filled(unit: bytes, size: int) -> bytes:
    """The unit, as often as the size allows."""
    return unit * (size // len(unit))


def box(name: bytes, body: bytes) -> bytes:
    """An MP4 box."""
    return struct.pack(">I", len(body) + 8) + name + body


def m4a(inside: bytes) -> bytes:
    """A real M4A with boxes in front of its own."""
    voice = sounds.encoded("ipod", "aac", sounds.speech(12, rate=44_100), rate=44_100)
    end = int.from_bytes(voice[:4], "big")  # of its first box
    return voice[:end] + inside + voice[end:]


def nested(name: bytes, depth: int) -> bytes:
    """Boxes in boxes."""
    content = b""
    for _ in range(depth):
        content = box(name, content)
    return content


def ogg_page(body: bytes, *, flags: int = 0, sequence: int = 0, last: int = 255) -> bytes:
    """A page that holds at most 65,025 bytes of a packet; its checksum is left out."""
    lacing = bytes([255] * (len(body) // 255)) + (bytes([len(body) % 255]) if last else b"")
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 0, 1, sequence, 0, len(lacing))
    return head + lacing + body


def opus_comments(count: int) -> bytes:
    """An Opus stream whose comment header has so many empty comments."""
    head = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 0, 48_000, 0, 0)
    comments = (
        b"OpusTags" + struct.pack("<I", 0) + struct.pack("<I", count) + struct.pack("<I3s", 3, b"A=b") * count
    )
    parts = [comments[start : start + 65_025] for start in range(0, len(comments), 65_025)]
    pages = [ogg_page(part, sequence=number + 1, last=0) for number, part in enumerate(parts)]
    return ogg_page(head, flags=2) + b"".join(pages)


def flac(blocks: bytes) -> bytes:
    """A real FLAC with these metadata blocks behind its own."""
    voice = sounds.encoded("flac", "flac", sounds.speech(12), rate=16_000)
    return voice[:42].replace(b"fLaC\x80", b"fLaC\0") + blocks + voice[42:]


def flac_comments(count: int) -> bytes:
    """The metadata block with so many comments."""
    body = struct.pack("<II", 0, count) + struct.pack("<I3s", 3, b"A=b") * count
    return b"\4" + len(body).to_bytes(3, "big") + body


def aiff(chunks: bytes) -> bytes:
    """A real AIFF with these chunks in front of its own."""
    voice = sounds.encoded("aiff", "pcm_s16be", sounds.speech(12), rate=16_000)
    return voice[:12] + chunks + voice[12:]


def element(name: bytes, body: bytes) -> bytes:
    """A Matroska element with a size of eight bytes."""
    return name + b"\x01" + len(body).to_bytes(7, "big") + body


def webm(inside: bytes) -> bytes:
    """The beginning of a WebM whose segment holds these elements."""
    head = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"webm"))
    return head + element(b"\x18\x53\x80\x67", inside)


def tags(count: int) -> bytes:
    """So many Matroska tags."""
    simple = element(b"\x67\xc8", element(b"\x45\xa3", b"A") + element(b"\x44\x87", b"b"))
    return element(b"\x12\x54\xc3\x67", element(b"\x73\x73", simple) * count)


def asf(count: int) -> bytes:
    """The beginning of a WMA with so many attributes."""
    attribute = struct.pack("<H4sHH4s", 4, b"A\0\0\0", 0, 4, b"b\0\0\0")
    guid = b"\x40\xa4\xd0\xd2\x07\xe3\xd2\x11\x97\xf0\x00\xa0\xc9\x5e\xa8\x50"
    body = struct.pack("<H", min(count, 65_535)) + attribute * count
    inner = guid + struct.pack("<Q", len(body) + 24) + body
    head = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
    return head + struct.pack("<QIBB", len(inner) + 30, 1, 1, 2) + inner


OPUS = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 0, 48_000, 0, 0)
APE = b"APETAGEX" + struct.pack("<IIII", 2_000, 32, 0, 0) + bytes(8)
TXXX = sounds.id3_frame(b"TXXX", b"\3a\0b")

# name -> a maker of about so many bytes
BOMBS: dict[str, Callable[[int], bytes]] = {
    "id3 tags": lambda size: filled(sounds.id3(b""), size) + sounds.mp3_voice(),
    "ape tags": lambda size: sounds.mp3_voice() + filled(APE, size),
    "id3v1 tags": lambda size: sounds.mp3_voice() + filled(b"TAG".ljust(128), size),
    "lyrics": lambda size: sounds.mp3_voice() + filled(b"000000LYRICS200", size),
    "id3 between": lambda size: sounds.mp3_frames(20) + filled(sounds.id3(b"") + sounds.mp3_frames(2), size),
    "id3 chain between": lambda size: sounds.mp3_frames(20) + filled(sounds.id3(b""), size) + sounds.mp3_voice(),
    "id3 frames": lambda size: sounds.id3(filled(TXXX, size)) + sounds.mp3_voice(),
    "small frames": lambda size: filled(b"\xff\xe3\x18\xc0" + bytes(68), size),
    "half frames": lambda size: filled(b"\xff\xfb\x90\xc0" + bytes(200), size),
    "sync words": lambda size: filled(b"\xff\xfb\x90\xc0", size),
    "wav chunks": lambda size: sounds.wav_claiming(before=filled(sounds.chunk(b"JUNK", b""), size)),
    "wav chunks behind": lambda size: sounds.wav_claiming(after=filled(sounds.chunk(b"JUNK", b""), size)),
    "joined wavs": lambda size: filled(sounds.wav_claiming(b"\1\2" * 8), size),
    "joined wavs without a length": lambda size: filled(sounds.wav_claiming(b"\1\2" * 8, data_size=0), size),
    "riffs": lambda size: sounds.wav_claiming(filled(b"RIFF", size), data_size=0xFFFFFFFF),
    "wav of hours": lambda size: sounds.wav_claiming(bytes(size), rate=4_000, bits=8),
    "mp4 boxes": lambda size: m4a(filled(box(b"free", b""), size)),
    "mp4 boxes inside": lambda size: m4a(box(b"moov", box(b"udta", filled(box(b"\xa9nam", b""), size)))),
    "mp4 nested": lambda size: m4a(nested(b"moov", min(size, 160_000) // 8)),
    "opus comments": lambda size: opus_comments(size // 7),
    "ogg pages": lambda size: filled(ogg_page(b""), size),
    "ogg streams": lambda size: filled(ogg_page(OPUS, flags=2), size),
    "flac blocks": lambda size: flac(filled(b"\1\0\0\0", size)),
    "flac comments": lambda size: flac(flac_comments(min(size, 16_000_000) // 7)),
    "flac comment blocks": lambda size: flac(filled(flac_comments(20_000), size)),
    "aiff chunks": lambda size: aiff(filled(b"ANNO\0\0\0\0", size)),
    "aiff id3": lambda size: aiff(b"ID3 " + struct.pack(">I", size) + sounds.id3(filled(TXXX, size - 10))),
    "webm voids": lambda size: webm(filled(element(b"\xec", b""), size)),
    "webm tags": lambda size: webm(tags(size // 40)),
    "wma attributes": lambda size: asf(size // 16),
    "au annotation": lambda size: b".snd" + struct.pack(">IIIII", size, 0xFFFFFFFF, 3, 16_000, 1) + bytes(size),
}  # fmt: skip
