"""Recordings as programs write them, rightly and wrongly: every one holds the same 4 s of speech.

The kinds are those of public bug reports; `corpus()` makes all, with what is in them.
"""

import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tests import sounds

SECONDS = 4
RATE, LOW = 44_100, 16_000
EXTENSIBLE = struct.pack("<HHI", 22, 16, 4) + b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
APE = b"APETAGEX" + struct.pack("<IIII", 2_000, 32, 0, 0) + bytes(8)


@dataclass(frozen=True, slots=True)
class Variation:
    """A file: `ending` is for tools that go by it; with `truth` its samples must come out as these (or within 1 of 16
    bits, if the file has more or fewer).
    """

    name: str
    ending: str
    content: bytes
    seconds: float = SECONDS
    truth: sounds.Samples | None = None


def corpus(folder: Path) -> Iterator[Variation]:
    """Yield all variations; some are made by sox and ffmpeg in the folder."""
    yield from wav_sizes()
    yield from wav_structures()
    yield from wav_formats()
    yield from containers()
    yield from by_tools(folder)
    yield from mp3_structures()
    yield from mp3_formats()


@cache
def voice(rate: int = LOW) -> sounds.Samples:
    return sounds.speech(SECONDS, rate=rate)


def wav(name: str, content: bytes, truth: sounds.Samples | None = None) -> Variation:
    return Variation(f"wav {name}", "wav", content, truth=voice() if truth is None else truth)


def wav_sizes() -> Iterator[Variation]:
    """Every claim of the data's size with every claim of the file's."""
    data = voice().tobytes()
    for claim in (0, 2, 44, 200, 2_000_000_000, 0x3FFFFFFF, 0x7FFFF000, 0xFFFFFFFF):
        for riff in ("right", 0, 36, 0xFFFFFFFF):
            size = claim if claim == 0 or claim > 200 else len(data) + claim
            content = sounds.wav_claiming(data, data_size=size, riff_size=None if riff == "right" else riff)
            yield wav(f"data {claim} riff {riff}", content)


def wav_structures() -> Iterator[Variation]:
    """What stands before and behind the samples, and how the format is said."""
    chunk = sounds.chunk
    before = {
        "list": chunk(b"LIST", b"INFOISFT\x06\0\0\0Rec 1\0"), "odd list": chunk(b"LIST", b"INFOISFT\x07\0\0\0Rec 1.0"),
        "odd list without padding": b"LIST\x13\0\0\0INFOISFT\x07\0\0\0Rec 1.0", "empty list": chunk(b"LIST", b""),
        "zeros in list": chunk(b"LIST", bytes(393_164)), "bext": chunk(b"bext", bytes(602)),
        "odd bext": chunk(b"bext", bytes(603)), "junk": chunk(b"JUNK", bytes(28)),
        "fllr": chunk(b"FLLR", bytes(4_044)),
        "large junk": chunk(b"JUNK", bytes(900_000)), "pad": chunk(b"PAD ", bytes(100)),
        "fact": chunk(b"fact", bytes(4)),
        "peak": chunk(b"PEAK", bytes(16)), "300 cues": chunk(b"cue ", bytes(4)) * 300, "id3": chunk(b"id3 ", bytes(90)),
        "iXML": chunk(b"iXML", b"<BWFXML/>"), "short smpl": struct.pack("<4sI", b"smpl", 32) + bytes(36),
        "odd name": chunk(b"\0n\0i", b""), "empty data": chunk(b"data", b""), "levl": chunk(b"levl", bytes(120)),
    }  # fmt: skip
    for name, part in before.items():
        yield wav(f"{name} before", sounds.wav_claiming(voice().tobytes(), before=part))
    behind = {
        "list": chunk(b"LIST", b"adtl"), "zeros": bytes(4_096), "ape": APE, "id3v1": b"TAG".ljust(128),
        "large id3": chunk(b"id3 ", bytes(900_000)), "zip": sounds.zip_bytes(), "one byte": b"\0",
        "regn": chunk(b"regn", bytes(92)), "xmp": chunk(b"_PMX", b"<x:xmpmeta/>"),
    }  # fmt: skip
    for name, part in behind.items():
        yield wav(f"{name} behind", sounds.wav_claiming(voice().tobytes()) + part)
        yield wav(f"{name} behind, counted", sounds.wav_claiming(voice().tobytes(), after=part))
    plain = sounds.wav_claiming(voice().tobytes())
    fmt = plain[20:36]
    formats = {
        "18 bytes": fmt + b"\0\0", "40 bytes": fmt + bytes(24), "extensible": b"\xfe\xff" + fmt[2:] + EXTENSIBLE,
        "byte rate 0": fmt[:8] + bytes(4) + fmt[12:], "byte rate wrong": fmt[:8] + b"\1\2\0\0" + fmt[12:],
        "block 4": fmt[:12] + b"\4\0" + fmt[14:], "12 bits": fmt[:14] + b"\x0c\0", "20 bytes": fmt + b"\2\0\0\0",
    }  # fmt: skip
    for name, body in formats.items():
        content = b"WAVE" + chunk(b"fmt ", body) + plain[36:]
        yield wav(f"format of {name}", struct.pack("<4sI", b"RIFF", len(content)) + content)
    yield wav("half a sample less", plain[:-1], voice()[:-1])
    yield wav("capitals", plain.replace(b"fmt ", b"FMT ", 1).replace(b"data", b"DATA", 1))
    yield wav("behind id3", sounds.id3(bytes(90)) + plain)
    yield wav("cut by 0.1 s", plain[:-3_200], voice()[:-1_600])
    yield Variation("wav named mp3", "mp3", plain, truth=voice())
    halves = [sounds.wav_claiming(part.tobytes()) for part in np.array_split(voice(), 2)]
    yield wav("two joined", b"".join(halves))


