"""Recordings taken in: through the limited child, from any kind of file to what will be sent."""

import hashlib
import io
from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest

from tests import sounds
from tests.audio.probes import examined
from tests.audio.test_child import GREEDY, TIGHT
from voices.audio.child import Bounds, ForkServer, ask_child
from voices.audio.edits import UNCHANGED, Edit
from voices.audio.findings import Verdict
from voices.audio.intake import Intake, take_in
from voices.audio.riff import wav_header

RATE = 44_100
KINDS = [
    ("ipod", "aac", "M4A"), ("ogg", "libopus", "Opus"), ("webm", "libopus", "WebM"), ("flac", "flac", "FLAC"),
    ("aiff", "pcm_s16be", "AIFF"), ("adts", "aac", "AAC"), ("mp4", "alac", "MP4"), ("asf", "wmav2", "WMA"),
    ("caf", "pcm_s24le", "CAF"), ("au", "pcm_alaw", "AU"), ("wav", "pcm_f32le", "floating-point WAV"),
    ("wav", "pcm_s24le", "24-bit WAV"), ("wav", "adpcm_ima_wav", "ADPCM WAV"), ("w64", "pcm_s16le", "Wave64"),
    ("matroska", "libmp3lame", "Matroska"), ("mp2", "mp2", "MP2"), ("avi", "libmp3lame", "AVI"),
]  # fmt: skip


def taken(path: Path, content: bytes, edit: Edit = UNCHANGED) -> tuple[Intake, bytes]:
    """What is taken in of these bytes, and what was written of them."""
    path.write_bytes(content)
    out = io.BytesIO()
    return take_in(path, out, edit=edit), out.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload"


