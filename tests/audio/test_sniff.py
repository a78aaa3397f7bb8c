"""What a file is, by its content."""

import pytest

from tests import sounds
from tests.audio.probes import check_secret
from voices.audio.findings import Verdict

NO_RECORDINGS = {
    "a JPEG picture": sounds.jpeg(),
    "a PNG picture": sounds.png(),
    "a GIF picture": b"GIF89a" + b"\0" * 100,
    "a WebP picture": b"RIFF\x10\0\0\0WEBPVP8 ",
    "a HEIC picture": b"\0\0\0\x18ftypheic\0\0\0\0",
    "a ZIP archive or an office document": sounds.zip_bytes(),
    "a web page (HTML)": sounds.html(),
    "an XML document": b'<?xml version="1.0"?><a/>',
    "an SVG picture": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a PDF document": sounds.pdf(),
    "a playlist": sounds.playlist(),
    "a description of a stream (SDP)": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
    "a text file": b"file '/etc/passwd'\n",
    "an AVI video": b"RIFF\x10\0\0\0AVI LIST",
}
RECORDINGS = {
    "an M4A recording": b"\0\0\0\x1cftypM4A \0\0\0\0",
    "an MP4 recording": b"\0\0\0\x1cftypisom\0\0\0\0",
    "a 3GP recording": b"\0\0\0\x1cftyp3gp4\0\0\0\0",
    "a QuickTime recording": b"\0\0\0\x14ftypqt  \0\0\0\0",
    "a WebM recording": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm",
    "a Matroska recording": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska",
    "an Opus recording": b"OggS\0\x02" + b"\0" * 22 + b"OpusHead\x01",
    "an Ogg Vorbis recording": b"OggS\0\x02" + b"\0" * 22 + b"\x01vorbis",
    "a FLAC recording": b"fLaC\0\0\0\x22",
    "an AIFF recording": b"FORM\0\0\0\x10AIFFCOMM",
    "an AMR recording": b"#!AMR\n",
    "a WMA recording": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9",
    "a CAF recording": b"caff\0\x01\0\0",
    "an AAC recording": b"\xff\xf1\x50\x80\x01\x00\x00\x00\xff\xf1\x50\x80\x01\x00\x00",
}


@pytest.mark.parametrize("noun", NO_RECORDINGS)
def test_what_is_no_recording_is_refused_by_name(noun) -> None:
    finding = check_secret(NO_RECORDINGS[noun])
    assert (finding.verdict, finding.code) == (Verdict.REFUSE, "not_audio")
    assert finding.message == f"This is {noun}, not a recording. Choose a WAV or MP3 file."


@pytest.mark.parametrize("noun", RECORDINGS)
def test_other_recordings_are_named_and_told_to_export(noun) -> None:
    finding = check_secret(RECORDINGS[noun])
    assert (finding.verdict, finding.code) == (Verdict.CONVERT, f"container:{finding.container}")
    assert finding.message == f"This is {noun}. Export it as WAV (16-bit, mono) or MP3 and choose it again."


@pytest.mark.parametrize(
    ("container", "codec", "rate", "found"),
    [
        ("ipod", "aac", 44_100, "m4a"),
        ("webm", "libopus", 48_000, "webm"),
        ("ogg", "libopus", 48_000, "ogg"),
        ("flac", "flac", 44_100, "flac"),
        ("adts", "aac", 44_100, "aac"),
        ("aiff", "pcm_s16be", 44_100, "aiff"),
    ],
)
def test_what_a_real_encoder_writes_is_known(container, codec, rate, found) -> None:
    content = sounds.encoded(container, codec, sounds.speech(2, rate=rate), rate=rate)
    assert check_secret(content).code == f"container:{found}"


def test_other_things_behind_an_id3_tag_are_seen() -> None:
    assert check_secret(sounds.id3(b"\0" * 90) + b"fLaC\0\0\0\x22").container == "flac"
