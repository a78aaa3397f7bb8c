"""The rules for WAV files: what a size field claims decides only where the file bears it out."""

import struct

import numpy as np
import pytest

from tests import sounds
from tests.audio.probes import examined, fault_of, probed

REPAIRED = "Its header was wrong and was repaired."
PCM_GUID = b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"


def test_a_good_recording_has_its_facts() -> None:
    finding = probed(sounds.speech_wav(12, rate=44_100, channels=2)).finding
    assert (finding.container, finding.codec, finding.bits) == ("wav", "pcm_16", 16)
    assert (finding.seconds, finding.rate, finding.channels) == (12.0, 44_100, 2)
    assert finding.bit_rate == 44_100 * 2 * 16
    assert finding.size_bytes == 44 + 12 * 44_100 * 4
    assert finding.done == ()


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000])
def test_usual_rates_are_sent_as_they_are(rate) -> None:
    assert probed(sounds.speech_wav(11, rate=rate)).finding.layout


def test_wav_of_10_mb_is_the_largest_sent_as_it_is() -> None:
    assert probed(sounds.sized_wav(10_000_000)).finding.layout
    assert not probed(sounds.sized_wav(10_000_002)).finding.layout


def test_tags_do_not_count_towards_the_limit() -> None:
    with_tags = sounds.wav_claiming(before=sounds.chunk(b"LIST", b"\0" * 11_000_000))
    assert probed(with_tags).finding.layout


@pytest.mark.parametrize(
    ("claims", "label"),
    [
        ({"bits": 24}, "24-bit WAV"),
        ({"bits": 8}, "8-bit WAV"),
        ({"tag": 3, "bits": 32}, "floating-point WAV"),
        ({"tag": 7, "bits": 8}, "µ-law WAV"),
        ({"tag": 6, "bits": 8, "rate": 8_000}, "8 kHz A-law WAV"),
        ({"tag": 0x11, "bits": 4, "block": 1_024}, "ADPCM WAV"),
        ({"rate": 96_000}, "96 kHz WAV"),
        ({"rate": 11_025}, "11.025 kHz WAV"),
    ],
)
def test_what_has_to_be_converted_has_a_name(claims, label) -> None:
    header = probed(sounds.wav_claiming(**claims))
    assert (header.label, header.finding.layout, header.faults) == (label, None, ())


def test_extensible_headers_are_looked_behind() -> None:
    assert probed(extensible(1)).finding.codec == "pcm_16"
    assert probed(extensible(3)).finding.codec == "float"


@pytest.mark.parametrize("claim", [0, 44, 200, 2_000_000_000, 0x7FFFF000, 0xFFFFFFFF])
@pytest.mark.parametrize("riff", [0, 36, None, 0xFFFFFFFF])
def test_wrong_sizes_are_wrong_headers_whatever_they_claim(claim, riff) -> None:
    data = sounds.speech(12).tobytes()
    size = claim if claim == 0 or claim > 200 else len(data) + claim
    header = probed(sounds.wav_claiming(data, data_size=size, riff_size=riff))
    assert (header.faults, header.finding.seconds, header.finding.done) == ((), 12.0, (REPAIRED,))


def test_a_doubled_size_is_wrong_if_the_file_says_so_elsewhere() -> None:
    data = sounds.speech(12).tobytes()
    assert probed(sounds.wav_claiming(data, data_size=2 * len(data))).faults == ()
    assert (
        fault_of(sounds.wav_claiming(data, data_size=2 * len(data), riff_size=2 * len(data) + 36))
        == "truncated"
    )


def test_half_a_file_says_how_much_is_missing() -> None:
    finding = examined(sounds.truncated(sounds.speech_wav(40))).finding
    assert finding.code == "truncated"
    assert "stops after 20 seconds; 20 seconds of its 40 seconds are missing." in finding.message


@pytest.mark.parametrize(("seconds", "code"), [(39.3, "ok"), (39.1, "truncated")])
def test_2_percent_may_be_missing(seconds, code) -> None:
    assert fault_of(sounds.speech_wav(40)[: 44 + int(seconds * 32_000)]) == code


@pytest.mark.parametrize(("seconds", "code"), [(11.6, "ok"), (11.4, "truncated")])
def test_half_a_second_may_be_missing(seconds, code) -> None:
    assert fault_of(sounds.speech_wav(12)[: 44 + int(seconds * 32_000)]) == code


