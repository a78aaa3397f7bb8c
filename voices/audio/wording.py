"""Sizes, durations and lists as text."""

from collections.abc import Sequence


def megabytes(size_bytes: int) -> str:
    """Return `11.2 MB`, `840 kB` or `12 bytes`: decimal units, as in the API's limit."""
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1_000_000:.1f} MB"
    if size_bytes >= 1_000:
        return f"{size_bytes / 1_000:.0f} kB"
    return "1 byte" if size_bytes == 1 else f"{size_bytes} bytes"


def length(seconds: float) -> str:
    """Return `7.4 seconds`, `42 seconds`, `5 min 12 s` or `10 hours`, rounded down (but 11.999 is 12)."""
    seconds += 0.005
    if seconds < 10:
        tenths = int(seconds * 10) / 10
        return "1 second" if tenths == 1 else f"{tenths:g} seconds"
    if seconds < 120:
        return f"{int(seconds)} seconds"
    if seconds < 7_200:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    return f"{int(seconds) // 3600:,} hours"


def format_name(container: str) -> str:
    """Return a container as its makers write it: `WebM`, `MP3`."""
    return "WebM" if container == "webm" else container.upper()


def listed(words: Sequence[str]) -> str:
    """Return `noise`, `noise and clipping` or `noise, clipping and long pauses`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
