"""Detects what a file is by its first bytes, never by its name or its declared type."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. A recording has a `container`, FFmpeg's `demuxer` for it, and a short name; for others the name
    completes "This is …".
    """

    name: str
    container: str = ""
    demuxer: str = ""


WAV = Kind("WAV", "wav", "wav")
_WEBM, _MATROSKA = Kind("WebM", "webm", "matroska"), Kind("Matroska", "mkv", "matroska")

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", Kind("a ZIP archive or an office document")),
    (b"PK\x05\x06", Kind("a ZIP archive")),
    (b"Rar!", Kind("a RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7-Zip archive")),
    (b"\x1f\x8b", Kind("a compressed (gzip) file")),
    (b"\xff\xd8\xff", Kind("a JPEG picture")),
    (b"\x89PNG\r\n\x1a\n", Kind("a PNG picture")),
    (b"GIF8", Kind("a GIF picture")),
    (b"II*\x00", Kind("a TIFF picture")),
    (b"MM\x00*", Kind("a TIFF picture")),
    (b"%PDF", Kind("a PDF document")),
    (b"{\\rtf", Kind("a text document (RTF)")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind("an office document")),
    (b"\x7fELF", Kind("a program")),
    (b"MZ", Kind("a program")),
    (b"MThd", Kind("a MIDI file (notes, no audio)")),
    (b"SQLite format 3\x00", Kind("a database")),
    (b"fLaC", Kind("FLAC", "flac", "flac")),
    (b"#!AMR", Kind("AMR", "amr", "amr")),
    (b"caff", Kind("CAF", "caf", "caf")),
    (b".snd", Kind("AU", "au", "au")),
    (b"wvpk", Kind("WavPack", "wavpack", "wv")),
    (b"MAC ", Kind("Monkey's Audio", "ape", "ape")),
    (b"MPCK", Kind("Musepack", "musepack", "mpc8")),
    (b"MP+", Kind("Musepack", "musepack", "mpc")),
    (b"TTA1", Kind("TTA", "tta", "tta")),
    (b"DSD ", Kind("DSF", "dsf", "dsf")),
    (b"\x0b\x77", Kind("AC-3", "ac3", "ac3")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("WMA", "wma", "asf")),
    (b"FLV\x01", Kind("FLV", "flv", "flv")),
    (b"nut/multimedia container\0", Kind("NUT", "nut", "nut")),
    (b"\0\0\x01\xba", Kind("MPEG", "mpeg", "mpeg")),
    (b"Creative Voice File\x1a", Kind("VOC", "voc", "voc")),
    (b"NIST_1A\n", Kind("NIST", "nist", "nistsphere")),
    (b"\x64\xa3\x01\0", Kind("IRCAM", "ircam", "ircam")),
    (b"\x64\xa3\x02\0", Kind("IRCAM", "ircam", "ircam")),
    (b"\0\x01\xa3\x64", Kind("IRCAM", "ircam", "ircam")),
    (b"\0\x02\xa3\x64", Kind("IRCAM", "ircam", "ircam")),
    (b"2BIT", Kind("AVR", "avr", "avr")),
    (b"PVF1\n", Kind("PVF", "pvf", "pvf")),
    (b"riff\x2e\x91\xcf\x11", Kind("Wave64", "w64", "w64")),
)
_FORMS: dict[tuple[bytes, bytes], Kind] = {
    (b"RIFF", b"WAVE"): WAV,
    (b"RF64", b"WAVE"): Kind("RF64 WAV", "rf64", "wav"),
    (b"BW64", b"WAVE"): Kind("BW64 WAV", "rf64", "wav"),
    (b"RIFX", b"WAVE"): Kind("RIFX WAV", "rifx", "wav"),
    (b"RIFF", b"AVI "): Kind("AVI", "avi", "avi"),
    (b"RIFF", b"WEBP"): Kind("a WebP picture"),
    (b"FORM", b"AIFF"): Kind("AIFF", "aiff", "aiff"),
    (b"FORM", b"AIFC"): Kind("AIFF", "aiff", "aiff"),
    (b"FORM", b"8SVX"): Kind("8SVX", "8svx", "iff"),
}
_BRANDS: tuple[tuple[bytes, Kind], ...] = (
    (b"M4A", Kind("M4A", "m4a", "mov")),
    (b"M4B", Kind("M4B", "m4a", "mov")),
    (b"qt", Kind("QuickTime", "mp4", "mov")),
    (b"3g", Kind("3GP", "3gp", "mov")),
    (b"hei", Kind("a HEIC picture")),
    (b"mif1", Kind("a HEIF picture")),
    (b"avif", Kind("an AVIF picture")),
)
_OGG: tuple[tuple[bytes, Kind], ...] = (
    (b"OpusHead", Kind("Opus", "ogg", "ogg")),
    (b"\x01vorbis", Kind("Ogg Vorbis", "ogg", "ogg")),
    (b"Speex", Kind("Speex", "ogg", "ogg")),
    (b"\x7fFLAC", Kind("Ogg FLAC", "ogg", "ogg")),
)
_TEXTS: tuple[tuple[bytes, Kind], ...] = (
    (b"<!doctype html", Kind("a web page (HTML)")),
    (b"<html", Kind("a web page (HTML)")),
    (b"<head", Kind("a web page (HTML)")),
    (b"<script", Kind("a web page (HTML)")),
    (b"<svg", Kind("an SVG picture")),
    (b"<?xml", Kind("an XML document")),
    (b"#extm3u", Kind("a playlist")),
    (b"[playlist]", Kind("a playlist")),
    (b"ffconcat", Kind("a playlist")),
    (b"v=0\r\n", Kind("a description of a stream (SDP)")),
    (b"v=0\n", Kind("a description of a stream (SDP)")),
)
_TEXT = Kind("a text file")


