"""The rules for MP3 files, and the frame walk behind them."""

import struct

import pytest

from tests import sounds
from tests.audio.probes import check_secret, verdict_and_code
from voices.audio.findings import Verdict
from voices.audio.mpeg import parse_key
from voices.audio.tags import id3_end, tail_start

APE_FOOTER = b"APETAGEX" + struct.pack("<IIII", 2_000, 2_000, 0, 0) + b"\0" * 8


@pytest.mark.parametrize(
    ("rate", "channels", "bit_rate"),
    [
        (44_100, 1, 64_000),
        (44_100, 2, 128_000),
        (48_000, 2, 320_000),
        (24_000, 1, 32_000),
        (16_000, 1, 24_000),
    ],
)
def test_what_lame_writes_is_ok_with_its_facts(rate, channels, bit_rate) -> None:
    finding = check_secret(sounds.mp3(12, rate=rate, channels=channels, bit_rate=bit_rate))
    assert (finding.verdict, finding.container, finding.codec) == (Verdict.OK, "mp3", "mp3")
    assert (finding.rate, finding.channels) == (rate, channels)
    assert finding.seconds == pytest.approx(12, abs=0.15)  # the encoder adds up to 3 frames
    assert finding.bit_rate == pytest.approx(bit_rate, rel=0.03)


def test_the_length_is_counted_not_estimated_by_bit_rate() -> None:
    finding = check_secret(sounds.vbr_without_xing())
    assert finding.seconds == pytest.approx(800 * 1152 / 44_100, abs=0.001)


@pytest.mark.parametrize("claim", [0, 38, None])
def test_an_index_that_claims_too_little_changes_nothing(claim) -> None:
    finding = check_secret(sounds.xing(claim) + sounds.mp3_frames(500))
    assert (finding.verdict, finding.seconds) == (Verdict.OK, pytest.approx(13.061, abs=0.001))


def test_an_index_that_lies_is_not_forwarded() -> None:
    honest, lying = sounds.xing(500), sounds.xing(38)
    assert check_secret(honest + sounds.mp3_frames(500)).layout.parts[0][0] == 0
    assert check_secret(lying + sounds.mp3_frames(500)).layout.parts[0][0] == len(lying)


def test_a_vbri_index_is_no_sound_and_its_claim_is_checked() -> None:
    vbri = (sounds.MP3_HEADER + b"\0" * 32 + b"VBRI" + b"\0" * 10 + struct.pack(">I", 1_000)).ljust(
        417, b"\0"
    )
    assert check_secret(vbri + sounds.mp3_frames(500)).code == "truncated"
    assert check_secret(vbri + sounds.mp3_frames(1_000)).seconds == pytest.approx(
        1_000 * 1152 / 44_100, abs=0.001
    )


def test_half_a_file_says_how_much_is_there() -> None:
    finding = check_secret(sounds.truncated(sounds.mp3(40)))
    assert (finding.verdict, finding.code) == (Verdict.REFUSE, "truncated")
    assert "it should last 40 seconds" in finding.message
    assert finding.seconds == pytest.approx(20, abs=0.3)


def test_a_cut_last_frame_is_left_out() -> None:
    finding = check_secret(sounds.mp3_frames(500)[:-100])
    assert finding.layout.parts == ((0, 499 * 417),)


def test_little_junk_is_left_out_and_much_is_refused() -> None:
    assert check_secret(sounds.junk_between()).layout.parts[:2] == ((0, 41_700), (42_000, 41_700))
    assert verdict_and_code(sounds.junk_between(b"\0" * 5_000)) == (Verdict.REFUSE, "corrupt")


def test_zeros_behind_the_last_frame_are_no_damage() -> None:
    finding = check_secret(sounds.mp3_frames(500) + b"\0" * 1_000_000)
    assert (finding.verdict, finding.layout.size_bytes) == (Verdict.OK, 500 * 417)


def test_tags_at_both_ends_are_outside_the_layout() -> None:
    tail = b"T" * 1_968 + APE_FOOTER + b"LYRICSBEGIN" + b"000011LYRICS200" + b"TAG".ljust(128, b"x")
    content = sounds.id3(b"a" * 300) + sounds.id3(b"b" * 40) + sounds.mp3_frames(500) + tail
    finding = check_secret(content)
    assert finding.layout.parts == ((360, 500 * 417),)


def test_tag_ends_are_found_one_by_one() -> None:
    assert id3_end(sounds.id3(b"\0" * 200) + b"x") == 210
    assert id3_end(b"ID3") == 0
    assert tail_start(b"x" * 50 + b"TAG".ljust(128)) == 50
    assert tail_start(b"x" * 50 + b"\0" * 1_968 + APE_FOOTER) == 50
    assert tail_start(b"x" * 50 + b"LYRICSBEGIN000011LYRICS200") == 50
    assert tail_start(b"short") == 5


def test_a_tag_inside_the_last_frame_is_not_passed_on() -> None:
    assert check_secret(sounds.mp3_frames(500)[:-32] + APE_FOOTER + b"\0" * 40).code == "corrupt"


def test_a_tag_formed_by_removing_junk_is_not_passed_on() -> None:
    frames = sounds.mp3_frames(400, header=b"\xff\xf3\x38\xc0", size=108)
    assert check_secret(frames[:-20] + b"TAG".ljust(20) + b"\x55" * 9 + frames[:108]).code == "corrupt"


def test_more_than_1_mb_of_tags_is_said() -> None:
    finding = check_secret(sounds.id3(b"\0" * 1_500_000) + sounds.mp3_frames())
    assert (finding.verdict, finding.code) == (Verdict.CONVERT, "mp3_variant")
    assert "1.5 MB of tags" in finding.message


def test_an_mp3_above_10_mb_is_told_its_size() -> None:
    finding = check_secret(sounds.sized_mp3(11_000_000))
    assert (finding.verdict, finding.code) == (Verdict.CONVERT, "mp3_variant")
    assert "11.0 MB" in finding.message


@pytest.mark.parametrize("content", [sounds.layer_two, sounds.free_format, sounds.joined_rates])
def test_uncommon_kinds_are_named_and_told_to_export(content) -> None:
    finding = check_secret(content())
    assert (finding.verdict, finding.code) == (Verdict.CONVERT, "mp3_variant")
    assert "Export it as MP3 or WAV" in finding.message


@pytest.mark.parametrize("key", [0xFBF0, 0xFB00, 0xFB9C, 0xEB90, 0xF990, 0x1B90])
def test_impossible_headers_are_no_frames(key) -> None:
    assert parse_key(key) is None


@pytest.mark.parametrize(
    ("key", "size", "samples"),
    [(0xFB90, 417, 1152), (0xFB92, 418, 1152), (0xF324, 48, 576), (0xE318, 72, 576), (0xFF10, 32, 384)],
)
def test_frame_sizes_follow_the_standard(key, size, samples) -> None:
    frame = parse_key(key)
    assert (frame.size, frame.samples) == (size, samples)
