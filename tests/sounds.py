"""Recordings made in code, good ones and hostile ones: no audio file lies in the repository.

`speech_wav` and `mp3` are what a person would upload; `HOSTILE` names what a stranger might.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
# Encoders that take their time for a better sound, which no test hears.
QUICKLY = {
    "aac": {"aac_coder": "fast"},
    "libmp3lame": {"compression_level": "9"},
    "libopus": {"compression_level": "0"},
}
FORMANTS = ((550, 120), (1_500, 180), (2_600, 250))  # Hz: top and width


@lru_cache(maxsize=16)  # a tenth of a second for half a minute, and many tests want the same
def speech(seconds: float = 12, *, rate: int = 16_000, seed: int = 0) -> Samples:
    """Mono samples that rise and fall like one voice: syllables, formants, pauses, a little noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 110 + 60 * rng.random() + 12 * np.sin(2 * np.pi * 0.4 * time)
    cycle = _voice_cycle(rate)
    voice = cycle[(np.cumsum(pitch) / rate * cycle.size).astype(np.int64) % cycle.size]
    syllables = np.clip(np.sin(2 * np.pi * 3.7 * time + 2 * np.sin(0.9 * time)), 0, 1) ** 0.7
    pauses = (time % 3.1 < 2.6).astype(float)
    sound = voice * syllables * pauses + 0.002 * rng.standard_normal(time.size)
    samples = (np.clip(sound, -1, 1) * 20_000).astype(np.int16)
    samples.flags.writeable = False
    return samples