def sniff(head: bytes) -> Kind | None:
    """Return the kind of a file by its first kilobytes; None if it may be an MP3."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    form = _FORMS.get((head[:4], head[8:12]))
    return form or _sniff_wrapping(head) or _sniff_text(head)


def _sniff_wrapping(head: bytes) -> Kind | None:
    if head[4:8] == b"ftyp":
        return _first(_BRANDS, head[8:12]) or Kind("MP4", "mp4", "mov")
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return Kind("QuickTime", "mp4", "mov")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _WEBM if b"webm" in head[:64] else _MATROSKA
    if head.startswith(b"OggS"):
        return next((kind for mark, kind in _OGG if mark in head[:128]), Kind("Ogg", "ogg", "ogg"))
    return _sniff_stream(head)


def _sniff_stream(head: bytes) -> Kind | None:
    """Return the kind of a stream without a header of its own, only with sync marks in every packet."""
    if head[:1] == head[188:189] == head[376:377] == b"G":
        return Kind("MPEG-TS", "mpegts", "mpegts")
    if head[:1] == b"\x56" and head[1:2] >= b"\xe0":
        return Kind("AAC", "aac", "loas")
    return Kind("AAC", "aac", "aac") if _is_adts(head) else None


def _first(table: tuple[tuple[bytes, Kind], ...], text: bytes) -> Kind | None:
    return next((kind for start, kind in table if text.startswith(start)), None)


def _is_adts(head: bytes) -> bool:
    """Whether there are two consecutive AAC frames (with layer bits 0, unlike any MP3 frame)."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return False
    after = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return after + 2 > len(head) or (head[after] == 0xFF and head[after + 1] & 0xF6 == 0xF0)


def _sniff_text(head: bytes) -> Kind | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    kind = _first(_TEXTS, text)
    if kind or not head:
        return kind
    is_printable = not head.translate(None, _PRINTABLE)
    return _TEXT if is_printable else None


# No MP3 begins with 4 kB of these: a frame begins with 0xFF, a tag contains NUL bytes.
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])
