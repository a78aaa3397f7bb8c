"""The rules for WAV files."""

import struct

import pytest

from tests import sounds
from tests.audio.probes import check_secret, verdict_and_code
from voices.audio.findings import Verdict


def test_a_good_recording_is_ok_with_its_facts() -> None:
    finding = check_secret(sounds.speech_wav(12, rate=44_100, channels=2))
    assert (finding.verdict, finding.code) == (Verdict.OK, "ok")
    assert (finding.container, finding.codec) == ("wav", "pcm_16")
    assert (finding.seconds, finding.rate, finding.channels, finding.bits) == (12.0, 44_100, 2, 16)
    assert finding.bit_rate == 44_100 * 2 * 16
    assert finding.size_bytes == 44 + 12 * 44_100 * 4


def test_the_message_of_a_good_recording_says_what_it_is() -> None:
    assert check_secret(sounds.speech_wav(61)).message == "This is a WAV recording of 61 seconds."


@pytest.mark.parametrize(
    ("seconds", "code"), [(9.9, "too_short"), (10, "ok"), (300, "ok"), (300.1, "too_long")]
)
def test_the_length_limits_are_10_and_300_seconds(seconds, code) -> None:
    data = b"\0\0" * round(seconds * 16_000)
    assert check_secret(sounds.wav_claiming(data)).code == code


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000])
def test_usual_rates_are_ok(rate) -> None:
    assert check_secret(sounds.speech_wav(11, rate=rate)).verdict is Verdict.OK


def test_wav_of_10_mb_is_ok_and_one_sample_more_is_not() -> None:
    assert check_secret(sounds.sized_wav(10_000_000)).verdict is Verdict.OK
    assert verdict_and_code(sounds.sized_wav(10_000_002)) == (Verdict.CONVERT, "wav_variant")


def test_an_11_mb_wav_is_told_its_size_the_limit_and_what_fits() -> None:
    message = check_secret(sounds.sized_wav(11_000_000)).message
    assert "11.0 MB" in message
    assert "limit is 10 MB" in message
    assert "113 seconds" in message
    assert "MP3" in message


def test_tags_do_not_count_towards_the_limit() -> None:
    with_tags = sounds.wav_claiming(before=sounds.chunk(b"LIST", b"\0" * 11_000_000))
    assert check_secret(with_tags).verdict is Verdict.OK


def test_extensible_headers_are_looked_behind() -> None:
    assert check_secret(extensible(sub_format=1)).verdict is Verdict.OK
    assert check_secret(extensible(sub_format=3)).codec == "float"


def test_half_a_file_says_how_much_is_there() -> None:
    finding = check_secret(sounds.truncated(sounds.speech_wav(40)))
    assert (finding.verdict, finding.code) == (Verdict.REFUSE, "truncated")
    assert "stops after 20 seconds; it should last 40 seconds" in finding.message


def test_one_missing_byte_is_forgiven() -> None:
    assert check_secret(sounds.speech_wav(12)[:-1]).verdict is Verdict.OK


def test_adpcm_is_given_no_invented_length() -> None:
    assert check_secret(sounds.wav_claiming(tag=0x11, bits=4, block=1_024)).seconds is None


def test_a_file_with_a_streamed_length_is_still_measured() -> None:
    finding = check_secret(sounds.wav_claiming(data_size=0xFFFFFFFF, riff_size=0xFFFFFFFF))
    assert (finding.verdict, finding.seconds) == (Verdict.CONVERT, 12.0)


def test_odd_but_readable_structures_are_ok() -> None:
    empty_list = sounds.chunk(b"LIST", b"")
    for content in (
        sounds.wav_claiming(before=empty_list),
        sounds.wav_claiming(before=sounds.chunk(b"bext", b"odd")),
        sounds.wav_claiming(riff_size=20, before=sounds.chunk(b"JUNK", b"x" * 99)),
        sounds.wav_claiming(riff_size=0),
        sounds.wav_claiming(riff_size=0xFFFFFFFF),
    ):
        assert (check_secret(content).verdict, check_secret(content).seconds) == (Verdict.OK, 12.0)


def test_256_chunks_are_walked_and_257_are_not() -> None:
    junk = sounds.chunk(b"JUNK", b"")
    assert check_secret(sounds.wav_claiming(before=junk * 255)).verdict is Verdict.OK
    assert check_secret(sounds.wav_claiming(before=junk * 257)).code == "wav_chunks"


def test_every_convertible_recording_asks_for_an_export() -> None:
    for content in (sounds.wav_claiming(tag=3, bits=32), sounds.wav_claiming(rate=8_000)):
        assert "Export it as WAV (16-bit, mono) or MP3" in check_secret(content).message


def extensible(*, sub_format: int) -> bytes:
    bits = 32 if sub_format == 3 else 16
    fields = struct.pack("<HHIIHH", 0xFFFE, 1, 16_000, 16_000 * bits // 8, bits // 8, bits)
    guid = struct.pack("<H", sub_format) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    fmt = sounds.chunk(b"fmt ", fields + struct.pack("<HHI", 22, bits, 4) + guid)
    body = b"WAVE" + fmt + sounds.chunk(b"data", b"\0" * 16_000 * 12 * (bits // 8))
    return struct.pack("<4sI", b"RIFF", len(body)) + body
