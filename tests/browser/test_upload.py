"""The recording on its way: uploaded as it is chosen, waited for, given up; a lost login loses nothing."""

from pathlib import Path

from playwright.async_api import Dialog, expect

from tests.browser.conftest import Visit
from tests.browser.test_journey import fresh
from tests.sounds import speech_wav


async def fill(ada: Visit, path: Path, name: str) -> None:
    """The clone form, filled and not yet sent."""
    await ada.open("/clone/")
    await ada.choose(path)
    await ada.page.get_by_label("Mine").check()
    await ada.page.get_by_label("The speaker agreed to this").check()
    await ada.page.get_by_label("Name", exact=True).fill(name)


async def send(ada: Visit) -> None:
    """Presses the button."""
    await ada.page.get_by_role("button", name="Clone this voice").click()


async def test_empty_file_is_refused_before_sending(ada: Visit, tmp_path: Path) -> None:
    path = tmp_path / "memo.m4a"
    path.write_bytes(b"")
    sent = []
    ada.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await ada.open("/clone/")
    await ada.page.locator("#id_file").set_input_files(path)
    await expect(ada.page.get_by_role("alert").filter(has_text="“memo.m4a” is empty.")).to_be_focused()
    assert sent == []


async def test_form_sent_during_the_upload_waits_for_it(ada: Visit, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(speech_wav(seconds=100, rate=44_100))
    asked, page = [], ada.page

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    slow = await ada.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_000_000}
    await slow.send("Network.emulateNetworkConditions", limits)
    await ada.open("/clone/")
    await page.get_by_label("Mine").check()
    await page.get_by_label("The speaker agreed to this").check()
    await page.get_by_label("Name", exact=True).fill(fresh("Marlene"))
    await page.locator("#id_file").set_input_files(path)
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("progressbar")).to_be_hidden()
    await page.locator("#id_file").set_input_files(path)
    await send(ada)
    await expect(page.get_by_text("Clones as soon as the recording is uploaded and checked.")).to_be_visible()
    async with page.expect_event("dialog"):
        await page.evaluate("() => { setTimeout(() => location.assign('/keys/')) }")
    await slow.send("Network.emulateNetworkConditions", limits | {"uploadThroughput": -1})
    # A poor recording is shown before it takes a slot.
    await expect(page.get_by_role("alert").filter(has_text="this recording is rated poor")).to_be_focused()
    await send(ada)
    await page.wait_for_url("**/clones/*/")
    assert asked == ["beforeunload"]  # the move to the clone's own page asks nothing


async def test_form_is_sent_after_a_login_in_another_tab(ada: Visit, recording: Path) -> None:
    await fill(ada, recording, fresh("Nadia"))
    await ada.context.clear_cookies()
    await send(ada)
    await expect(ada.page.get_by_text("come back here and send it again")).to_be_visible()
    first = ada.page
    ada.page = await ada.context.new_page()
    await ada.login()
    await ada.page.close()
    ada.page = first
    # A headless page is always visible: the event is what a person's return to the tab brings.
    await ada.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    await expect(ada.page.get_by_text("You're logged in again")).to_be_visible()
    await send(ada)
    await ada.page.wait_for_url("**/clones/*/")
    ada.complaints.clear()  # htmx notes the 401


async def test_limits_count_what_people_see(ada: Visit) -> None:
    await ada.open("/clone/")
    name = ada.page.get_by_label("Name", exact=True)
    family = "👩\u200d👩\u200d👧"
    shown = {
        "🎙" * 21: "19 characters left",
        f" {family}  {family}\t": "29 characters left",
        "An\u200dna\u202e Zoe\u0308": "32 characters left",
        "می\u200cخواهم": "32 characters left",
        "🎙" * 41: "1 character too many",
    }
    for typed, told in shown.items():
        await name.fill(typed)
        await expect(ada.page.locator("#name-help")).to_have_text(told)


async def test_upload_that_arrives_damaged_keeps_the_form(ada: Visit, recording: Path) -> None:
    await fill(ada, recording, "Kept")
    await ada.page.evaluate("() => document.querySelector('[name=complete]').remove()")
    await send(ada)
    await expect(ada.page.get_by_text("The upload arrived incomplete or damaged. Try again.")).to_be_visible()
    await expect(ada.page.get_by_label("Name", exact=True)).to_have_value("Kept")
    await expect(ada.page.get_by_role("button", name="Clone this voice")).to_be_enabled()
    ada.complaints.clear()  # htmx notes the 400
