"""Recording in the page, with a file as the microphone: what is sent is what was said, and nothing said is lost."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.browser.conftest import CHROMIUM, FLAGS, Visit, new_visit
from tests.browser.test_journey import fresh
from tests.browser.test_looks import violations_in_both_schemes
from tests.running_studio import RunningStudio
from voices.reading_scripts.registry import reading_scripts

RATE = 44_100
Sound = NDArray[np.float64]
# Limits of the recorder for tests: a recording of 2 s may be used.
SHORT = "() => Object.assign(document.querySelector('[data-recorder]').dataset, {least: 2, enough: 2})"
# Keeps what is handed over: the form may have uploaded it and be empty again.
WATCH = """() => document.addEventListener("change", ({ target }) => {
    if (target.id === "id_file") [window.sent] = target.files;
}, true)"""
# The file handed over: its name, type and header, how many samples it has, the first and the last 2 s of them.
SENT = """async () => {
    const file = window.sent;
    const bytes = await file.arrayBuffer();
    const samples = new Int16Array(bytes, 44);
    const ends = [samples.slice(0, 88200), samples.slice(-88200)];
    return [file.name, file.type, [...new Uint8Array(bytes, 0, 44)], samples.length, ...ends.map((one) => [...one])];
}"""
# A draft is there for its owner alone; whoever comes after a week, it is deleted.
FOUND = """async () => {
    const { findDraft } = await import("/static/js/recorder/drafts.js");
    const { owner } = document.querySelector("[data-recorder]").dataset;
    const day = 24 * 3600 * 1000;
    return [!!(await findDraft(owner, Date.now() + 6 * day)), !!(await findDraft("other"))];
}"""
AFTER_A_WEEK = """async () => {
    const { findDraft } = await import("/static/js/recorder/drafts.js");
    return findDraft("other", Date.now() + 8 * 24 * 3600 * 1000);
}"""
KEPT = """() => new Promise((done) => {
    const opening = indexedDB.open("recordings");
    opening.onsuccess = () => {
        const stores = [...opening.result.objectStoreNames];
        if (!stores.length) return done([0, 0]);
        const counts = [];
        const work = opening.result.transaction(stores);
        for (const name of ["drafts", "chunks"]) {
            work.objectStore(name).count().onsuccess = ({ target }) => counts.push(target.result);
        }
        work.oncomplete = () => (opening.result.close(), done(counts));
    };
})"""
LOSES_IT = """() => {
    const { mediaDevices } = navigator;
    const real = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (asked) => (window.lost = await real(asked));
}"""
FAILS = "name => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)) }"
FAST = "() => { document.querySelector('[data-show=audio]').playbackRate = 16 }"


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the microphone hears, over and over: espeak-ng reading the beginning of the script."""
    path = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    text = reading_scripts()["en"].paragraphs[0]
    speech = path.with_name("espeak.wav")
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", speech, text], check=True)
    # At our own rate, so that nothing but the recorder resamples; quieter than espeak-ng, which clips.
    converted = ["-af", "volume=0.5", "-ar", str(RATE), "-ac", "1", path]
    subprocess.run(["ffmpeg", "-v", "error", "-i", speech, *converted], check=True)
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def listening(spoken: Path) -> AsyncIterator[Browser]:
    """A Chromium whose microphone is the file."""
    device = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={spoken}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=FLAGS + device
        )
        yield browser
        await browser.close()


async def visiting(
    studio: RunningStudio, browser: Browser, cookies: list[Any], **options: Any
) -> AsyncIterator[Visit]:
    visit = await new_visit(studio, browser, reduced_motion="reduce", **options)
    await visit.enter(cookies)
    await visit.open("/clone/")
    yield visit
    await visit.context.close()
    assert visit.complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def speaker(studio: RunningStudio, listening: Browser, cookies: list[Any]) -> AsyncIterator[Visit]:
    """Ada on the clone page, with a microphone that she allows."""
    async for visit in visiting(studio, listening, cookies, permissions=["microphone"]):
        await visit.page.evaluate(SHORT)
        yield visit


@pytest_asyncio.fixture(loop_scope="session")
async def refusing(studio: RunningStudio, listening: Browser, cookies: list[Any]) -> AsyncIterator[Visit]:
    """Ada on the clone page, in a browser that refuses the microphone."""
    async for visit in visiting(studio, listening, cookies):
        yield visit


