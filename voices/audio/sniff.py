"""Detects what a file is by its first bytes, never by its name or its declared type."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: `noun` completes "This is …"; `container` is set for recordings only."""

    noun: str
    container: str | None = None


WAV = Kind("a WAV recording", "wav")
_WEBM, _MATROSKA = Kind("a WebM recording", "webm"), Kind("a Matroska recording", "mkv")

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
    (b"fLaC", Kind("a FLAC recording", "flac")),
    (b"#!AMR", Kind("an AMR recording", "amr")),
    (b"caff", Kind("a CAF recording", "caf")),
    (b".snd", Kind("an AU recording", "au")),
    (b"wvpk", Kind("a WavPack recording", "wavpack")),
    (b"MAC ", Kind("a Monkey's Audio recording", "ape")),
    (b"MPCK", Kind("a Musepack recording", "musepack")),
    (b"MP+", Kind("a Musepack recording", "musepack")),
    (b"TTA1", Kind("a TTA recording", "tta")),
    (b"DSD ", Kind("a DSF recording", "dsf")),
    (b"\x0b\x77", Kind("an AC-3 recording", "ac3")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("a WMA recording", "wma")),
    (b"riff\x2e\x91\xcf\x11", Kind("a Wave64 recording", "w64")),
)
_FORMS: dict[tuple[bytes, bytes], Kind] = {
    (b"RIFF", b"WAVE"): WAV,
    (b"RF64", b"WAVE"): Kind("a 64-bit WAV recording (RF64)", "rf64"),
    (b"BW64", b"WAVE"): Kind("a 64-bit WAV recording (BW64)", "rf64"),
    (b"RIFX", b"WAVE"): Kind("an old kind of WAV recording (RIFX)", "rifx"),
    (b"RIFF", b"AVI "): Kind("an AVI video"),
    (b"RIFF", b"WEBP"): Kind("a WebP picture"),
    (b"FORM", b"AIFF"): Kind("an AIFF recording", "aiff"),
    (b"FORM", b"AIFC"): Kind("an AIFF recording", "aiff"),
}
_BRANDS: tuple[tuple[bytes, Kind], ...] = (
    (b"M4A", Kind("an M4A recording", "m4a")),
    (b"M4B", Kind("an M4B audio book", "m4a")),
    (b"qt", Kind("a QuickTime recording", "mp4")),
    (b"3g", Kind("a 3GP recording", "3gp")),
    (b"hei", Kind("a HEIC picture")),
    (b"mif1", Kind("a HEIF picture")),
    (b"avif", Kind("an AVIF picture")),
)
_OGG: tuple[tuple[bytes, Kind], ...] = (
    (b"OpusHead", Kind("an Opus recording", "ogg")),
    (b"\x01vorbis", Kind("an Ogg Vorbis recording", "ogg")),
    (b"Speex", Kind("a Speex recording", "ogg")),
    (b"\x7fFLAC", Kind("an Ogg FLAC recording", "ogg")),
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
        return _first(_BRANDS, head[8:12]) or Kind("an MP4 recording", "mp4")
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return Kind("a QuickTime recording", "mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _WEBM if b"webm" in head[:64] else _MATROSKA
    if head.startswith(b"OggS"):
        return next((kind for mark, kind in _OGG if mark in head[:128]), Kind("an Ogg recording", "ogg"))
    return Kind("an AAC recording", "aac") if _is_adts(head) else None


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