def wav_formats() -> Iterator[Variation]:
    """Sample formats, rates and channels."""
    for codec in ("pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw", "adpcm_ms",
                  "adpcm_ima_wav", "libmp3lame"):  # fmt: skip
        truth = voice(RATE) if codec[4:5] in "sf" and codec.startswith("pcm") else None
        content = sounds.encoded("wav", codec, voice(RATE), rate=RATE)
        yield Variation(f"wav {codec}", "wav", content, truth=truth)
    for rate in (
        8_000,
        11_025,
        12_000,
        16_000,
        22_050,
        24_000,
        32_000,
        44_100,
        48_000,
        88_200,
        96_000,
        192_000,
    ):
        for channels in (1, 2):
            truth = voice(rate) if 16_000 <= rate <= 48_000 else None
            content = sounds.wav(voice(rate), rate=rate, channels=channels)
            yield Variation(f"wav {rate} Hz, {channels} channels", "wav", content, truth=truth)
    for channels in (3, 4, 6, 8, 12):
        content = sounds.wav(voice(RATE), rate=RATE, channels=channels)
        yield Variation(f"wav {channels} channels", "wav", content, truth=voice(RATE))


def containers() -> Iterator[Variation]:
    """Other containers, as PyAV writes them."""
    exact = {
        "aiff": ("pcm_s16be", "pcm_s24be", "pcm_s32be", "pcm_f32be", "pcm_s8", "pcm_mulaw"),
        "w64": ("pcm_s16le",),
        "au": ("pcm_s16be", "pcm_s24be", "pcm_f32be", "pcm_alaw"),
        "caf": ("pcm_s16le", "pcm_s16be", "pcm_s24le", "alac"),
        "flac": ("flac",), "voc": ("pcm_s16le",), "ircam": ("pcm_s16le",), "ipod": ("alac",), "mov": ("pcm_s16le",),
    }  # fmt: skip
    lossy = {  # the encoders for WavPack and TTA are given 8 bits
        "wv": ("wavpack",), "tta": ("tta",),
        "ipod": ("aac",), "mp4": ("aac",), "3gp": ("aac",), "adts": ("aac",), "latm": ("aac",), "webm": ("libopus",),
        "matroska": ("libopus", "libmp3lame"), "ogg": ("libopus",), "opus": ("libopus",), "asf": ("wmav1", "wmav2"),
        "ac3": ("ac3",), "eac3": ("eac3",), "mp2": ("mp2",), "avi": ("libmp3lame",), "flv": ("libmp3lame",),
        "mpegts": ("libmp3lame",), "nut": ("libmp3lame",),
    }  # fmt: skip
    endings = {"ipod": "m4a", "adts": "aac", "asf": "wma", "matroska": "mkv", "mpegts": "ts", "ircam": "sf"}
    for table, is_exact in ((exact, True), (lossy, False)):
        for container, codecs in table.items():
            for codec in codecs:
                rate = 48_000 if codec == "libopus" else RATE
                content = sounds.encoded(container, codec, voice(rate), rate=rate)
                truth = voice(RATE) if is_exact and not codec.endswith(("law", "s8")) else None
                yield Variation(
                    f"{container} {codec}", endings.get(container, container), content, truth=truth
                )


