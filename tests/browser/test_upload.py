"""The recording before and while it travels: a wrong file stays here, leaving is asked, a lost login loses nothing."""

from pathlib import Path

from playwright.async_api import Dialog, expect

from tests.browser.conftest import Visit
from tests.browser.test_journey import fresh
from tests.sounds import speech_wav


async def fill(ada: Visit, path: Path, name: str) -> None:
    """The clone form, filled and not yet sent."""
    await ada.open("/clone/")
    await ada.page.get_by_label("Choose a recording").set_input_files(path)
    await ada.page.get_by_label("Mine").check()
    await ada.page.get_by_label("The speaker agreed to this").check()
    await ada.page.get_by_label("Name", exact=True).fill(name)


async def send(ada: Visit) -> None:
    """Presses the button."""
    await ada.page.get_by_role("button", name="Clone this voice").click()


async def test_wrong_file_is_refused_before_sending(ada: Visit, tmp_path: Path) -> None:
    path = tmp_path / "memo.m4a"
    path.write_bytes(b"\0" * 40_000)
    sent = []
    ada.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await fill(ada, path, "Memo")
    await send(ada)
    await expect(ada.page.get_by_role("alert").filter(has_text="This is an M4A file")).to_be_visible()
    await expect(ada.page.get_by_label("Choose another recording")).to_be_focused()
    assert sent == []


async def test_chosen_recording_can_be_played_before_upload(ada: Visit, recording: Path) -> None:
    await fill(ada, recording, "Heard")
    await expect(ada.page.get_by_label("The recording you chose")).to_be_visible()
    await ada.page.wait_for_function(
        "() => Math.round(document.querySelector('[data-hear]').duration) === 32"
    )


async def test_leaving_during_an_upload_asks_for_confirmation(ada: Visit, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(speech_wav(seconds=100, rate=44_100))
    asked = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    ada.page.on("dialog", stay)
    slow = await ada.context.new_cdp_session(ada.page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2_000_000}
    await slow.send("Network.emulateNetworkConditions", limits)
    await fill(ada, path, fresh("Marlene"))
    await send(ada)
    await expect(ada.page.get_by_text("Keep this page open until it's done.")).to_be_visible()
    async with ada.page.expect_event("dialog"):
        await ada.page.evaluate("() => { setTimeout(() => location.assign('/keys/')) }")
    await slow.send("Network.emulateNetworkConditions", limits | {"uploadThroughput": -1})
    await ada.page.wait_for_url("**/clones/*/")
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