def button(page: Page, name: str) -> Locator:
    return page.locator("[data-recorder]").get_by_role("button", name=name, exact=True)


async def start(page: Page) -> None:
    """Open the recorder, let it check the room, and start."""
    await button(page, "Record here").click()
    await expect(button(page, "Check again")).to_be_visible()
    await button(page, "Start recording").click()
    await expect(button(page, "Pause")).to_be_focused()


async def has_recorded(page: Page, seconds: int) -> None:
    """Wait until the clock of the recording shows so many seconds."""
    await expect(page.get_by_role("timer")).to_have_text(f"0:{seconds:02}")


async def listen(page: Page) -> None:
    """Play the recording to its end, at sixteen times its speed."""
    await page.evaluate(FAST)
    await button(page, "Listen to it first").click()
    await expect(button(page, "Use this recording")).to_be_visible()


async def keeps_nothing(page: Page) -> bool:
    """Whether the browser has no recording of anybody, nor a part of one."""
    return await page.evaluate(KEPT) == [0, 0]


def samples_of(path: Path) -> Sound:
    return np.frombuffer(path.read_bytes()[44:], np.int16).astype(float)


def best_fit(part: Sound, whole: Sound) -> tuple[int, float]:
    """Return where in the repeated whole the part fits best, and its correlation there."""
    ring = np.tile(whole, 2)[: whole.size + part.size]
    size = 1 << int(np.ceil(np.log2(ring.size + part.size)))
    products = np.fft.irfft(np.fft.rfft(ring, size) * np.conj(np.fft.rfft(part, size)), size)
    place = int(products[: whole.size].argmax())
    other = ring[place : place + part.size]
    return place, float(part @ other / np.sqrt(part @ part * (other @ other)))


def quarters(numbers: list[int]) -> list[Sound]:
    """Four parts of 2 s of sound."""
    return np.split(np.array(numbers, float), 4)


