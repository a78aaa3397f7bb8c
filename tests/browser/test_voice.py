"""The voice page in a real browser: hearing, copying, where it is used, its activity; and all of it without script."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_changes import voice_page
from tests.browser.test_journey import fresh
from tests.browser.test_looks import violations


async def test_voice_page_plays_copies_and_shows_usage(ada: Visit, recording: Path) -> None:
    name = fresh("Marlene")
    path = await voice_page(ada, name, recording)
    page = ada.page
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name=f"Play {name}").click()
    await expect(page.get_by_role("button", name=f"Pause {name}")).to_be_visible()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name=f"Play {name}")).to_be_focused()
    at = await page.get_by_label(f"Position in the preview of {name}").input_value()
    await page.keyboard.press("ArrowRight")
    assert float(await page.get_by_label(f"Position in the preview of {name}").input_value()) > float(at)
    await expect(page.get_by_text("No agents use this voice.")).to_be_visible()
    await page.get_by_text("curl", exact=True).click()
    await page.get_by_role("button", name=f"Copy the curl command of {name}").click()
    await expect(page.get_by_role("status")).to_have_text(f"Copied the curl command of {name}.")
    assert "$ALTHEA_API_KEY" in await page.evaluate("() => navigator.clipboard.readText()")
    assert await violations(ada) == []
    await ada.open(path)
    await expect(page.get_by_text("Last played")).to_be_visible()


async def test_more_activity_loads_in_place(ada: Visit, recording: Path) -> None:
    await voice_page(ada, fresh("Sora"), recording)
    page = ada.page
    await page.get_by_label("New tags").fill(", ".join(f"t{number}" for number in range(18)))
    await page.locator("#add-tag").click()
    await expect(page.get_by_role("link", name="t17", exact=True)).to_be_visible()
    for stage in ("Approved", "Retired", "Draft"):
        await page.get_by_role("button", name=stage, exact=True).click()
        await expect(page.get_by_role("button", name=stage, exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
    await page.reload()
    lines = page.locator(".line-of")
    await expect(lines).to_have_count(20)
    await page.get_by_role("link", name="Show more").click()
    await expect(lines).to_have_count(22)
    await expect(lines.nth(20)).to_be_focused()


async def test_voice_page_is_readable_without_script(plain: Visit, ada: Visit, recording: Path) -> None:
    name = fresh("Ravi")
    path = await voice_page(ada, name, recording)
    await expect(ada.page.get_by_role("button", name=f"Play {name}")).to_be_visible()
    await plain.open(path)
    page = plain.page
    await expect(page.get_by_label(f"Preview of {name}").locator("audio[controls]")).to_be_visible()
    await page.get_by_text("Python (httpx)", exact=True).click()
    await expect(page.locator("#snippet-python")).to_contain_text("import httpx")
    await page.get_by_role("link", name="Load usage from Althea").click()
    await expect(page.get_by_text("No agents use this voice.")).to_be_visible()
    await page.get_by_role("link", name=name).first.click()
    await expect(page.get_by_text("cloned the voice").first).to_be_visible()
