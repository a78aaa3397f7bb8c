"""Several recordings at once, as a person does it: a folder with one bad file, a name corrected, all cloned."""

from pathlib import Path

from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.test_journey import fresh
from tests.browser.test_looks import violations
from tests.sounds import speech_wav


def folder_of_six(at: Path, mark: str) -> Path:
    """Five recordings and a picture, beside a file of the system."""
    folder = at / "recordings"
    folder.mkdir()
    for number, name in enumerate(("anna", "ben", "cleo", "dora", "elif")):
        (folder / f"{name} {mark}_de-DE.wav").write_bytes(speech_wav(seconds=12, seed=number))
    (folder / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 3_000)
    (folder / ".DS_Store").write_bytes(b"\0")
    return folder


async def choose_folder(visit: Visit, folder: Path) -> None:
    async with visit.page.expect_file_chooser() as chooser:
        await visit.page.get_by_role("button", name="Choose a folder").click()
    await (await chooser.value).set_files(folder)


def field(visit: Visit, label: str, number: int) -> Locator:
    return visit.page.locator(".draft-row").get_by_label(label, exact=True).nth(number)


async def test_folder_is_uploaded_corrected_and_cloned(ada: Visit, tmp_path: Path) -> None:
    page, mark = ada.page, fresh("m").lower()
    await ada.open("/clone/")
    await page.get_by_role("link", name="Clone several at once").click()
    await choose_folder(ada, folder_of_six(tmp_path, mark))
    summary = page.locator("#summary")
    await expect(summary.get_by_text("5 ready")).to_be_visible()
    await expect(summary.get_by_text("1 refused")).to_be_visible()
    await expect(summary.get_by_text("1 skipped")).to_be_visible()
    await expect(page.get_by_text("This is a JPEG picture")).to_be_visible()
    # A name that another has is told where it is typed, without the button, and goes when it is put right.
    taken = await field(ada, "Name", 0).input_value()
    await field(ada, "Name", 1).fill(taken)
    await page.keyboard.press("Enter")
    await expect(page.locator(".draft-row .error", has_text="already has this name")).to_be_visible()
    await expect(page.get_by_role("button", name="Clone 4 voices")).to_be_visible()
    await expect(field(ada, "Name", 1)).to_have_attribute("aria-invalid", "true")
    await field(ada, "Name", 1).fill(f"Benno {mark}")
    await field(ada, "Language", 1).fill("French")
    await page.keyboard.press("Tab")
    await page.get_by_label("Mine").check()
    await page.get_by_label("The speaker agreed to this").check()
    await expect(page.get_by_role("button", name="Clone 5 voices")).to_be_enabled()
    await page.get_by_role("button", name="Remove cover.jpg").press("Enter")
    await expect(page.locator(".draft-row")).to_have_count(5)
    assert await violations(ada) == []
    # What was typed is kept on the server.
    await page.reload()
    await expect(field(ada, "Name", 1)).to_have_value(f"Benno {mark}")
    await page.get_by_role("button", name="Clone 5 voices").click()
    await expect(page.get_by_role("heading", name="5 of 5 voices cloned")).to_be_visible()
    await expect(page.locator("#drafts")).to_have_count(0)
    await ada.open(f"/?q=Benno+{mark}")
    await expect(page.locator("#rows .row", has_text="French")).to_have_count(1)


async def test_several_files_are_cloned_without_script(plain: Visit, tmp_path: Path) -> None:
    page, mark = plain.page, fresh("n").lower()
    paths = [tmp_path / f"{name}_{mark}.wav" for name in ("fee", "gil")]
    for number, path in enumerate(paths):
        path.write_bytes(speech_wav(seconds=12, seed=10 + number))
    await plain.open("/clone/several/")
    await page.get_by_label("Choose recordings").set_input_files(paths)
    await page.get_by_role("button", name="Upload").click()
    await field(plain, "Name", 0).fill(f"Felicity {mark}")
    await page.get_by_label("Mine").check()
    await page.get_by_label("The speaker agreed to this").check()
    await page.get_by_role("button", name="Clone 2 voices").click()
    await expect(page.get_by_text(f"Felicity {mark}")).to_be_visible()
    await expect(page.get_by_role("heading", name="2 of 2 voices cloned")).to_be_visible()