def samples_of(canonical: bytes) -> np.ndarray:
    """The samples of a canonical WAV, whose header is checked."""
    assert canonical[:44] == wav_header(channels=1, rate=RATE, data_bytes=len(canonical) - 44)
    return np.frombuffer(canonical[44:], np.int16)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The highest correlation of two sounds, shifted by up to 0.06 s as encoders do."""
    size = min(one.size, other.size) - 6_000
    middle = other[3_000 : 3_000 + size].astype(float)
    # Where it lies is told by one second; transforms of a whole file's length can take a second each.
    length = 1 << 16
    spectrum = np.fft.rfft(one[:length].astype(float))
    shift = int(np.fft.irfft(spectrum * np.conj(np.fft.rfft(middle[:RATE], length)))[:6_000].argmax())
    return float(np.corrcoef(one[shift : shift + size], middle)[0, 1])


@pytest.mark.parametrize(("container", "codec", "label"), KINDS)
def test_any_kind_becomes_a_mono_wav(container, codec, label, path) -> None:
    rate = 48_000 if codec == "libopus" else RATE
    content = sounds.encoded(container, codec, sounds.speech(11.2, rate=rate), rate=rate, channels=2)
    intake, written = taken(path, content)
    finding = intake.finding
    assert finding.done == (f"Converted from {label}.", "Stereo mixed to mono.")
    assert finding.message == f"{label} recording of 11 seconds."
    assert likeness(samples_of(written), sounds.speech(11.2, rate=RATE)) > 0.98
    assert finding.seconds == pytest.approx(11.2, abs=0.1)
    assert intake.report.seconds == pytest.approx(finding.seconds, abs=0.01)
    assert intake.canonical.sha256 == hashlib.sha256(written).hexdigest()


def test_a_clean_wav_is_sent_as_it_came(path) -> None:
    content = sounds.speech_wav(12)
    intake, written = taken(path, content)
    assert (intake.is_original, intake.container, written) == (True, "wav", b"")
    assert intake.canonical.sha256 == hashlib.sha256(content).hexdigest()
    assert intake.report.speech_seconds > 3


def test_an_mp3_loses_only_its_tags(path) -> None:
    intake, written = taken(path, sounds.id3(b"\0" * 90) + sounds.mp3_voice())
    assert (written, intake.container) == (sounds.mp3_voice(), "mp3")


@pytest.mark.parametrize("bits", [24, 32])
def test_more_bits_are_rounded_to_the_nearest_of_16(bits, path) -> None:
    voice = sounds.speech(11, rate=RATE).astype(np.int32) << 16
    packed = voice.view(np.uint8).reshape(-1, 4)[:, 4 - bits // 8 :].tobytes()
    _, written = taken(path, sounds.wav_claiming(packed, bits=bits, rate=RATE))
    assert np.array_equal(samples_of(written), sounds.speech(11, rate=RATE))


def test_what_is_too_large_as_wav_becomes_an_mp3_as_loud(path) -> None:
    content = sounds.sized_wav(11_000_000)
    intake, written = taken(path, content)
    assert intake.container == "mp3"
    assert "Sent as MP3 because it's over 10 MB as WAV." in intake.finding.done
    assert len(written) == intake.canonical.size_bytes < 2_500_000
    with av.open(io.BytesIO(written)) as mp3:
        assert not mp3.metadata.keys() - {"encoder"}
        sound = np.concatenate([frame.to_ndarray()[0] for frame in mp3.decode(audio=0)])
    before = np.frombuffer(content[44:], np.int16) / 32_768
    assert 20 * np.log10(np.std(sound) / np.std(before)) == pytest.approx(0, abs=0.1)


def test_a_silent_channel_does_not_halve_the_other() -> None:
    left = sounds.speech(11, rate=RATE)
    both = np.stack([left, np.zeros_like(left)], axis=1).tobytes()
    done = examined(sounds.wav_claiming(both, channels=2, rate=RATE), Edit(end=10.5))
    assert np.array_equal(done.mono * 32_768, left[: int(10.5 * RATE)])


def test_floats_beyond_full_scale_are_turned_down_not_clipped() -> None:
    loud = sounds.speech(11, rate=RATE) / np.float32(10_000)
    done = examined(sounds.wav_claiming(loud.astype("<f4").tobytes(), tag=3, bits=32, rate=RATE))
    assert np.abs(done.mono).max() == pytest.approx(1)
    assert "Turned down by 6.0 dB because its peaks were above full scale." in done.finding.done
    assert np.allclose(done.mono, loud / np.abs(loud).max(), atol=1e-6)


def test_a_peak_hardly_over_full_scale_is_not_mentioned() -> None:
    sound = sounds.speech(11, rate=RATE).astype(np.float32)
    barely = sound / np.abs(sound).max() * np.float32(1.004)  # 0.03 dB
    done = examined(sounds.wav_claiming(barely.astype("<f4").tobytes(), tag=3, bits=32, rate=RATE))
    assert done.finding.done == ("Converted from floating-point WAV.",)


def test_a_cut_is_exact_to_the_sample(path) -> None:
    voice = sounds.speech(20, rate=RATE)
    intake, written = taken(path, sounds.wav(voice, rate=RATE), Edit(start=2.5, end=14.0))
    assert np.array_equal(samples_of(written), voice[int(2.5 * RATE) : 14 * RATE])
    assert (intake.finding.seconds, intake.finding.done) == (11.5, ("Cut to 11 seconds.",))
    assert intake.report.seconds == 11.5


def test_repairs_are_done_and_named(path) -> None:
    voice = sounds.speech(12, rate=RATE) // 4 + 2_000
    quiet = np.full(3 * RATE, 2_000, np.int16)
    content = sounds.wav(np.concatenate([quiet, voice, quiet]).astype(np.int16), rate=RATE)
    intake, written = taken(path, content, Edit(remove_dc=True, trim_silence=True, level=True))
    assert intake.finding.done == (
        "DC offset removed.",
        "Silence at both ends removed.",
        "Level set to −20 LUFS.",
    )
    assert abs(samples_of(written).mean()) < 40
    assert 11 < intake.finding.seconds < 13
    assert intake.report.loudness == pytest.approx(-20, abs=0.5)


@pytest.mark.parametrize(
    ("edit", "code"), [(Edit(start=30.0), "too_short"), (Edit(start=1.0, end=9.0), "too_short")]
)
def test_a_part_that_is_too_short_is_refused(edit, code) -> None:
    assert examined(sounds.speech_wav(20), edit).finding.code == code


def test_all_that_is_wrong_is_told_at_once() -> None:
    cut = sounds.truncated(sounds.wav_claiming(bytes(16_000 * 3 * 8), bits=24))
    assert examined(cut).finding.message == (
        "This 24-bit WAV recording stops after 4 seconds; 4 seconds of its 8 seconds are missing. "
        "This recording is only 4 seconds long; at least 10 are needed. "
        "This recording is silent. Copy or upload the original file again. "
        "Record 30 to 60 seconds of one clear voice. Check the microphone and record again."
    )


def tone(seconds: float) -> np.ndarray:
    return (9_000 * np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * 440 / RATE)).astype(np.int16)


def music(seconds: float) -> np.ndarray:
    """A chord that changes every half second, with a drum on every beat."""
    time = np.arange(int(seconds * RATE)) / RATE
    roots = 110 * 2 ** (np.array([0, 5, 7, 3])[(time * 2).astype(int) % 4] / 12)
    phases = 2 * np.pi * np.cumsum(roots) / RATE
    chord = sum(np.sin(phases * ratio) for ratio in (1, 1.26, 1.5, 2))
    drum = np.random.default_rng(3).standard_normal(time.size) * np.exp(-(time % 0.5) * 30)
    return (
        (4_000 * chord * (0.6 + 0.4 * np.exp(-(time % 0.5) * 4)) + 3_000 * drum)
        .clip(-32_768, 32_767)
        .astype(np.int16)
    )


@pytest.mark.parametrize(
    ("sound", "code"),
    [
        (np.zeros(12 * RATE, np.int16), "silent"),
        (tone(12), "little_speech"),
        (music(20), "little_speech"),
        (np.concatenate([sounds.speech(2, rate=RATE), np.zeros(12 * RATE, np.int16)]), "little_speech"),
        (sounds.speech(9.9, rate=RATE), "too_short"),
    ],
)
def test_what_will_not_clone_is_refused(sound, code) -> None:
    finding = examined(sounds.wav(sound, rate=RATE)).finding
    assert (finding.verdict, finding.code) == (Verdict.REFUSE, code)


def test_more_than_ten_minutes_are_refused_with_their_length() -> None:
    flac = sounds.encoded("flac", "flac", np.zeros(660 * 8_000, np.int16), rate=8_000)
    message = examined(flac).finding.message
    assert message.startswith("This recording is 11 min 0 s long; at most 10 minutes are accepted.")


def test_an_hour_of_sound_is_refused_without_decoding_it_all(path) -> None:
    frame = b"\xff\xe3\x18\xc4" + bytes(68)  # MPEG 2.5 Layer III, 8 kbit/s, 8 kHz, mono: 72 bytes, 72 ms
    path.write_bytes(frame * 50_000)
    tight = Bounds(memory_bytes=900_000_000, cpu_seconds=4, wall_seconds=60.0)
    message = take_in(path, io.BytesIO(), bounds=tight).finding.message
    assert message.startswith("This recording is 60 min 0 s long; at most 10 minutes are accepted.")


@pytest.mark.parametrize("scale", [32_768, 1e30])
def test_float_samples_of_any_scale_are_no_error(scale: float) -> None:
    loud = (sounds.speech(11, rate=RATE) / np.float32(32_768) * np.float32(scale)).astype("<f4")
    content = sounds.wav_claiming(loud.tobytes(), tag=3, bits=32, rate=RATE)
    for edit in (UNCHANGED, Edit(level=True)):
        done = examined(content, edit)
        assert done.finding.verdict is Verdict.OK
        assert (done.report.clipping > 0.5) == (scale == 1e30)  # beyond what integers reach, it is cut off


def test_a_child_that_cannot_start_refuses_the_file(path, tmp_path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o700)
    path.write_bytes(sounds.speech_wav(12))
    with closing(ForkServer(str(python))) as server:
        finding = take_in(path, io.BytesIO(), server=server).finding
    assert (finding.verdict, finding.code) == (Verdict.REFUSE, "undecodable")
    assert finding.message.startswith("This file could not be read.")


def test_a_child_that_works_too_long_refuses_the_file(path) -> None:
    path.write_bytes(sounds.sized_wav(11_000_000))
    tight = Bounds(memory_bytes=900_000_000, cpu_seconds=1, wall_seconds=60.0)
    assert take_in(path, io.BytesIO(), bounds=tight).finding.code == "undecodable"


def test_a_busy_machine_says_nothing_about_the_file(path) -> None:
    path.write_bytes(sounds.speech_wav(12))
    busy = Bounds(memory_bytes=900_000_000, cpu_seconds=9, wall_seconds=0.001)
    finding = take_in(path, io.BytesIO(), bounds=busy).finding
    assert (finding.code, finding.size_bytes) == ("not_examined", path.stat().st_size)
    assert finding.message == "Voice Studio was too busy to check this recording. Try again in a moment."


def test_the_child_stays_small(path) -> None:
    path.write_bytes(sounds.sized_wav(9_000_000))
    out = io.BytesIO()
    answer = ask_child(GREEDY, path, bounds=TIGHT, arguments=("weigh",), out=out)
    assert answer["finding"]["code"] == "ok"
    assert int(out.getvalue().split()[-1]) < 200_000_000


@pytest.mark.parametrize(
    ("container", "codec", "code"),
    [("flac", "flac", "truncated"), ("ipod", "aac", "undecodable"), ("aiff", "pcm_s16be", "truncated"),
     ("webm", "libopus", "truncated"), ("ogg", "libopus", "ok")],  # Ogg says nowhere how long it should be
)  # fmt: skip
def test_half_a_file_is_told_where_its_kind_tells(container, codec, code) -> None:
    content = sounds.encoded(container, codec, sounds.speech(24, rate=48_000), rate=48_000)
    assert examined(sounds.truncated(content)).finding.code == code
    assert examined(sounds.truncated(content, 0.995)).finding.code in ("ok", "undecodable")
