"""Changing voices in a real browser: two who save at once, a deletion and its undoing, by keyboard, without script."""

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.conftest import Visit, new_visit
from tests.browser.test_journey import fresh
from tests.browser.test_looks import violations, violations_in_both_schemes
from tests.running_studio import RunningStudio


async def voice_page(visit: Visit, name: str, recording: Path) -> str:
    """The path of a freshly cloned voice's page."""
    await visit.clone(name, recording)
    await visit.page.get_by_role("link", name="Open voice").click()
    await visit.page.wait_for_url("**/voices/*/")
    return visit.page.url.removeprefix(visit.studio.url)


async def tab_to(visit: Visit, name: str) -> None:
    """Moves on by Tab until the control of that name has focus."""
    for _ in range(60):
        await visit.page.keyboard.press("Tab")
        focused = await visit.page.evaluate(
            "() => document.activeElement.textContent.trim() || document.activeElement.labels?.[0]?.textContent"
        )
        if focused == name:
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


async def test_second_of_two_concurrent_renames_sees_both_names(
    ada: Visit, chromium: Browser, recording: Path
) -> None:
    path = await voice_page(ada, fresh("Marlene"), recording)
    other = await new_visit(ada.studio, chromium)
    await other.login()
    first, second = fresh("First"), fresh("Second")
    for one in (ada, other):
        await one.open(f"{path}edit/")
    await other.page.get_by_label("Name", exact=True).fill(first)
    await other.page.get_by_label("Description").fill("Words of the other")
    await other.page.get_by_role("button", name="Save").click()
    await other.page.wait_for_url(f"**{path}")
    await ada.page.get_by_label("Name", exact=True).fill(second)
    await ada.page.get_by_role("button", name="Save").click()
    note = ada.page.get_by_role("alert")
    await expect(note).to_contain_text("changed this voice")
    await expect(note).to_contain_text(first)
    await expect(note).to_contain_text(second)
    await expect(ada.page.get_by_label("Name", exact=True)).to_have_value(second)
    await expect(ada.page.get_by_label("Description")).to_have_value("Words of the other")
    assert await violations(ada) == []
    await ada.page.get_by_role("button", name="Save anyway").click()
    await ada.page.wait_for_url(f"**{path}")
    await expect(ada.page.get_by_role("heading", level=1)).to_have_text(second)
    await other.context.close()
    assert other.complaints == []


async def test_voice_is_deleted_and_recloned_by_keyboard(ada: Visit, recording: Path) -> None:
    name = fresh("Old Tom")
    path = await voice_page(ada, name, recording)
    await tab_to(ada, "Delete")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("heading", name=f"Delete {name}?")).to_be_visible()
    assert await violations(ada) == []
    await tab_to(ada, "Delete voice")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_text(f"{name} was deleted at Althea.")).to_be_visible()
    await tab_to(ada, "See what's left")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_text("We still have the recording it was made from.")).to_be_visible()
    await tab_to(ada, "Clone again")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("heading", name=f"Clone {name} again?")).to_be_visible()
    assert await violations(ada) == []
    await tab_to(ada, "Clone again")
    await ada.page.keyboard.press("Enter")
    await ada.page.get_by_text("The voice is in your library.", exact=True).wait_for()
    await expect(ada.page.get_by_text("(deleted)")).to_be_visible()
    await ada.open(path)
    await ada.page.get_by_text("Cloned again").get_by_role("link", name=name).click()
    await expect(ada.page.get_by_role("link", name="Edit", exact=True)).to_be_visible()


async def test_language_is_searched_and_saved_by_keyboard(ada: Visit, recording: Path) -> None:
    path = await voice_page(ada, fresh("Mia"), recording)
    await ada.open(f"{path}edit/")
    await ada.page.get_by_role("combobox", name="Language").focus()
    await ada.page.keyboard.type("brazil")
    await ada.page.keyboard.press("Enter")
    await tab_to(ada, "Save")
    await ada.page.keyboard.press("Enter")
    await ada.page.wait_for_url(f"**{path}")
    await expect(ada.page.get_by_text("Portuguese (Brazil)").first).to_be_visible()


async def test_voice_is_renamed_and_deleted_without_script(plain: Visit, recording: Path) -> None:
    name, other = fresh("Sora"), fresh("Ravi")
    await plain.open("/clone/")
    await plain.page.get_by_label("Choose a recording").set_input_files(recording)
    await plain.page.get_by_label("Mine").check()
    await plain.page.get_by_label("The speaker agreed to this").check()
    await plain.page.get_by_label("Name", exact=True).fill(name)
    await plain.page.get_by_role("button", name="Clone this voice").click()
    while not await plain.page.get_by_role("link", name="Open voice").count():
        await plain.page.reload()
    await plain.page.get_by_role("link", name="Open voice").click()
    await plain.page.get_by_role("link", name="Edit", exact=True).click()
    await plain.page.get_by_label("Name", exact=True).fill("n" * 41)
    await plain.page.get_by_label("Language").select_option("de-AT")
    await plain.page.get_by_role("button", name="Save").click()
    await expect(plain.page.get_by_text("Althea allows at most 40").first).to_be_visible()
    await expect(plain.page.get_by_label("Language")).to_have_value("de-AT")
    await plain.page.get_by_label("Name", exact=True).fill(other)
    await plain.page.get_by_role("button", name="Save").click()
    await expect(plain.page.get_by_role("heading", level=1)).to_have_text(other)
    await plain.page.get_by_role("link", name="Delete", exact=True).click()
    await plain.page.get_by_role("button", name="Delete voice").click()
    await expect(plain.page.get_by_text(f"{other} was deleted at Althea.")).to_be_visible()


async def test_delete_with_an_unknown_outcome_is_explained(
    studio: RunningStudio, chromium: Browser, recording: Path
) -> None:
    size = {"width": 320, "height": 700}
    visit = await new_visit(studio, chromium, viewport=size, reduced_motion="reduce")
    await visit.login()
    path = await voice_page(visit, fresh("Ines"), recording)
    await visit.open(f"{path}delete/")
    fault = {"effect": "drop", "method": "DELETE"}
    await visit.context.request.post(f"{studio.sandbox_url}/_sandbox/faults", data=fault)
    await visit.page.get_by_role("button", name="Delete voice").click()
    await expect(visit.page.get_by_role("alert")).to_contain_text("the voice is still there")
    assert await violations_in_both_schemes(visit, 320) == []
    assert await visit.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    await visit.context.close()
    assert visit.complaints == []
