"""A second factor as people use it: an app's code, a passkey of this device, a recovery code, a session ended."""

import re
import time
from collections.abc import AsyncIterator

import pytest_asyncio
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.async_api import Browser, CDPSession, expect

from tests.browser.conftest import Visit, new_visit
from tests.running_studio import PASSWORD, RunningStudio

MAKE_PERSON = (
    "from voices.models import Membership, Team, User; "
    "Membership.objects.create(team=Team.objects.get(), user=User.objects.create_user('{email}', '{password}'))"
)
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


class Person:
    """Somebody of this file alone, whose browser has a built-in authenticator. Passkeys need a name: localhost."""

    def __init__(self, visit: Visit, email: str) -> None:
        self.visit, self.page, self.email = visit, visit.page, email
        self.url = f"http://localhost:{visit.studio.port}"

    async def open(self, path: str) -> None:
        await self.page.goto(self.url + path)

    async def give_password(self) -> None:
        await self.open("/accounts/login/")
        await self.page.get_by_label("Email").fill(self.email)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_role("button", name="Log in", exact=True).click()

    async def log_out(self) -> None:
        await self.open("/accounts/logout/")
        await self.page.get_by_role("main").get_by_role("button", name="Log out").click()

    async def is_in(self) -> None:
        await self.page.wait_for_url(f"{self.url}/")

    async def add_device(self) -> CDPSession:
        """Give the browser an authenticator, as laptops and phones have one."""
        session = await self.page.context.new_cdp_session(self.page)
        await session.send("WebAuthn.enable")
        await session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        return session


@pytest_asyncio.fixture(loop_scope="session")
async def person(studio: RunningStudio, visit: Visit) -> Person:
    email = f"p{time.time_ns()}@example.com"
    studio.manage("shell", "-c", MAKE_PERSON.format(email=email, password=PASSWORD))
    return Person(visit, email)


@pytest_asyncio.fixture(loop_scope="session")
async def plain_visit(studio: RunningStudio, chromium: Browser) -> AsyncIterator[Visit]:
    one = await new_visit(studio, chromium, java_script_enabled=False)
    yield one
    await one.context.close()


def code_of(secret: str) -> str:
    """The code that the app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


async def test_second_factor_is_set_up_and_asked_for(person: Person, plain_visit: Visit) -> None:
    page = person.page
    await person.give_password()
    await person.is_in()
    await person.open("/accounts/security/")
    await page.get_by_role("link", name="Set up an authenticator app").click()
    secret = await page.locator("code.break").inner_text()
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()
    await page.get_by_label("Code", exact=True).fill(code_of(secret))
    await page.get_by_role("button", name="Turn on").click()
    codes = re.findall(r"\d{8}", await page.locator("#codes").inner_text())
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="Download").click()
    assert (await (await saved.value).path()).read_text().split() == codes
    await page.get_by_role("link", name="I've saved them").click()
    await expect(page.get_by_text("10 left")).to_be_visible()

    # Without script, a recovery code is enough.
    other = Person(plain_visit, person.email)
    await other.give_password()
    await other.page.get_by_label("Code", exact=True).fill(codes[0])
    await other.page.get_by_role("button", name="Log in").click()
    await other.is_in()

    await page.reload()
    await expect(page.get_by_text("9 left")).to_be_visible()
    await page.get_by_role("button", name="Log out everywhere else").click()
    await expect(page.get_by_text("Session ended.")).to_be_visible()
    await other.open("/keys/")
    await expect(other.page.get_by_role("button", name="Log in", exact=True)).to_be_visible()


async def test_passkey_logs_in_alone_and_after_the_password(person: Person) -> None:
    page = person.page
    await person.add_device()
    await person.give_password()
    await person.is_in()
    await person.open("/accounts/security/passkeys/add/")
    await page.get_by_label("Name").fill("Laptop")
    await page.get_by_role("button", name="Add passkey").click()
    await page.get_by_role("heading", name="Recovery codes").wait_for()
    await person.open("/accounts/security/")
    await expect(page.get_by_text("Laptop", exact=True).first).to_be_visible()

    await person.log_out()
    await page.get_by_role("button", name="Log in with a passkey").click()
    await person.is_in()

    await person.log_out()
    await person.give_password()
    await page.get_by_role("button", name="Use a passkey").click()
    await person.is_in()
