"""Forms keep what was typed, tell errors early and let them go, whatever is checked or searched meanwhile."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_changes import voice_page
from tests.browser.test_journey import fresh
from tests.browser.test_upload import fill, send

FULL = "from voices.models import AltheaAccount; AltheaAccount.objects.update(allowed_voices=0)"
FAIL = (
    "from django.utils import timezone; from voices.models import CloneJob; "
    "newest = CloneJob.objects.order_by('-created_at')[:3]; "
    "CloneJob.objects.filter(pk__in=[job.pk for job in newest]).update("
    "state='failed', message='Althea was busy.', ended_at=timezone.now())"
)


async def test_check_again_keeps_what_was_typed(ada: Visit, recording: Path) -> None:
    ada.studio.manage("shell", "-c", FULL)
    await fill(ada, recording, "Marlene")
    page = ada.page
    await expect(page.get_by_text("Althea will refuse another one").first).to_be_visible()
    await page.get_by_role("button", name="Check again").first.click()
    # The sandbox allows more: the account was read again, and the note is gone.
    await expect(page.locator("#full-accounts").get_by_text("Voices counted just now.")).to_be_visible()
    await expect(page.get_by_text("Althea will refuse another one")).to_have_count(0)
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Marlene")
    await expect(page.get_by_label("Mine")).to_be_checked()
    await expect(page.locator("#recording .kept")).to_contain_text(recording.name)


async def test_errors_go_while_one_types(ada: Visit, tmp_path: Path) -> None:
    path = tmp_path / "memo.wav"
    path.write_bytes(b"RIFF" + bytes(40_000))
    page = ada.page
    await ada.open("/clone/")
    await page.locator("#id_file").set_input_files(path)
    # The refused file is named, as the field itself is empty now.
    await expect(page.locator("[data-refused] b", has_text="memo.wav")).to_be_visible()
    await send(ada)
    await expect(page.get_by_text("Fix 3 things to continue")).to_be_visible()
    await page.get_by_label("Name", exact=True).fill("Marlene")
    await expect(page.locator("#name-error")).to_have_count(0)
    await expect(page.get_by_label("Name", exact=True)).not_to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Mine").check()
    await page.get_by_label("The speaker agreed to this").check()
    await expect(page.get_by_text("Fix one thing to continue")).to_be_visible()


async def test_search_for_an_alias_target_keeps_the_typed_name(ada: Visit, recording: Path) -> None:
    name = fresh("Sora")
    await ada.clone(name, recording)
    page = ada.page
    await ada.open("/aliases/new/")
    await page.get_by_label("Alias").fill("brand-en")
    await page.get_by_label("Find a voice").fill(name)
    await page.keyboard.press("Enter")
    await expect(page.locator(".target")).to_have_count(1)
    await expect(page.get_by_label("Alias")).to_have_value("brand-en")


async def test_failed_clones_are_dismissed_without_losing_focus(ada: Visit, recording: Path) -> None:
    for _ in range(3):
        await ada.clone(fresh("Ines"), recording)
    ada.studio.manage("shell", "-c", FAIL)
    page = ada.page
    await ada.open("/")
    first = page.get_by_role("button", name="Dismiss the clone").first
    await expect(first).to_be_hidden()
    await page.locator("#failed-summary", has_text="3 clones failed").press("Enter")
    await first.press("Enter")
    await expect(page.locator("#failed-summary")).to_contain_text("2 clones failed")
    await expect(first).to_be_focused()
    await page.get_by_role("button", name="Dismiss all").press("Enter")
    await expect(page.locator("#jobs .row")).to_have_count(0)
    await expect(page.locator("#jobs :focus")).to_have_text("2 clones dismissed.")


async def test_way_back_to_the_library_keeps_the_search(ada: Visit, recording: Path) -> None:
    name = fresh("Wyatt")
    await ada.clone(name, recording)
    page = ada.page
    await ada.open(f"/?q={name.replace(' ', '+')}&sort=name")
    await page.locator("#rows .who").click()
    await page.get_by_role("link", name="Edit", exact=True).click()
    await page.get_by_role("link", name=name).click()
    await page.get_by_role("main").get_by_role("link", name="Library").click()
    await expect(page.get_by_label("Search the library")).to_have_value(name)
    await expect(page.locator("#sort")).to_have_value("name")


async def test_voice_that_was_deleted_is_found_again(ada: Visit, recording: Path) -> None:
    name = fresh("Old Tom")
    await voice_page(ada, name, recording)
    page = ada.page
    await page.get_by_role("link", name="Delete", exact=True).click()
    await page.get_by_role("button", name="Delete voice").click()
    await page.get_by_role("link", name="Recently deleted").click()
    await page.get_by_role("link", name=f"Clone again {name}").click()
    await expect(page.get_by_role("heading", name=f"Clone {name} again?")).to_be_visible()