def by_tools(folder: Path) -> Iterator[Variation]:
    """What PyAV cannot write."""
    source = folder / "source.wav"
    source.write_bytes(sounds.wav(voice(RATE), rate=RATE))
    sox = {"sph": (), "avr": (), "8svx": ("-b", "8"), "sf": (), "gsm.wav": ("-r", "8000", "-e", "gsm-full-rate"),
           "aifc": (), "rf64.wav": ()}  # fmt: skip
    for name, options in sox.items():
        made = folder / f"made.{name}"
        if name == "rf64.wav":
            command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", source, "-rf64", "always", made]
        else:
            command = ["sox", "-D", source, *options, made]
        subprocess.run(command, check=True)
        is_exact = name not in ("8svx", "gsm.wav")
        yield Variation(
            f"{name} by a tool",
            name.split(".")[-1],
            made.read_bytes(),
            truth=voice(RATE) if is_exact else None,
        )
    ffmpeg = {
        "oga": ("-c:a", "libvorbis"), "flac.oga": ("-c:a", "flac"), "spx.ogg": ("-c:a", "libspeex", "-ar", "16000"),
        "frag.mp4": ("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
        "live.webm": ("-c:a", "libopus", "-live", "1"), "stream.flac": (),
        "video.mp4": ("-f", "lavfi", "-i", f"color=s=64x64:r=2:d={SECONDS}", "-c:a", "aac"),
    }  # fmt: skip
    for name, options in ffmpeg.items():
        made = folder / f"made.{name}"
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", source, *options]
        if name == "stream.flac":
            done = subprocess.run([*command, "-f", "flac", "pipe:1"], check=True, stdout=subprocess.PIPE)
            made.write_bytes(done.stdout)
        else:
            subprocess.run([*command, "-strict", "-2", made], check=True)
        yield Variation(f"{name} by a tool", name.split(".")[-1], made.read_bytes())


def mp3(name: str, content: bytes) -> Variation:
    return Variation(f"mp3 {name}", "mp3", content)


@cache
def mp3_bytes() -> bytes:
    """An MP3 of LAME: an ID3 tag, an Info frame, frames."""
    return sounds.encoded("mp3", "libmp3lame", voice(RATE), rate=RATE)


@cache
def mp3_frames() -> list[bytes]:
    """Its frames, without the Info frame."""
    content, frames = mp3_bytes(), []
    position = content.index(b"\xff\xfb")
    while position + 4 < len(content):
        kbit = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128)[content[position + 2] >> 4]
        size = 144 * kbit * 1000 // RATE + (content[position + 2] >> 1 & 1)
        frames.append(content[position : position + size])
        position += size
    return frames[1:]


