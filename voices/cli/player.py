"""Playing a file with a program that is installed."""

import shutil
import subprocess
from pathlib import Path

from voices.cli.errors import StudioError

PLAYERS = (
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("afplay",),  # macOS
    ("aplay", "--quiet"),  # ALSA: WAV only
)
WAV_ONLY = {"aplay"}
NO_PLAYER = "No player is installed. Install FFmpeg (for ffplay), or save the preview with --output FILE."


def play(file: Path, *, is_wav: bool) -> None:
    """Play the file to its end. Raise StudioError if no player is there, or it fails."""
    for name, *options in PLAYERS:
        program = shutil.which(name)
        if program and (is_wav or name not in WAV_ONLY):
            if subprocess.run(
                [program, *options, str(file)], stdin=subprocess.DEVNULL, check=False
            ).returncode:
                raise StudioError(f"{name} couldn't play the preview. Save it with --output FILE.")
            return
    raise StudioError(NO_PLAYER)
