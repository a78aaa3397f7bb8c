"""A link to a speaker, from the form over their phone to the clone: with a microphone's sound, and without script."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.conftest import Visit, new_visit
from tests.browser.test_journey import fresh
from tests.browser.test_looks import violations, violations_in_both_schemes
from tests.browser.test_recorder import button, keeps_nothing, listen, listening, spoken, start
from tests.running_studio import RunningStudio

__all__ = ["listening", "spoken"]  # fixtures
PHONE = {"width": 390, "height": 844}


@pytest_asyncio.fixture(loop_scope="session")
async def phone(studio: RunningStudio, listening: Browser) -> AsyncIterator[Visit]:
    """A speaker's phone, with a microphone that they allow."""
    one = await new_visit(
        studio, listening, viewport=PHONE, has_touch=True, reduced_motion="reduce", permissions=["microphone"]
    )
    yield one
    await one.context.close()
    assert one.complaints == []


async def ask(ada: Visit, speaker: str) -> str:
    """Make a request by the form, and return its link."""
    page = ada.page
    await ada.open("/requests/new/")
    assert await violations(ada) == []
    await page.get_by_label("Speaker", exact=True).fill(speaker)
    await page.get_by_label("Relation to your team").select_option("actor")
    await page.get_by_label("What is the voice for?").fill("The help line")
    await page.get_by_role("button", name="Create link").click()
    await expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    return await page.locator("#new-link").inner_text()


async def agree(visit: Visit) -> None:
    """Tick the box and sign."""
    await visit.page.get_by_label("I have read this and agree").check()
    await visit.page.get_by_label("Your name").fill("Ana Ruiz")


async def test_speaker_records_on_a_phone_and_the_team_clones_it(ada: Visit, phone: Visit) -> None:
    speaker, page = fresh("Ana"), phone.page
    await ada.page.emulate_media(reduced_motion="reduce")  # colours are judged, not their change
    link = await ask(ada, speaker)
    await page.goto(link)
    assert await violations_in_both_schemes(phone, PHONE["width"]) == []
    await agree(phone)
    await start(page)
    await expect(page.locator("[data-script]")).to_contain_text(
        "I am the person who speaks in this recording."
    )
    await expect(page.get_by_role("timer")).to_have_text("0:11")
    await button(page, "Finish").click()
    await listen(page)
    await button(page, "Use this recording").click()
    await expect(page.get_by_label("The recording you chose")).to_be_visible()
    await page.get_by_role("button", name="Send to Northwind").click()
    await expect(page.get_by_role("heading", name="Your recording has arrived")).to_be_focused()
    assert await keeps_nothing(page)
    await page.reload()
    await expect(page.get_by_role("heading", name="This link has been used")).to_be_visible()
    await ada.open("/requests/")
    await ada.page.get_by_role("link", name=speaker).click()
    await expect(ada.page.get_by_role("group", name="Recording received")).to_be_visible()
    assert await violations_in_both_schemes(ada, 320) == []
    await ada.page.set_viewport_size({"width": 1280, "height": 900})
    await ada.page.get_by_role("button", name="Accept").click()
    await expect(ada.page.locator("#recording b").first).to_contain_text("Recording")
    await expect(ada.page.get_by_text("Ana Ruiz agreed (voice actor).")).to_be_visible()
    await ada.page.get_by_label("Name", exact=True).fill(speaker)
    await ada.page.get_by_role("button", name="Clone this voice").click()
    await ada.page.get_by_text("The voice is in your library.", exact=True).wait_for()


async def test_second_phone_is_told_that_the_link_is_used(
    ada: Visit, studio: RunningStudio, chromium: Browser, recording: Path
) -> None:
    """Both open the link; one has no script."""
    link = await ask(ada, fresh("Bea"))
    plain = await new_visit(studio, chromium, java_script_enabled=False, viewport=PHONE)
    other = await new_visit(studio, chromium, viewport=PHONE)
    for visit in (plain, other):
        await visit.page.goto(link)
        await agree(visit)
        await visit.page.get_by_label("Or choose a recording").set_input_files(recording)
    await expect(other.page.get_by_label("The recording you chose")).to_be_visible()
    await plain.page.get_by_role("button", name="Send to Northwind").click()
    await expect(plain.page.get_by_role("heading", name="Your recording has arrived")).to_be_visible()
    await other.page.get_by_role("button", name="Send to Northwind").click()
    await expect(other.page.get_by_role("heading", name="This link has been used")).to_be_visible()
    assert [one for one in other.complaints if "Error Code 410" not in one] == []
    for visit in (plain, other):
        await visit.context.close()
