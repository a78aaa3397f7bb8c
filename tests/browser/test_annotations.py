"""Order in a real browser: tags, stage, note and alias in place with the focus kept, by keyboard, without script."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_changes import tab_to, voice_page
from tests.browser.test_journey import fresh
from tests.browser.test_looks import violations


async def test_voice_is_organised_in_place_without_losing_focus(ada: Visit, recording: Path) -> None:
    await voice_page(ada, fresh("Marlene"), recording)
    page = ada.page
    await page.get_by_label("New tags").fill("warm, night shift")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="night shift")).to_be_visible()
    await expect(page.locator("#new-tag")).to_be_focused()
    await page.get_by_role("button", name="Remove tag warm").press("Enter")
    await expect(page.get_by_role("link", name="warm")).to_have_count(0)
    await expect(page.locator("#new-tag")).to_be_focused()
    await expect(page.get_by_role("status")).to_have_text("Tag warm removed.")
    await page.get_by_role("button", name="Approved").press("Enter")
    await expect(page.get_by_role("button", name="Approved")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#stage-approved")).to_be_focused()
    await page.get_by_text("Add a note").press("Enter")
    await page.get_by_label("Note on").fill("One line\nand another")
    await page.get_by_role("button", name="Save note").press("Enter")
    await expect(page.get_by_text("One line\nand another").first).to_be_visible()
    await expect(page.locator("#edit-note")).to_be_focused()
    assert await violations(ada) == []


async def test_alias_is_created_and_moved_by_keyboard(ada: Visit, recording: Path) -> None:
    old, new, alias = fresh("Old"), fresh("New"), f"brand-{fresh('en').split()[-1].lower()}"
    await ada.clone(new, recording)
    await voice_page(ada, old, recording)
    page = ada.page
    await page.get_by_label("New alias of").fill("not an alias")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("An alias has 2 to 40 characters")).to_be_visible()
    await expect(page.locator("#new-alias")).to_be_focused()
    await page.get_by_label("New alias of").fill(alias)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text(f"{alias} now points to {old}.")
    await tab_to(ada, f"Move {alias}")
    await page.keyboard.press("Enter")
    await page.get_by_label("Find a voice").fill(new)
    await page.keyboard.press("Enter")
    await expect(page.locator(".target")).to_have_count(1)
    await page.get_by_role("radio", name=new).press("Space")
    told = f"{alias} will point to {new} instead of {old}."
    await expect(page.get_by_text(told)).to_be_visible()
    assert await violations(ada) == []
    await tab_to(ada, "Move alias")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(f"{alias} now points to {new}.")).to_be_visible()


async def test_voice_is_organised_without_script(plain: Visit, recording: Path, ada: Visit) -> None:
    path, page = await voice_page(ada, fresh("Plain"), recording), plain.page
    tag = fresh("tag")
    await plain.open(path)
    await page.get_by_label("New tags").fill(tag)
    await page.get_by_role("button", name="Add").first.click()
    await expect(page.get_by_text(f"Tagged {tag}.")).to_be_visible()
    await page.get_by_role("button", name="Retired").click()
    await expect(page.get_by_text("Hidden from the library by default.")).to_be_visible()
    await page.get_by_label("New tags").fill("y" * 41)
    await page.get_by_role("button", name="Add").first.click()
    await expect(page.get_by_text("A tag has at most 40 characters")).to_be_visible()
    await expect(page.get_by_label("New tags")).to_have_value("y" * 41)
    await plain.open("/tags/")
    await page.get_by_role("link", name=f"Remove {tag}").click()
    await expect(page.get_by_text("1 voice loses it")).to_be_visible()
    await page.get_by_role("button", name="Remove tag").click()
    await expect(page.get_by_text(f"Tag {tag} removed.")).to_be_visible()
