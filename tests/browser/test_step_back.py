"""A step back shows the form as it was left: what is sent then is sent. Every browser keeps pages for that."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.conftest import CHROMIUM, FLAGS, Visit, new_visit
from tests.browser.test_journey import fresh
from tests.running_studio import RunningStudio
from tests.sounds import speech_wav


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def keeping() -> AsyncIterator[Browser]:
    """Chromium with its back-forward cache, which Playwright turns off."""
    off = ["--disable-back-forward-cache"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=FLAGS, ignore_default_args=off
        )
        yield browser
        await browser.close()


# Set as the page is left: a page that is loaded anew has neither.
NOTE_TOKEN = (
    "addEventListener('pagehide', () => (window.old = document.querySelector('[name=form_token]')?.value))"
)
HAS_FRESH_TOKEN = "() => window.old && window.old !== document.querySelector('[name=form_token]').value"


@pytest_asyncio.fixture(loop_scope="session", params=[True, False], ids=["script", "plain"])
async def returning(
    studio: RunningStudio, keeping: Browser, cookies: list[Any], request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Visit, bool]]:
    """Ada in that browser, with and without script."""
    one = await new_visit(studio, keeping, java_script_enabled=request.param)
    await one.page.add_init_script(NOTE_TOKEN)
    await one.enter(cookies)
    yield one, request.param
    await one.context.close()
    assert one.complaints == []


async def test_another_clone_after_a_step_back_is_made(
    returning: tuple[Visit, bool], recording: Path
) -> None:
    (visit, has_script), first, second = returning, fresh("First"), fresh("Second")
    page, other = visit.page, recording.with_name("other.wav")
    other.write_bytes(speech_wav(seconds=31, rate=22_050))
    await visit.clone_by_form(first, recording)
    job = page.url
    await page.go_back(wait_until="commit")
    await expect(page.get_by_label("Name", exact=True)).to_have_value(first)
    if has_script:
        await page.wait_for_function(HAS_FRESH_TOKEN)
    await page.locator("#id_file").set_input_files(other)
    if has_script:
        await expect(page.locator("#recording .kept")).to_contain_text("other.wav")
    await page.get_by_label("Name", exact=True).fill(second)
    await page.get_by_role("button", name="Clone this voice").click()
    await page.wait_for_url(lambda url: "/clones/" in url and url != job)
    await page.get_by_text("The voice is in your library.", exact=True).wait_for()
    await expect(page.get_by_role("heading", name=second)).to_be_visible()
    await expect(page.get_by_text("other.wav · 31 s")).to_be_visible()
