"""The recording on the clone page: its report, heard, cut by keyboard and mouse, checked without script."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_journey import await_playing, fresh
from tests.browser.test_looks import violations_in_both_schemes
from tests.browser.test_upload import send


async def test_part_is_chosen_by_keyboard_heard_and_sent(ada: Visit, recording: Path) -> None:
    page, name = ada.page, fresh("Cut")
    await page.emulate_media(reduced_motion="reduce")
    await ada.open("/clone/")
    await page.get_by_label("Mine").check()
    await page.get_by_label("The speaker agreed to this").check()
    await page.get_by_label("Name", exact=True).fill(name)
    await ada.choose(recording)
    start, end = (page.get_by_role("slider", name=f"{edge} of the part") for edge in ("Start", "End"))
    await start.focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "PageUp", "ArrowLeft"):
        await page.keyboard.press(key)
    await expect(start).to_have_attribute("aria-valuetext", "6.0 s of 32.0 s, 26.0 s chosen")
    await expect(page.get_by_label("Start", exact=True)).to_have_value("6")
    await end.press("Home")
    await expect(end).to_have_attribute("aria-valuenow", "16")  # at least 10 s stay
    await expect(page.get_by_text("Not applied yet.")).to_be_visible()
    await page.get_by_role("button", name="Apply").press("Enter")
    await expect(page.get_by_text("Cut to 10 seconds.")).to_be_visible()
    await expect(page.get_by_role("button", name="Apply")).to_be_focused()
    await expect(page.get_by_label("Name", exact=True)).to_have_value(name)
    await page.get_by_role("button", name="Play what will be sent").click()
    await await_playing(ada)
    await page.get_by_role("button", name="Play original file").click()
    await expect(page.get_by_role("button", name="Play what will be sent")).to_be_visible()
    await expect(page.get_by_role("button", name="Pause original file")).to_be_visible()
    # It goes on at the same place: the part begins at 6 s.
    await page.wait_for_function("() => document.querySelector('#player-original audio').currentTime > 6")
    for width in (320, 1280):
        assert await violations_in_both_schemes(ada, width) == []
    await send(ada)
    await page.get_by_role("link", name="Open voice").click()
    await expect(page.locator("#recording")).to_contain_text("Cut to 10 seconds.")
    await expect(page.locator("#recording").get_by_role("button", name="Play what was sent")).to_be_visible()
    assert await violations_in_both_schemes(ada, 320) == []


async def test_handle_that_is_dragged_drops_into_a_pause(ada: Visit, recording: Path) -> None:
    await ada.open("/clone/")
    await ada.choose(recording)
    page = ada.page
    box = await page.locator(".soundwave").bounding_box()
    assert box
    await page.get_by_role("slider", name="Start of the part").hover()
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 20, steps=4)
    await page.mouse.up()
    cuts = await page.locator("[data-part]").get_attribute("data-cuts") or ""
    pauses = [tuple(map(float, one.split("-"))) for one in cuts.split()]
    at = float(await page.get_by_label("Start", exact=True).input_value())
    assert abs(at - 0.4 * 32) < 2.1
    assert any(low - 0.051 <= at <= high + 0.051 for low, high in pauses)
    await page.get_by_role("button", name="Apply").click()
    await page.get_by_role("button", name="Undo all").click()
    await expect(page.get_by_label("Start", exact=True)).to_have_value("0")
    await page.reload()
    await expect(page.locator("#recording .kept")).to_contain_text(recording.name)


async def test_recording_is_checked_and_cut_without_script(plain: Visit, recording: Path) -> None:
    page, name = plain.page, fresh("Plain")
    await plain.open("/clone/")
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Choose a recording").set_input_files(recording)
    await page.get_by_role("button", name="Check the recording").click()
    await expect(page.locator("#recording .rating")).to_be_visible()
    await expect(page.get_by_role("slider")).to_have_count(0)
    await page.get_by_text("Choose a part and repair").click()
    await page.get_by_label("End", exact=True).fill("20")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.get_by_text("Cut to")).to_be_visible()
    await expect(page.get_by_label("Name", exact=True)).to_have_value(name)
    await page.get_by_label("Mine").check()
    await page.get_by_label("The speaker agreed to this").check()
    await page.get_by_label("Name", exact=True).press("Enter")
    await expect(page.get_by_role("heading", name=name)).to_be_visible()