def mp3_structures() -> Iterator[Variation]:
    """Tags, junk, an index that lies, joins."""
    plain = b"".join(mp3_frames())
    info = mp3_bytes()[10 + mp3_bytes()[9] + (mp3_bytes()[8] << 7) :]
    info = info[info.index(b"\xff\xfb") :]
    place = info.index(b"Info")
    count = int.from_bytes(info[place + 8 : place + 12], "big")
    tag = sounds.id3(sounds.id3_frame(b"TIT2", b"\0hello"))
    footed = b"ID3\4\0\x10\0\0\0\x11" + sounds.id3_frame(b"TIT2", b"\0hello!") + b"3DI\4\0\x10\0\0\0\x11"
    leads = {
        "nothing": b"", "id3": tag, "three id3": tag + sounds.id3(bytes(40), version=3) + tag,
        "id3v2.2": sounds.id3(bytes(40), version=2),
        "id3 with footer": footed, "cover": sounds.id3(sounds.id3_frame(b"APIC", bytes(900_000))),
        "large cover": sounds.id3(sounds.id3_frame(b"APIC", bytes(1_200_000))), "ape": APE, "417 zeros": bytes(417),
        "5 kB of zeros": bytes(5_000), "20 kB of zeros behind id3": tag + bytes(20_000), "ff": b"\xff" * 8,
        "id3 that is shorter than its frame": sounds.id3(sounds.id3_frame(b"APIC", bytes(3_000)), claimed=0),
        "half a frame": mp3_frames()[0][100:],
        "4 kB of noise": np.random.default_rng(5).bytes(4_000).replace(b"\xff", b"\xfe"),
    }  # fmt: skip
    for name, lead in leads.items():
        yield mp3(f"behind {name}", lead + plain)
    tails = {
        "id3v1": b"TAG".ljust(128), "ape": APE, "ape and id3v1": APE + b"TAG".ljust(128),
        "id3": footed, "zeros": bytes(30_000),
        "many zeros": bytes(900_000), "lyrics": b"LYRICSBEGIN000011LYRICS200" + b"TAG".ljust(128),
    }  # fmt: skip
    for name, tail in tails.items():
        yield mp3(f"before {name}", plain + tail)
    for share in (0, 0.5, 0.97, 1, 1.03, 2, 1_000):
        lying = info[: place + 8] + struct.pack(">I", int(count * share)) + info[place + 12 :]
        yield mp3(f"index of {share}", lying)
    yield mp3("index without a count", info[: place + 4] + bytes(4) + info[place + 8 :])
    vbri = (
        mp3_frames()[0][:4] + bytes(32) + b"VBRI" + struct.pack(">HHHII", 1, 0, 75, len(plain), count)
    ).ljust(208, b"\0")
    yield mp3("vbri", mp3_frames()[0][:4] + vbri[4:] + plain)
    frames = mp3_frames()
    yield mp3("last frame cut", plain[:-60])
    yield mp3("junk of 26 bytes", b"".join(f + b"\xaa" * 26 * (n % 60 == 59) for n, f in enumerate(frames)))
    yield mp3(
        "stream titles",
        b"".join(
            plain[k : k + 8_192] + b"\2" + b"StreamTitle='Radio';".ljust(32, b"\0")
            for k in range(0, len(plain), 8_192)
        ),
    )
    third = len(frames) // 3
    thirds = [b"".join(part) for part in (frames[:third], frames[third : 2 * third], frames[2 * third :])]
    yield mp3("id3v1 in the middle", thirds[0] + b"TAG".ljust(128) + thirds[1] + thirds[2])
    yield mp3("joined with tags", b"".join(tag + part + b"TAG".ljust(128) for part in thirds))


def mp3_formats() -> Iterator[Variation]:
    """What LAME writes, and older layers."""
    for rate in (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 48_000):
        for channels, bit_rate in ((1, 32_000), (2, 64_000)):
            content = sounds.encoded(
                "mp3", "libmp3lame", voice(rate), rate=rate, channels=channels, bit_rate=bit_rate
            )
            yield mp3(f"{rate} Hz, {channels} channels", content)
    half = sounds.encoded("mp3", "libmp3lame", voice(48_000)[: 48_000 * SECONDS // 2], rate=48_000)
    yield Variation("mp3 of two rates", "mp3", mp3_bytes() + half, seconds=SECONDS * 1.5)
    both = sounds.encoded("mp3", "libmp3lame", voice(RATE)[: RATE * SECONDS // 2], rate=RATE, channels=2)
    yield Variation("mp3 mono, then stereo", "mp3", mp3_bytes() + both, seconds=SECONDS * 1.5)
    yield mp3("free bit rate", b"".join(f[:2] + bytes([f[2] & 0x0F]) + f[3:] for f in mp3_frames()))
