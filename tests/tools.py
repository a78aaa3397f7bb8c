"""The programs that tests run beside the product. A test that misses one fails and says what to install."""

import shutil

PACKAGES = {  # of Debian
    "chromium": "chromium",
    "espeak-ng": "espeak-ng",
    "ffmpeg": "ffmpeg",
    "nginx": "nginx",
    "sox": "sox libsox-fmt-mp3",
    "sndfile-convert": "sndfile-programs",
    "sqlite3": "sqlite3",
    "systemd-analyze": "systemd",
}


def tool(name: str) -> str:
    """The path of a program. Fails where it is not installed."""
    path = shutil.which(name)
    assert path, f"install {name} (Debian: {PACKAGES[name]})"
    return path
