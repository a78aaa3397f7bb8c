"""The activity page as an admin uses it: from the menu, by filters, with its file, without script too."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Visit


async def test_admin_finds_and_exports_what_was_done(ada: Visit) -> None:
    page = ada.page
    await ada.open("/")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Activity").click()
    lines = page.locator(".trail-line")
    await expect(lines.first).to_be_visible()
    await page.get_by_label("About").select_option("Logins")
    await page.get_by_role("button", name="Filter").click()
    await expect(page).to_have_url(re.compile("topic=logins"))
    await expect(lines.last).to_contain_text("logged in")
    await expect(lines.last.get_by_role("link", name="from 127.0.0.1")).to_be_visible()
    await page.get_by_text("Export", exact=True).click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="CSV").click()
    name = (await download.value).suggested_filename
    assert name.startswith("activity-")
    assert name.endswith(".csv")
    await page.get_by_role("link", name="Clear").click()
    await expect(lines.first).to_contain_text("exported activity")


async def test_activity_is_filtered_without_script(plain: Visit) -> None:
    await plain.open("/activity/")
    await plain.page.get_by_label("Name contains").fill("no such name")
    await plain.page.get_by_role("button", name="Filter").click()
    await expect(plain.page.get_by_text("No activity matches.")).to_be_visible()
    await plain.page.get_by_role("link", name="Show all activity").click()
    await expect(plain.page.locator(".trail-line").first).to_be_visible()
