"""Voices side by side, from the library by keyboard: previews in turn, readable on a small screen, without script."""

import json
from uuid import uuid4

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_looks import violations_in_both_schemes
from tests.running_studio import RunningStudio

MAKE = """
import json
from tests.builders import make_preview, make_voice
from tests.sounds import speech_wav
from voices.models import Membership
ada = Membership.objects.get(user__email="ada@example.com")
voices = [
    make_voice(ada, name=f"{name} MARK"[:40], provider=key, definition={key: settings})
    for name, key, settings in (
        ("Anna", "lmnt", {"voiceId": "leah", "model": "aurora", "speed": 1.5}),
        ("Bruno", "cartesia", {"voiceId": "x", "model": "sonic-3.5", "generationConfig": {"volume": 1.5}}),
        ("Carla", "google", {"voiceId": "en-US-Chirp3-HD-Charon-and-a-long-identifier-of-a-voice"}),
    )
]
for voice in voices[:2]:
    make_preview(voice, content=speech_wav(seconds=1), seconds=1.0)
print(json.dumps([str(voice.pk) for voice in voices]))
"""


def made(studio: RunningStudio, mark: str) -> list[str]:
    """The ids of three voices of three engines, two of which play."""
    told = studio.manage("shell", "-c", MAKE.replace("MARK", mark))
    ids: list[str] = json.loads(told.strip().splitlines()[-1])
    return ids


async def test_selected_voices_are_compared_and_played(ada: Visit) -> None:
    mark = f"m{uuid4().hex[:8]}"
    made(ada.studio, mark)
    page = ada.page
    await ada.open(f"/?q={mark}")
    for name in ("Anna", "Bruno", "Carla"):
        await page.get_by_role("checkbox", name=f"Select {name} {mark}").press("Space")
    await page.get_by_role("button", name="Compare", exact=True).press("Enter")
    await page.wait_for_url("**/voices/compare/?*")
    await expect(page.get_by_role("columnheader", name=f"Anna {mark}")).to_be_visible()
    await expect(page.get_by_role("row", name="Model Differs None sonic-3.5 aurora")).to_be_visible()

    # In turn: each player plays, and after the last one the button offers to begin again.
    await page.evaluate(
        """() => {
          window.played = [];
          document.addEventListener("playing", ({ target }) => played.push(target.ariaLabel), true);
        }"""
    )
    await page.get_by_role("button", name="Play all").press("Enter")
    await expect(page.get_by_role("button", name="Stop")).to_be_focused()
    await expect(page.get_by_role("button", name="Play all")).to_be_visible()
    # The library lists the newest first.
    assert await page.evaluate("played") == [f"Preview of Bruno {mark}", f"Preview of Anna {mark}"]

    await page.get_by_role("button", name="Play all").press("Enter")
    await page.get_by_role("button", name="Stop").press("Enter")
    assert await page.evaluate("[...document.querySelectorAll('audio')].every((audio) => audio.paused)")

    await page.emulate_media(reduced_motion="reduce")  # else buttons are judged while their colour changes
    for width in (1280, 320):
        assert await violations_in_both_schemes(ada, width) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await expect(page.get_by_text("1.5× (0.25 to 2)")).to_be_visible()


async def test_comparison_without_script_has_native_players(plain: Visit) -> None:
    ids = made(plain.studio, f"m{uuid4().hex[:8]}")
    await plain.open(f"/voices/compare/?voice={ids[0]}&voice={ids[1]}&only=differences")
    await expect(plain.page.get_by_role("button", name="Play all")).to_be_hidden()
    assert [await one.is_visible() for one in await plain.page.locator("audio").all()] == [True, True]
