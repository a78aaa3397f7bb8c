"""Recordings for the sandbox's own tests, made in code."""

import io
import random
import wave

from voices.sandbox.speech import as_mp3, synthesise


def wav_of(size_bytes: int = 64_000, *, seed: int = 0) -> bytes:
    """A WAV file of about that size whose samples are noise, so that any lost byte shows."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(random.Random(seed).randbytes(size_bytes // 2 * 2))
    return target.getvalue()


def mp3_of(seed: str = "a") -> bytes:
    """An MP3 file of some seconds."""
    return as_mp3(synthesise(seed))