async def test_what_is_sent_is_what_was_said(speaker: Visit, spoken: Path) -> None:
    page = speaker.page
    await page.evaluate(WATCH)
    await start(page)
    await has_recorded(page, 3)
    await button(page, "Pause").click()
    await expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    paused = await page.get_by_role("timer").text_content()
    await page.wait_for_timeout(700)  # the microphone goes on, and none of it may be kept
    assert await page.get_by_role("timer").text_content() == paused
    await button(page, "Go on").click()
    await has_recorded(page, 11)
    await button(page, "Finish").click()
    await listen(page)
    assert await page.evaluate("() => window.sent") is None
    await button(page, "Use this recording").click()
    await expect(page.get_by_text("Recording added")).to_be_visible()
    name, kind, header, size, *ends = await page.evaluate(SENT)
    assert (name[:10], name[-4:], kind) == ("Recording ", ".wav", "audio/wav")
    assert bytes(header[20:36]).hex() == "0100010044ac00008858010002001000"  # PCM, mono, 44,100 Hz, 16 bits
    assert int.from_bytes(bytes(header[40:44]), "little") == size * 2
    whole = samples_of(spoken)
    before, after = ([best_fit(one, whole) for one in quarters(end)] for end in ends)
    # The file starts again with a gap, and on a busy machine the stand-in for a microphone drops samples.
    assert np.median([fit for _, fit in before + after]) >= 0.99
    skipped = (after[-1][0] - before[0][0] - (size - RATE // 2)) % whole.size
    assert 0.6 * RATE <= skipped <= 5 * RATE
    await page.get_by_label("Mine").check()
    await page.get_by_label("The speaker agreed to this").check()
    await page.get_by_label("Name", exact=True).fill(fresh("Recorded"))
    await page.get_by_role("button", name="Clone this voice").click()
    await page.wait_for_url("**/clones/*/")
    assert await keeps_nothing(page)


async def test_draft_survives_a_reload_until_it_is_discarded(speaker: Visit) -> None:
    page = speaker.page
    await start(page)
    await has_recorded(page, 3)
    await page.reload()
    await page.evaluate(SHORT)
    await button(page, "Continue recording").click()
    await expect(page.get_by_text("0:03 · ")).to_be_visible()
    await expect(button(page, "Listen to it first")).to_be_visible()
    assert await violations_in_both_schemes(speaker, 320) == []
    assert await page.evaluate(FOUND) == [True, False]
    page.once("dialog", lambda dialog: dialog.accept())
    await button(page, "Discard").click()
    await expect(button(page, "Record here")).to_be_focused()
    assert await keeps_nothing(page)


async def test_draft_lasts_a_week_or_until_logout(speaker: Visit) -> None:
    page = speaker.page
    await start(page)
    await has_recorded(page, 2)
    await button(page, "Finish").click()
    await expect(button(page, "Listen to it first")).to_be_visible()
    assert await page.evaluate(AFTER_A_WEEK) is None
    assert await keeps_nothing(page)
    await button(page, "Record again").click()
    await button(page, "Start recording").click()
    await has_recorded(page, 2)
    await button(page, "Finish").click()
    await speaker.open("/accounts/logout/")
    assert not await keeps_nothing(page)
    await page.get_by_role("main").get_by_role("button", name="Log out").click()
    await page.wait_for_url("**/accounts/login/")
    assert await keeps_nothing(page)


async def test_keyboard_alone_records_and_it_stops_by_itself(speaker: Visit) -> None:
    page = speaker.page
    await page.evaluate("() => { document.querySelector('[data-recorder]').dataset.most = 4 }")
    await button(page, "Record here").focus()
    await page.keyboard.press("Enter")
    await expect(button(page, "Start recording")).to_be_focused()
    await expect(button(page, "Check again")).to_be_visible()
    await page.keyboard.press("Space")
    await expect(button(page, "Pause")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(button(page, "Go on")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.get_by_text("Long enough")).to_be_visible()
    await expect(button(page, "Listen to it first")).to_be_focused()
    await expect(page.get_by_text("0:04 · ")).to_be_visible()
    await page.evaluate(FAST)
    await page.keyboard.press("Enter")
    await expect(button(page, "Use this recording")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(button(page, "Listen again")).to_be_visible()


async def test_microphone_lost_midway_loses_nothing(speaker: Visit) -> None:
    page = speaker.page
    await page.evaluate(LOSES_IT)
    await start(page)
    await has_recorded(page, 2)
    await page.evaluate("() => window.lost.getTracks()[0].dispatchEvent(new Event('ended'))")
    await expect(
        page.get_by_text("The microphone was disconnected. What you recorded so far")
    ).to_be_visible()
    await expect(page.get_by_text("0:02 · ")).to_be_visible()


async def test_script_follows_the_language(speaker: Visit) -> None:
    page = speaker.page
    script = page.locator(".script-text")
    await button(page, "Record here").click()
    await expect(script).to_contain_text("Every Thursday morning")
    await expect(button(page, "Check again")).to_be_visible()
    assert await violations_in_both_schemes(speaker, 1280) == []
    language = page.get_by_role("combobox", name="Language", exact=True)
    for typed, tag, direction, text in (
        ("Arabic", "ar", "rtl", "في صباح يوم الجمعة"),
        ("Swedish", None, None, "Talk about your day"),
    ):
        await language.fill(typed)
        await language.press("Enter")
        await expect(script).to_contain_text(text)
        assert await script.get_attribute("lang") == tag
        assert await script.get_attribute("dir") == direction


async def test_no_microphone_says_why_and_what_to_do(refusing: Visit) -> None:
    page = refusing.page
    alert = page.locator("[data-recorder]").get_by_role("alert")
    await button(page, "Record here").click()
    await expect(alert).to_contain_text("The microphone is blocked")
    await expect(alert).to_contain_text("Click the icon left of the address")
    assert await violations_in_both_schemes(refusing, 320) == []
    for error, problem in (
        ("NotFoundError", "No microphone found"),
        ("NotReadableError", "The microphone doesn't answer"),
        ("AbortError", "Recording didn't start"),
    ):
        await page.evaluate(FAILS, error)
        await button(page, "Try again").click()
        await expect(alert).to_contain_text(problem)
    await expect(button(page, "Try again")).to_be_focused()
    await button(page, "Cancel").click()
    await expect(button(page, "Record here")).to_be_focused()


async def test_without_script_no_recorder_is_shown(plain: Visit) -> None:
    await plain.open("/clone/")
    await expect(plain.page.locator("[data-recorder]")).to_be_hidden()
