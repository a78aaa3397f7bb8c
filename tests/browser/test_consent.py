"""Consent in the browser: the statement in the speaker's language, and a withdrawal without script."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_journey import fresh
from tests.browser.test_looks import unsound
from tests.sounds import speech_wav


async def test_statement_follows_its_language_and_unticks(ada: Visit) -> None:
    page = ada.page
    await ada.open("/clone/")
    await page.get_by_label("Mine").check()
    tick = page.get_by_label("The speaker agreed to this")
    await expect(page.get_by_text("I am the person who speaks in this recording.").first).to_be_visible()
    await tick.check()
    await page.get_by_label("Statement language").select_option("Deutsch")
    await expect(page.locator("#statement-text")).to_contain_text("Ich bin die Person, die")
    await expect(page.locator("#statement-text")).to_have_attribute("lang", "de")
    await expect(tick).not_to_be_checked()
    await expect(page.get_by_text("In other languages")).to_be_hidden()
    await page.get_by_label("Synthetic (no real person)").check()
    await expect(tick).to_be_hidden()


async def test_withdrawal_without_script_ends_in_quarantine(ada: Visit, plain: Visit, tmp_path: Path) -> None:
    # A recording of its own: clones of the same one share a consent, and would be withdrawn with it.
    name, recording = fresh("Ana"), tmp_path / "ana.wav"
    recording.write_bytes(speech_wav(seconds=32, rate=22_050, seed=404))
    await ada.page.emulate_media(reduced_motion="reduce")
    await ada.clone(name, recording)
    await ada.page.get_by_role("link", name="Open voice").click()
    await plain.open(ada.page.url.removeprefix(ada.studio.url))
    await plain.page.get_by_text("Withdraw consent").first.click()
    await plain.page.get_by_label("Reason").fill("She asked.")
    await plain.page.get_by_role("button", name="Withdraw consent").click()
    await expect(plain.page.get_by_text("Consent withdrawn.")).to_be_visible()
    consent = plain.page.url.removeprefix(ada.studio.url)
    await plain.open("/")
    await expect(plain.page.get_by_text(name)).to_have_count(0)
    await ada.page.reload()
    await expect(ada.page.get_by_text("Can't be played")).to_be_visible()
    await ada.open("/consents/")
    row = ada.page.get_by_role("listitem").filter(has_text=name)
    await expect(row.get_by_text("No agents use it")).to_be_visible()
    found = [
        line for path in ("/consents/", consent, "/consents/statements/") for line in await unsound(ada, path)
    ]
    assert found == []
    await ada.open("/consents/")
    await row.get_by_role("link", name="Delete at Althea").click()
    await ada.page.get_by_role("button", name="Delete voice").click()
    await ada.page.wait_for_url(f"{ada.studio.url}/")
    await ada.open(consent)
    await expect(ada.page.get_by_text("Althea responded with 204: deleted")).to_be_visible()
