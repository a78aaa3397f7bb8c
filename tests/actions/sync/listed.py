"""Voices and pages as Althea tells them, for the tests of the sync."""

from typing import Any

from voices import althea


def listed(voice_id: str, name: str = "", **raw: Any) -> althea.Voice:
    """A private voice as a list names it."""
    return althea.Voice.from_json(
        {"voiceId": voice_id, "name": name or f"Voice {voice_id}", "ownership": "private", **raw}
    )


def page_of(*voices: althea.Voice, cursor: str = "", total: int | None = None) -> althea.VoicePage:
    """A page with these voices; with a cursor there is a next one."""
    url = f"https://app.example/api/voices?cursor={cursor}" if cursor else None
    return althea.VoicePage.from_json(
        {"results": [voice.raw for voice in voices], "next": url, "total": total}
    )
