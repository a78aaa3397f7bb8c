"""The team in several browsers: inviting and joining, and a member who is removed while a page is open."""

import asyncio
import re

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Visit, confirm_password, new_visit
from tests.browser.test_journey import fresh
from tests.browser.test_looks import violations, violations_in_both_schemes
from tests.running_studio import PASSWORD, RunningStudio


async def invite(visit: Visit, email: str) -> str:
    """Invite by the keyboard alone, and return the link."""
    page = visit.page
    await visit.open("/team/invite/")
    await page.get_by_label("Email").focus()
    await page.keyboard.type(email)
    await page.keyboard.press("Enter")
    return await page.locator("#new-link").inner_text()


async def join(page: Page, name: str) -> None:
    """Fill in the form of a new account by the keyboard, and send it."""
    await page.get_by_label("Your name").focus()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")


async def test_of_two_browsers_that_join_at_once_one_is_in(
    ada: Visit, studio: RunningStudio, chromium: Browser
) -> None:
    await ada.page.emulate_media(reduced_motion="reduce")
    link = await invite(ada, f"{fresh('nina').replace(' ', '.').lower()}@example.com")
    assert await violations(ada) == []
    pair = [await new_visit(studio, chromium, reduced_motion="reduce") for _ in range(2)]
    await asyncio.gather(*(one.page.goto(link) for one in pair))
    assert await violations_in_both_schemes(pair[0], 320) == []
    await asyncio.gather(*(join(one.page, "Nina") for one in pair))
    # The second learns that the link is used, or that the email has an account by now, as the first was as quick.
    told = re.compile(
        "Welcome to Northwind|This invitation has been used|You already have an account with this email"
    )
    for one in pair:
        await expect(one.page.locator("main")).to_contain_text(told)
    assert sum([await one.page.get_by_text("Welcome to Northwind.").count() for one in pair]) == 1
    await asyncio.gather(*(one.context.close() for one in pair))


async def test_removed_member_is_out_of_an_open_page(
    ada: Visit, studio: RunningStudio, chromium: Browser
) -> None:
    name = fresh("Max")
    link = await invite(ada, f"{name.replace(' ', '.').lower()}@example.com")
    max_ = await new_visit(studio, chromium)
    await max_.page.goto(link)
    await join(max_.page, name)
    await expect(max_.page.get_by_text("Welcome to Northwind.")).to_be_visible()
    await ada.open("/team/")
    await ada.page.get_by_role("link", name=f"Remove {name}").click()
    await confirm_password(ada.page)
    await ada.page.get_by_role("button", name="Remove from team").click()
    await expect(ada.page.get_by_text(f"{name} was removed from Northwind.")).to_be_visible()
    await max_.page.get_by_role("link", name="Tags").click()
    await expect(max_.page.get_by_role("heading", name="You're not in a team")).to_be_visible()
    await max_.context.close()


async def test_roles_and_invitations_work_without_script(plain: Visit) -> None:
    page = plain.page
    email = f"{fresh('zoe').replace(' ', '.').lower()}@example.com"
    await plain.open("/team/")
    await page.get_by_role("link", name="Invite").click()
    await confirm_password(page)
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Viewer").check()
    await page.get_by_role("button", name="Invite").click()
    await expect(page.locator("#new-link")).to_contain_text("/join/")
    await page.get_by_role("link", name="Done").click()
    await page.get_by_role("button", name=f"Revoke the invitation of {email}").click()
    await expect(page.get_by_text(f"The invitation of {email} was revoked.")).to_be_visible()
    await page.get_by_role("link", name="Change role of Ada Okafor").click()
    await confirm_password(page)
    await page.get_by_label("Editor").check()
    await page.get_by_role("button", name="Change role").click()
    await expect(page.get_by_role("alert")).to_contain_text("is the last admin of Northwind.")