def _voice_cycle(rate: int, *, size: int = 4_096) -> NDArray[np.float64]:
    """One period of a voiced sound with three formants, its loudest moment 1."""
    turn = np.arange(size) / size * 2 * np.pi
    cycle = np.zeros(size)
    for harmonic in range(1, min(25, rate // 360)):
        hertz = harmonic * 150
        weight = sum(width / (width + abs(hertz - top)) for top, width in FORMANTS)
        cycle += weight / harmonic * np.sin(harmonic * turn + harmonic)
    return cycle / np.abs(cycle).max()


def wav(samples: Samples, *, rate: int, channels: int = 1) -> bytes:
    """A plain 16-bit WAV of mono samples, repeated on every channel."""
    return wav_claiming(np.repeat(samples, channels).tobytes(), rate=rate, channels=channels)


def speech_wav(seconds: float = 12, *, rate: int = 16_000, channels: int = 1, seed: int = 0) -> bytes:
    """A good recording as a 16-bit WAV."""
    return wav(speech(seconds, rate=rate, seed=seed), rate=rate, channels=channels)


def sized_wav(size: int, *, rate: int = 44_100, channels: int = 1) -> bytes:
    """A valid 16-bit WAV of exactly `size` bytes (even), quick to make: one second of speech repeated."""
    second = speech(1, rate=rate).tobytes()
    data = (second * (size // len(second) + 1))[: size - 44]
    return wav_claiming(data, rate=rate, channels=channels)


def chunk(name: bytes, body: bytes, *, size: int | None = None) -> bytes:
    """A RIFF chunk, padded; `size` lets it lie."""
    return struct.pack("<4sI", name, len(body) if size is None else size) + body + b"\0" * (len(body) % 2)


def wav_claiming(
    data: bytes | None = None,
    *,
    data_size: int | None = None,
    riff_size: int | None = None,
    tag: int = 1,
    channels: int = 1,
    rate: int = 16_000,
    bits: int = 16,
    block: int | None = None,
    before: bytes = b"",
    after: bytes = b"",
    riff: bytes = b"RIFF",
) -> bytes:
    """A WAV whose header claims what it is told to claim (12 s of speech when told nothing)."""
    data = speech(12).tobytes() if data is None else data
    block = channels * ((bits + 7) // 8) if block is None else block
    byte_rate = min(rate * block, 0xFFFFFFFF)
    fmt = chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, byte_rate, block, bits))
    body = b"WAVE" + fmt + before + chunk(b"data", data, size=data_size) + after
    return struct.pack("<4sI", riff, len(body) if riff_size is None else riff_size) + body


@lru_cache(maxsize=16)
def mp3(
    seconds: float = 12, *, rate: int = 44_100, channels: int = 1, bit_rate: int = 64_000, seed: int = 0
) -> bytes:
    """A good recording as MP3, as LAME writes it: an ID3 tag, a Xing frame, frames of sound."""
    voice = speech(seconds, rate=rate, seed=seed)
    return encoded("mp3", "libmp3lame", voice, rate=rate, channels=channels, bit_rate=bit_rate)


def encoded(
    container: str, codec: str, samples: Samples, *, rate: int, channels: int = 1, bit_rate: int = 64_000
) -> bytes:
    """Mono samples in any container and codec that PyAV can write, such as ("ipod", "aac")."""
    target = io.BytesIO()
    layout = "stereo" if channels == 2 else "mono"
    packed = np.repeat(samples, channels).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
    frame.sample_rate = rate
    with av.open(target, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout=layout, options=QUICKLY.get(codec, {}))
        stream.bit_rate = bit_rate
        for piece in (frame, None):
            out.mux(stream.encode(piece))
    return target.getvalue()


MP3_HEADER = b"\xff\xfb\x90\xc0"  # MPEG 1 Layer III, 128 kbit/s, 44.1 kHz, mono: 417 bytes, 26.1 ms


def mp3_frames(count: int = 500, *, header: bytes = MP3_HEADER, size: int = 417) -> bytes:
    """Frames of silence made by hand; 500 are 13 s. `header` and `size` must fit each other."""
    return (header + b"\0" * (size - 4)) * count


@lru_cache(maxsize=1)
def mp3_voice() -> bytes:
    """The frames of a good recording of 12 s, without tags or an index."""
    content = mp3(12)
    first = content.index(b"\xff\xfb")
    return content[content.index(b"\xff\xfb", first + 4) :]


def sized_mp3(size: int) -> bytes:
    """A valid MP3 of at most `size` bytes and the usual length: 320 kbit/s, 26 ms in 1,044 bytes."""
    return mp3_frames(size // 1_044, header=b"\xff\xfb\xe0\xc0", size=1_044)


def xing(frames: int | None, *, size: int | None = None, mark: bytes = b"Xing") -> bytes:
    """An index frame that announces so many frames and bytes (None: it does not say)."""
    known = (frames is not None) | (size is not None) << 1
    flags = struct.pack(">I", known) + b"".join(
        struct.pack(">I", one) for one in (frames, size) if one is not None
    )
    return (MP3_HEADER + b"\0" * 17 + mark + flags).ljust(417, b"\0")


def id3(body: bytes, *, claimed: int | None = None, version: int = 4) -> bytes:
    """An ID3v2 tag around `body`; `claimed` lets its size lie."""
    size = len(body) if claimed is None else claimed
    parts = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes([version, 0, 0]) + parts + body


def id3_frame(name: bytes, body: bytes, *, flags: int = 0) -> bytes:
    """An ID3v2.4 frame."""
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return name + size + struct.pack(">H", flags) + body


def id3_bomb(inflated: int = 10_000_000) -> bytes:
    """An MP3 whose tag holds one compressed text frame of `inflated` bytes: hangs mutagen.File()."""
    packed = struct.pack(">I", inflated & 0x0FFFFFFF) + zlib.compress(b"\x03" + b"\0" * inflated, 9)
    return id3(id3_frame(b"TIT2", packed, flags=0x0009)) + mp3_voice()


def id3_many(count: int = 100_000) -> bytes:
    """An MP3 with so many tiny tag frames: 0.1 ms each in mutagen and libavformat."""
    return id3(id3_frame(b"TXXX", b"\x03a\0b") * count) + mp3_voice()


def id3_comments(count: int = 300_000) -> bytes:
    """An MP3 with so many comments: 41 s in mutagen.File()."""
    return id3(id3_frame(b"COMM", b"\x03eng\0x") * count) + mp3_voice()


def many_chunks(count: int = 600_000) -> bytes:
    """A WAV with so many empty chunks before its sound: 12 s in mutagen."""
    return wav_claiming(before=chunk(b"JUNK", b"") * count)


def truncated(content: bytes, share: float = 0.5) -> bytes:
    """The first part of a file, as an interrupted copy leaves it."""
    return content[: int(len(content) * share)]


def jpeg() -> bytes:
    """A JPEG picture's beginning."""
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + bytes(range(64)) * 40


def png() -> bytes:
    """A PNG picture's beginning."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 2_000


def zip_bytes() -> bytes:
    """A small ZIP archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("readme.txt", "no sound here\n" * 100)
    return target.getvalue()


def html() -> bytes:
    """A web page."""
    return b"\xef\xbb\xbf\n<!DOCTYPE html><html><body><script>alert(1)</script></body></html>" * 5


def pdf() -> bytes:
    """A PDF document's beginning."""
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj <</Type/Catalog>> endobj\n" * 20


def playlist() -> bytes:
    """A playlist that names a local file, as an attack on decoders would."""
    return b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"


def joined_rates() -> bytes:
    """An MP3 of 44.1 kHz followed by one of 48 kHz (384-byte frames)."""
    return mp3_frames(400) + mp3_frames(400, header=b"\xff\xfb\x94\xc0", size=384)


def vbr_without_xing() -> bytes:
    """An MP3 whose bit rate changes from 32 to 320 kbit/s with no index: 800 frames, 20.9 s."""
    return mp3_frames(400, header=b"\xff\xfb\x10\xc0", size=104) + mp3_frames(
        400, header=b"\xff\xfb\xe0\xc0", size=1044
    )


def junk_between(junk: bytes = b"\x55" * 300, *, every: int = 100, frames: int = 500) -> bytes:
    """An MP3 with junk after every so many frames."""
    return (mp3_frames(every) + junk) * (frames // every)


def free_format() -> bytes:
    """An MP3 of free bit rate: its frames do not tell their size."""
    return mp3_frames(header=b"\xff\xfb\x00\xc0", size=500)


def layer_two() -> bytes:
    """An MPEG Layer II file: 128 kbit/s, 44.1 kHz, 417-byte frames."""
    return mp3_frames(header=b"\xff\xfd\x80\xc0", size=417)


# name -> (maker, what the finding's code must be); all are made afresh, a few MB at most
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "one byte": (lambda: b"\xff", "not_audio"),
    "only RIFF": (lambda: b"RIFF", "not_audio"),
    "only RIFF WAVE": (lambda: b"RIFF\0\0\0\0WAVE", "wav_header"),
    "jpeg": (jpeg, "not_audio"),
    "png": (png, "not_audio"),
    "zip": (zip_bytes, "not_audio"),
    "html": (html, "not_audio"),
    "pdf": (pdf, "not_audio"),
    "playlist": (playlist, "not_audio"),
    "text": (lambda: b"My voice is my passport.\n" * 400, "not_audio"),
    "zeros": (lambda: b"\0" * 2_000_000, "not_audio"),
    "ones": (lambda: b"\xff" * 9_000_000, "not_audio"),
    "syncs": (lambda: b"\xff\xfb\x90\xc0" * 2_000_000, "not_audio"),
    "noise": (lambda: np.random.default_rng(1).bytes(9_000_000), "not_audio"),
    "id3 zlib bomb": (id3_bomb, "ok"),
    "id3 zlib bomb x20": (
        lambda: id3(id3_bomb(50_000_000)[10 : -len(mp3_voice())] * 20) + mp3_voice(),
        "ok",
    ),
    "id3 100k frames": (id3_many, "ok"),
    "id3 300k comments": (id3_comments, "ok"),
    "id3 nulls": (lambda: id3(id3_frame(b"TIT2", b"\0" * 1_000_000)) + mp3_frames(), "silent"),
    "id3 claims more than there is": (lambda: id3(b"", claimed=0x0FFFFFFF) + mp3_voice(), "ok"),
    "id3 around nothing": (lambda: id3(b"\0" * 5_000), "not_audio"),
    "id3 around a ZIP": (lambda: id3(b"\0" * 50) + zip_bytes(), "not_audio"),
    "wav id3 bomb": (lambda: wav_claiming(before=chunk(b"id3 ", id3_bomb()[: -len(mp3_voice())])), "ok"),
    "wav 600k chunks": (many_chunks, "ok"),
    "wav 600k chunks behind": (lambda: wav_claiming(after=chunk(b"JUNK", b"") * 600_000), "ok"),
    "wav 0 channels": (lambda: wav_claiming(channels=0, block=2), "wav_header"),
    "wav 65535 channels": (lambda: wav_claiming(channels=65_535, block=0xFFFE), "wav_header"),
    "wav 1 Hz": (lambda: wav_claiming(rate=1), "wav_header"),
    "wav 4 GHz": (lambda: wav_claiming(rate=0xFFFFFFFF), "wav_header"),
    "wav 0 bits": (lambda: wav_claiming(bits=0), "wav_header"),
    "wav wrong block": (lambda: wav_claiming(block=7), "ok"),
    "wav no fmt": (lambda: b"RIFF\x10\0\0\0WAVEdata\x04\0\0\0\0\0\0\0", "wav_header"),
    "wav no data": (lambda: wav_claiming(b"")[:36], "no_sound"),
    "wav empty data": (lambda: wav_claiming(b""), "no_sound"),
    "wav empty data, then a list": (lambda: wav_claiming(b"", after=chunk(b"LIST", b"INFO")), "no_sound"),
    "wav behind id3": (lambda: id3(b"\0" * 50) + wav_claiming(), "ok"),
    "wav 0 size": (lambda: wav_claiming(data_size=0, riff_size=0), "ok"),
    "wav 0xFFFFFFFF size": (
        lambda: wav_claiming(data_size=0xFFFFFFFF, riff_size=0xFFFFFFFF),
        "ok",
    ),
    "wav 2 GB size": (lambda: wav_claiming(data_size=0x7FFFF000), "ok"),
    "wav 1 GB size": (lambda: wav_claiming(data_size=0x3FFFFFFF), "ok"),
    "wav adpcm": (lambda: wav_claiming(tag=0x11, bits=4, block=1024), "too_short"),
    "wav mp3 inside": (lambda: wav_claiming(mp3_frames(), tag=0x55, bits=0, block=1), "silent"),
    "wav unknown codec": (lambda: wav_claiming(tag=0x1234), "undecodable"),
    "wav 24 bits": (lambda: wav_claiming(b"\0" * 576_000, bits=24), "silent"),
    "wav 8 kHz": (lambda: wav_claiming(rate=8_000), "ok"),
    "wav float": (lambda: wav_claiming(b"\0" * 768_000, tag=3, bits=32), "silent"),
    "wav 6 channels": (lambda: wav_claiming(channels=6, data=b"\0" * 2_304_000), "silent"),
    "wav half": (lambda: truncated(speech_wav(24)), "truncated"),
    "rf64": (lambda: wav_claiming(riff=b"RF64", riff_size=0xFFFFFFFF), "ok"),
    "rifx": (lambda: wav_claiming(riff=b"RIFX"), "undecodable"),
    "xing 10 h": (lambda: xing(1_378_125) + mp3_voice(), "ok"),
    "xing 4G frames": (lambda: xing(0xFFFFFFFF) + mp3_voice(), "ok"),
    "xing 1 s": (lambda: xing(38) + mp3_voice(), "ok"),
    "xing 0": (lambda: xing(0) + mp3_voice(), "ok"),
    "mp3 half": (lambda: truncated(mp3(24)), "truncated"),
    "mp3 free format": (free_format, "free_rate"),
    "mp3 layer II": (layer_two, "silent"),
    "mp3 two rates": (joined_rates, "silent"),
    "mp3 vbr without xing": (vbr_without_xing, "silent"),
    "mp3 little junk": (junk_between, "silent"),
    "mp3 much junk": (lambda: junk_between(b"\xff\x00" * 3_000), "corrupt"),
    "mp3 syncs behind": (lambda: mp3_frames() + b"\xff\xfb\x90\xc0" * 1_000_000, "corrupt"),
    "mp3 late start": (lambda: b"\x55\0" * 2_500 + mp3_voice(), "ok"),
    "mp3 nine frames": (lambda: mp3_frames(9), "not_audio"),
    "mp3 short": (lambda: mp3_frames(300), "too_short"),
    "mp3 long": (lambda: mp3_frames(24_000), "too_long"),
}