def test_adpcm_is_given_no_invented_length() -> None:
    assert probed(sounds.wav_claiming(tag=0x11, bits=4, block=1_024)).finding.seconds is None


def test_odd_but_readable_structures_need_no_repair() -> None:
    for content in (
        sounds.wav_claiming(before=sounds.chunk(b"LIST", b"")),
        sounds.wav_claiming(before=sounds.chunk(b"bext", b"odd")),
        sounds.wav_claiming(before=sounds.chunk(b"cue ", b"") * 300),
        sounds.wav_claiming(riff_size=20, before=sounds.chunk(b"JUNK", b"x" * 99)),
        sounds.wav_claiming(riff_size=0),
        sounds.wav_claiming(before=sounds.chunk(b"data", b"")),
        sounds.wav_claiming().replace(b"fmt ", b"FMT ").replace(b"data", b"DATA"),
    ):
        header = probed(content)
        assert (header.faults, header.finding.seconds, header.finding.done) == ((), 12.0, ())


@pytest.mark.parametrize(
    "before",
    [
        b"LIST\x13\0\0\0INFOISFT\x07\0\0\0Rec 1.0",  # odd, without its byte of padding
        struct.pack("<4sI", b"smpl", 32) + bytes(36),  # four bytes longer than it says
        sounds.chunk(b"JUNK", b"", size=0xFFFFFF00),
        sounds.chunk(b"JUNK", b"") * 20_000,
    ],
)
def test_samples_are_found_behind_a_broken_chunk(before) -> None:
    header = probed(sounds.wav_claiming(before=before))
    assert (header.faults, header.finding.seconds, header.finding.done) == ((), 12.0, (REPAIRED,))


def test_a_wrong_block_size_is_repaired() -> None:
    header = probed(sounds.wav_claiming(block=4))
    assert (header.finding.seconds, header.finding.done) == (12.0, (REPAIRED,))
    assert struct.unpack_from("<H", header.sources[0].header, 32) == (2,)


@pytest.mark.parametrize("size", [None, 0xFFFFFFFF])
def test_joined_wavs_are_put_together(size) -> None:
    parts = [sounds.speech(3, seed=seed).tobytes() for seed in range(4)]
    content = b"".join(sounds.wav_claiming(part, data_size=size) for part in parts)
    header = probed(content)
    assert header.finding.seconds == 12.0
    assert "4 recordings in this file were joined." in header.finding.done
    assert [content[start : start + length] for start, length in header.finding.layout.parts] == parts


def test_joined_wavs_of_two_kinds_are_decoded_one_by_one() -> None:
    first, second = sounds.speech_wav(6, rate=44_100), sounds.speech_wav(6, rate=48_000, channels=2)
    done = examined(first + second)
    assert done.finding.seconds == pytest.approx(12, abs=0.001)
    assert np.array_equal(done.mono[: 6 * 44_100] * 32_768, sounds.speech(6, rate=44_100))


def test_64_bit_headers_and_tags_in_front_are_left_out() -> None:
    data = sounds.speech(12).tobytes()
    sizes = sounds.chunk(b"ds64", struct.pack("<QQQI", len(data) + 80, len(data), len(data) // 2, 0))
    body = sounds.wav_claiming(data, riff=b"RF64", riff_size=0xFFFFFFFF, data_size=0xFFFFFFFF)
    rf64 = body[:12] + sizes + body[12:] + sounds.chunk(b"LIST", b"behind")
    for content in (rf64, sounds.id3(b"\0" * 50) + sounds.wav_claiming(data)):
        header = probed(content)
        assert (header.finding.seconds, header.faults) == (12.0, ())
        assert header.finding.layout.header == sounds.wav_claiming(data)[:44]


def extensible(sub_format: int) -> bytes:
    bits = 32 if sub_format == 3 else 16
    fields = struct.pack("<HHIIHH", 0xFFFE, 1, 16_000, 16_000 * bits // 8, bits // 8, bits)
    guid = struct.pack("<H", sub_format) + PCM_GUID
    fmt = sounds.chunk(b"fmt ", fields + struct.pack("<HHI", 22, bits, 4) + guid)
    body = b"WAVE" + fmt + sounds.chunk(b"data", b"\0" * 16_000 * 12 * (bits // 8))
    return struct.pack("<4sI", b"RIFF", len(body)) + body
