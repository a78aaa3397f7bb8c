"""A whole Voice Studio and a real Chromium, shared by the browser tests; a fresh browser profile for each."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FilePayload,
    Page,
    async_playwright,
    expect,
)

from tests.migrated import copy_migrated
from tests.running_studio import EMAIL, PASSWORD, RunningStudio, clone_form, new_studio
from tests.sounds import speech_wav
from tests.tools import tool

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# The same engine without the desktop's windows if it is installed: a sixth less processor time in all. The recorder's
# tests do not pass in it.
HEADLESS = shutil.which("chromium-headless-shell") or CHROMIUM
# The last such flag counts, so the first six are Playwright's. The others are the two pages of the address bar, which
# nobody types into here: they took half of the processor time of a new window.
DISABLED = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "PaintHolding",
    "OptimizationHints",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
FLAGS = [
    f"--disable-features={','.join(DISABLED)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
# How long a step waits for its condition: far beyond what a slow machine needs, as no test is judged by the clock.
PATIENCE_MILLISECONDS = 90_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all browser tests in one event loop, as they share one browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def studio(django_db_setup: None) -> Iterator[RunningStudio]:
    """Web, worker and sandbox on an empty database; Ada is the admin and has a sandbox key."""
    tool("chromium")
    with new_studio(prepare=copy_migrated) as one:
        yield one


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=HEADLESS, headless=True, args=FLAGS)
        yield browser
        await browser.close()


async def confirm_password(page: Page) -> None:
    """Give the password if the page asks for it: the login is too long ago for what comes next."""
    if "/accounts/reauthenticate/" in page.url:
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Confirm").click()
        await page.wait_for_url(lambda url: "/accounts/reauthenticate/" not in url)


@dataclass
class Visit:
    """One person's browser on the studio. An error in its console fails the test at the end."""

    studio: RunningStudio
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note every error of the console and of scripts. A 422 or 404 line is the network's, not the page's."""
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        # htmx tells the console of each request that it gave up for a newer one.
        given_up = message.text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
        if message.type == "error" and not given_up and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    async def open(self, path: str) -> None:
        """Open a page of the studio, with the password where it is asked for."""
        await self.page.goto(f"{self.studio.url}{path}")
        await confirm_password(self.page)

    async def login(self) -> None:
        """Log Ada in by the form."""
        await self.open("/accounts/login/")
        await self.page.get_by_label("Email").fill(EMAIL)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_label("Password", exact=True).press("Enter")
        await self.page.wait_for_url(f"{self.studio.url}/")

    async def enter(self, cookies: list[Any]) -> None:
        """Log Ada in, with the cookies of an earlier login if they are valid: 30 logins a minute are allowed."""
        await self.context.add_cookies(cookies)
        answer = await self.context.request.get(f"{self.studio.url}/tags/", max_redirects=0)
        if not answer.ok:
            await self.login()
            cookies[:] = await self.context.cookies()

    async def choose(self, recording: Path) -> None:
        """Choose a recording in the clone form; with script, wait until it is uploaded and rated."""
        await self.page.locator("#id_file").set_input_files(recording)
        await self.page.locator("#recording .rating, [data-plain]").first.wait_for()

    async def clone(self, name: str, recording: Path) -> None:
        """Clone a voice and wait for it on its page; the form is sent as it is, which is quicker than typing."""
        address, send = f"{self.studio.url}/clone/", self.context.request
        form = clone_form(await (await send.get(address)).text(), name)
        file: FilePayload = {
            "name": recording.name,
            "mimeType": "audio/wav",
            "buffer": recording.read_bytes(),
        }
        answer = await send.post(address, multipart={**form, "file": file})
        assert "/clones/" in answer.url, await answer.text()
        await self.open(answer.url.removeprefix(self.studio.url))
        await self.page.get_by_text("The voice is in your library.", exact=True).wait_for()

    async def clone_by_form(self, name: str, recording: Path) -> None:
        """Clone a voice as a person does, and wait for it."""
        await self.open("/clone/")
        await self.choose(recording)
        await self.page.get_by_label("Mine").check()
        await self.page.get_by_label("The speaker agreed to this").check()
        await self.page.get_by_label("Name", exact=True).fill(name)
        await self.page.get_by_role("button", name="Clone this voice").click()
        await self.page.wait_for_url("**/clones/*/")
        await self.page.get_by_text("The voice is in your library.", exact=True).wait_for()


async def new_visit(studio: RunningStudio, chromium: Browser, **options: Any) -> Visit:
    """Open a fresh profile."""
    context = await chromium.new_context(**options)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    visit = Visit(studio, context, await context.new_page())
    visit.listen()
    return visit


@pytest_asyncio.fixture(loop_scope="session")
async def visit(studio: RunningStudio, chromium: Browser) -> AsyncIterator[Visit]:
    """The browser of an anonymous person; its console must stay silent."""
    one = await new_visit(studio, chromium)
    yield one
    await one.context.close()
    assert one.complaints == []


@pytest.fixture(scope="session")
def cookies() -> list[Any]:
    """The cookies of Ada's last login."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def ada(visit: Visit, cookies: list[Any]) -> Visit:
    """The same, with Ada logged in."""
    await visit.enter(cookies)
    return visit


@pytest_asyncio.fixture(loop_scope="session")
async def plain(studio: RunningStudio, chromium: Browser, cookies: list[Any]) -> AsyncIterator[Visit]:
    """A browser without script, with Ada logged in."""
    one = await new_visit(studio, chromium, java_script_enabled=False)
    await one.enter(cookies)
    yield one
    await one.context.close()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A good recording: 32 s of speech."""
    path = tmp_path / "marlene.wav"
    path.write_bytes(speech_wav(seconds=32, rate=22_050))
    return path
