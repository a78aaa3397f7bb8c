"""An audition with three members: who holds it, one with the keyboard only, one without script."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Visit, new_visit
from tests.browser.test_looks import violations_in_both_schemes
from tests.running_studio import RunningStudio

# Two voices that play, and two more members with the cookies of a login: one command, as each takes seconds.
MAKE = """
import json
from django.test import Client
from tests.base import member
from tests.builders import make_preview, make_voice
from voices.models import Membership
ada = Membership.objects.get(user__email="ada@example.com")
for name in ("Sora", "Luna"):
    make_preview(make_voice(ada, name=f"{name} MARK"))
sessions = {}
for name in ("Vera", "Bo"):
    client = Client()
    client.force_login(member(ada.team, f"{name} MARK".replace(" ", "-"), "viewer").user)
    sessions[name] = client.cookies["sessionid"].value
print(json.dumps(sessions))
"""


@dataclass(frozen=True)
class Stage:
    """The word in the names of the voices, and the browsers of the two listeners."""

    mark: str
    vera: Visit
    bo: Visit


async def enter(studio: RunningStudio, chromium: Browser, session: str, **options: Any) -> Visit:
    """Open a browser in which a person is logged in."""
    one = await new_visit(studio, chromium, reduced_motion="reduce", **options)
    await one.context.add_cookies([{"name": "sessionid", "value": session, "url": studio.url}])
    return one


@pytest_asyncio.fixture(loop_scope="session")
async def stage(studio: RunningStudio, chromium: Browser) -> AsyncIterator[Stage]:
    mark = f"m{uuid4().hex[:8]}"
    made = studio.manage("shell", "-c", MAKE.replace("MARK", mark))
    sessions = json.loads(made.strip().splitlines()[-1])
    vera = await enter(studio, chromium, sessions["Vera"])
    bo = await enter(studio, chromium, sessions["Bo"], java_script_enabled=False)
    yield Stage(mark, vera, bo)
    for one in (vera, bo):
        await one.context.close()
        assert one.complaints == []


async def hold(ada: Visit, mark: str) -> str:
    """Select the voices in the library and start the audition. Return its path."""
    page = ada.page
    await page.emulate_media(reduced_motion="reduce")
    await ada.open(f"/?q={mark}")
    for name in ("Sora", "Luna"):
        await page.get_by_role("checkbox", name=f"Select {name} ").check()
    await page.get_by_role("button", name="Audition", exact=True).click()
    await expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    await page.get_by_label("Question").fill("Which voice for the support line?")
    await page.get_by_role("button", name="Start audition").click()
    await expect(page.get_by_role("heading", name="Which voice for the support line?")).to_be_visible()
    return page.url.removeprefix(ada.studio.url)


async def rate_by_keyboard(page: Page, letter: str, score: str) -> None:
    """Play a voice and score it with Tab, Enter, Space and the arrows; what was saved is said beside it."""
    await page.get_by_role("button", name=f"Play voice {letter}").focus()
    async with page.expect_response("**/audio/*/"):
        await page.keyboard.press("Enter")
    await expect(page.locator(f"#player-{letter}")).to_have_attribute("data-state", "playing")
    await page.keyboard.press("Tab")  # to the position
    await page.keyboard.press("Tab")  # to the scores
    await page.keyboard.press("Space")
    for _ in range(int(score) - 1):
        await page.keyboard.press("ArrowRight")
    group = page.get_by_role("group", name=f"Score for voice {letter}")
    await expect(group.get_by_role("radio", name=score)).to_be_checked()
    await expect(page.locator(f"#saved-{letter}")).to_have_text("Saved")


async def choose(page: Page, letter: str, score: str) -> None:
    await page.get_by_role("group", name=f"Score for voice {letter}").get_by_role("radio", name=score).check()


async def rate_without_script(page: Page, letter: str, score: str) -> None:
    """Play a voice with the browser's own control, and choose its score."""
    async with page.expect_response("**/audio/*/"):
        await page.locator(f"#player-{letter} audio").click(position={"x": 24, "y": 26})
    await choose(page, letter, score)


async def test_three_members_hold_an_audition(ada: Visit, stage: Stage) -> None:
    vera, bo = stage.vera.page, stage.bo.page
    path = await hold(ada, stage.mark)
    for one in (stage.vera, stage.bo):
        await one.open(path)
        await expect(one.page.get_by_role("main")).not_to_contain_text(stage.mark)
    # By keyboard, each saved as she goes; then a remark, which Tab leaves.
    await rate_by_keyboard(vera, "A", "4")
    await rate_by_keyboard(vera, "B", "2")
    await expect(vera.locator("#progress")).to_contain_text("2 of 2 rated")
    await vera.get_by_label("Remark on voice B").fill("Too fast")
    async with vera.expect_response("**/rate/"):
        await vera.keyboard.press("Tab")
    assert await violations_in_both_schemes(stage.vera, 320) == []
    await vera.get_by_role("button", name="Finish").press("Enter")
    await expect(vera.get_by_text("You've finished.")).to_be_visible()
    # Without script: what was not heard is refused and kept, the rest is saved.
    await rate_without_script(bo, "A", "5")
    await choose(bo, "B", "1")
    await bo.get_by_role("button", name="Save ratings").click()
    await expect(bo.locator("#saved-B")).to_have_text("Play this voice before you rate it.")
    await rate_without_script(bo, "B", "3")
    await bo.get_by_role("button", name="Save ratings").click()
    await expect(bo.get_by_text("Ratings saved.")).to_be_visible()
    # The holder scores a voice before she plays it: it is refused, and saved as soon as it plays.
    await choose(ada.page, "A", "3")
    await expect(ada.page.locator("#saved-A")).to_have_text("Play this voice before you rate it.")
    await ada.page.get_by_role("button", name="Play voice A").click()
    await expect(ada.page.locator("#saved-A")).to_have_text("Saved")
    # She ends it, and everybody sees who is who.
    await ada.page.get_by_role("link", name="End audition").click()
    await ada.page.get_by_role("button", name="End audition").click()
    await expect(ada.page.get_by_role("heading", name="No clear difference")).to_be_visible()
    for visit in (ada, stage.vera, stage.bo):
        await visit.page.goto(f"{ada.studio.url}{path}")
        await expect(visit.page.get_by_role("link", name=f"Sora {stage.mark}")).to_be_visible()
        await expect(visit.page.get_by_text("Too fast")).to_be_visible()
    assert await violations_in_both_schemes(stage.vera, 320) == []
