"""What a file is, by its content."""

import pytest

from tests import sounds
from tests.audio.probes import examined, probed
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
}
RECORDINGS = {
    "M4A": b"\0\0\0\x1cftypM4A \0\0\0\0",
    "MP4": b"\0\0\0\x1cftypisom\0\0\0\0",
    "3GP": b"\0\0\0\x1cftyp3gp4\0\0\0\0",
    "QuickTime": b"\0\0\0\x14ftypqt  \0\0\0\0",
    "WebM": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm",
    "Matroska": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska",
    "Opus": b"OggS\0\x02" + b"\0" * 22 + b"OpusHead\x01",
    "Ogg Vorbis": b"OggS\0\x02" + b"\0" * 22 + b"\x01vorbis",
    "FLAC": b"fLaC\0\0\0\x22",
    "AIFF": b"FORM\0\0\0\x10AIFFCOMM",
    "AMR": b"#!AMR\n",
    "WMA": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9",
    "CAF": b"caff\0\x01\0\0",
    "AAC": b"\xff\xf1\x50\x80\x01\x00\x00\x00\xff\xf1\x50\x80\x01\x00\x00",
}


@pytest.mark.parametrize("noun", NO_RECORDINGS)
def test_what_is_no_recording_is_refused_by_name(noun) -> None:
    finding = examined(NO_RECORDINGS[noun]).finding
    assert (finding.verdict, finding.code) == (Verdict.REFUSE, "not_audio")
    assert finding.message.startswith(f"This is {noun}, not a recording. Choose a recording")


@pytest.mark.parametrize("label", RECORDINGS)
def test_recordings_are_known_by_name(label) -> None:
    assert (probed(RECORDINGS[label]).label, probed(RECORDINGS[label]).faults) == (label, ())


def test_other_things_behind_an_id3_tag_are_seen() -> None:
    header = probed(sounds.id3(b"\0" * 90) + b"fLaC\0\0\0\x22")
    assert (header.finding.container, header.sources[0].parts) == ("flac", ((100, 8),))
