"""The rules for MP3 files, and the frame walk behind them."""

import re
import struct

import pytest

from tests import sounds
from tests.audio.probes import examined, fault_of, probed
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
        (8_000, 1, 16_000),
    ],
)
def test_what_lame_writes_has_its_facts(rate, channels, bit_rate) -> None:
    finding = probed(sounds.mp3(12, rate=rate, channels=channels, bit_rate=bit_rate)).finding
    assert (finding.container, finding.codec, finding.done) == ("mp3", "mp3", ())
    assert (finding.rate, finding.channels) == (rate, channels)
    assert finding.seconds == pytest.approx(12, abs=0.25)  # the encoder adds up to 3 frames
    assert finding.bit_rate == pytest.approx(bit_rate, rel=0.03)
    assert finding.layout


def test_the_length_is_counted_not_estimated_by_bit_rate() -> None:
    finding = probed(sounds.vbr_without_xing()).finding
    assert finding.seconds == pytest.approx(800 * 1152 / 44_100, abs=0.001)


@pytest.mark.parametrize("claim", [0, 38, 515, 1_378_125, 0xFFFFFFFF])
def test_a_wrong_index_is_left_out_whatever_it_claims(claim) -> None:
    lying = sounds.xing(claim)
    header = probed(lying + sounds.mp3_frames(500))
    assert (header.faults, header.finding.seconds) == ((), pytest.approx(13.061, abs=0.001))
    assert header.sources[0].parts[0][0] == len(lying)
    assert header.finding.done == ("Its header was wrong and was left out.",)


@pytest.mark.parametrize("claim", [500, None])
def test_an_index_that_is_right_stays(claim) -> None:
    assert probed(sounds.xing(claim) + sounds.mp3_frames(500)).finding.layout.parts[0][0] == 0


def test_a_vbri_index_is_no_sound() -> None:
    vbri = (sounds.MP3_HEADER + b"\0" * 32 + b"VBRI" + b"\0" * 10 + struct.pack(">I", 1_000)).ljust(
        417, b"\0"
    )
    for frames in (500, 1_000):
        header = probed(vbri + sounds.mp3_frames(frames))
        assert (header.faults, header.finding.seconds) == (
            (),
            pytest.approx(frames * 1152 / 44_100, abs=0.001),
        )


def test_half_a_file_says_how_much_is_missing() -> None:
    finding = examined(sounds.truncated(sounds.mp3(40))).finding
    assert finding.code == "truncated"
    assert re.search(
        r"stops after (19|20) seconds; 20 seconds of its 40 seconds are missing", finding.message
    )


def test_a_file_cut_between_frames_is_missed_by_its_bytes() -> None:
    index = sounds.xing(1_000, size=1_000 * 417)
    assert fault_of(index + sounds.mp3_frames(500)) == "truncated"
    assert fault_of(sounds.xing(1_000, size=500 * 417) + sounds.mp3_frames(500)) == "ok"


def test_a_cut_last_frame_is_left_out() -> None:
    header = probed(sounds.mp3_frames(500)[:-100])
    assert (header.faults, header.finding.layout.parts) == ((), ((0, 499 * 417),))


def test_little_junk_is_left_out_and_much_is_refused() -> None:
    finding = probed(sounds.junk_between()).finding
    assert finding.layout.parts[:2] == ((0, 41_700), (42_000, 41_700))
    assert finding.done == ("1 kB of other data in the recording were left out.",)
    assert fault_of(sounds.junk_between(b"\0" * 5_000)) == "corrupt"


def test_zeros_behind_the_last_frame_are_no_damage() -> None:
    assert probed(sounds.mp3_frames(500) + b"\0" * 1_000_000).finding.layout.size_bytes == 500 * 417


@pytest.mark.parametrize("lead", [bytes(5_000), b"\xff" * 8, b"\x55\0" * 1_000_000])
def test_what_comes_before_the_first_frame_is_left_out(lead) -> None:
    header = probed(lead + sounds.mp3_frames(500))
    assert (header.faults, header.finding.layout.parts) == ((), ((len(lead), 500 * 417),))
    assert "of other data before the recording were left out." in header.finding.done[0]


def test_joined_recordings_lose_the_tags_between_them() -> None:
    whole = sounds.id3(b"a" * 3_000) + sounds.mp3_frames(300) + b"TAG".ljust(128, b"x")
    header = probed(whole * 3)
    assert (header.faults, header.finding.layout.size_bytes) == ((), 900 * 417)


def test_tags_at_both_ends_are_outside_the_layout() -> None:
    tail = b"T" * 1_968 + APE_FOOTER + b"LYRICSBEGIN" + b"000011LYRICS200" + b"TAG".ljust(128, b"x")
    content = sounds.id3(b"a" * 300) + sounds.id3(b"b" * 40) + sounds.mp3_frames(500) + tail
    assert probed(content).finding.layout.parts == ((360, 500 * 417),)


def test_large_tags_are_worth_a_word() -> None:
    finding = probed(sounds.id3(b"\0" * 1_500_000) + sounds.mp3_frames()).finding
    assert finding.done == ("1.5 MB of tags, such as cover pictures, were left out.",)
    assert finding.layout


def test_tag_ends_are_found_one_by_one() -> None:
    assert id3_end(sounds.id3(b"\0" * 200) + b"x") == 210
    assert id3_end(b"ID3") == 0
    assert tail_start(b"x" * 50 + b"TAG".ljust(128)) == 50
    assert tail_start(b"x" * 50 + b"\0" * 1_968 + APE_FOOTER) == 50
    assert tail_start(b"x" * 50 + b"LYRICSBEGIN000011LYRICS200") == 50
    assert tail_start(b"short") == 5


def test_frames_that_look_like_a_tag_are_not_passed_on() -> None:
    frames = sounds.mp3_frames(400, header=b"\xff\xf3\x38\xc0", size=108)
    for content in (
        sounds.mp3_frames(500)[:-32] + APE_FOOTER + b"\0" * 40,
        frames[:-20] + b"TAG".ljust(20) + b"\x55" * 9 + frames[:108],
    ):
        assert (fault_of(content), probed(content).finding.layout) == ("ok", None)


@pytest.mark.parametrize(
    "content", [sounds.layer_two, sounds.joined_rates, lambda: sounds.sized_mp3(11_000_000)]
)
def test_uncommon_kinds_are_decoded(content) -> None:
    header = probed(content())
    assert (header.faults, header.finding.layout) == ((), None)
    assert header.sources


def test_a_free_bit_rate_is_named() -> None:
    assert "unusual bit rate" in examined(sounds.free_format()).finding.message


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
