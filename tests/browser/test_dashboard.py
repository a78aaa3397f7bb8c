"""The dashboard in a browser: the period, a bar's list, the table, the CSV and a retry; with script and without."""

import re

from playwright.async_api import expect

from tests.bench.studio import run_command
from tests.browser.conftest import Visit
from tests.browser.test_looks import unsound

YEAR = "/dashboard/?period=12m"


async def test_dashboard_goes_from_a_picture_to_its_clones(ada: Visit) -> None:
    run_command(ada.studio, "add_voices", "2")
    run_command(ada.studio, "add_year", "60")
    await ada.page.emulate_media(reduced_motion="reduce")
    assert await unsound(ada, YEAR) == []
    await ada.page.set_viewport_size({"width": 1280, "height": 800})
    page, clones = ada.page, ada.page.locator("#clones")
    await page.get_by_role("button", name="90 days").click()
    await expect(page.get_by_role("button", name="90 days")).to_have_attribute("aria-pressed", "true")
    assert page.url.endswith("?period=90")
    await expect(page.get_by_role("button", name="90 days")).to_be_focused()
    await page.get_by_role("button", name="12 months").click()
    await expect(page.locator("#figures-title")).to_contain_text("12 months")

    await clones.get_by_text("Show as table").click()
    first = clones.get_by_role("rowheader").nth(1)
    await expect(first).to_be_visible()
    months = clones.locator(".cell")
    await expect(months).to_have_count(12)
    async with page.expect_download() as download:
        await clones.get_by_role("link", name="Download CSV").click()
    assert re.fullmatch(r"clones-.*\.csv", (await download.value).suggested_filename)

    await clones.locator(".cell").nth(6).hover()
    await expect(clones.locator(".tip").nth(6)).to_be_visible()
    await clones.locator(".cell").nth(6).click()
    await expect(page.get_by_role("heading", name="Ended clones")).to_be_visible()
    await page.go_back()
    await expect(page.locator("#figures-title")).to_contain_text("12 months")
    await page.locator("#failures li a").first.click()
    await expect(page.get_by_role("heading", name="Failed clones")).to_be_visible()


async def test_dashboard_works_without_script(plain: Visit) -> None:
    run_command(plain.studio, "add_failed_job")
    page = plain.page
    await plain.open("/dashboard/")
    await page.get_by_role("button", name="7 days").click()
    await expect(page.locator("#figures-title")).to_contain_text("7 days")
    await page.get_by_text("Custom dates").click()
    await page.get_by_label("From", exact=True).fill("2026-01-01")
    await page.get_by_label("To", exact=True).fill("2026-01-20")
    await page.get_by_role("button", name="Show these dates").click()
    await expect(page.locator("#figures-title")).to_contain_text("1 Jan 2026 to 20 Jan 2026")
    await page.get_by_role("button", name="Retry Broken").click()
    await page.wait_for_url("**/clones/*/")
    await plain.open("/dashboard/")
    await expect(page.get_by_role("button", name="Retry Broken")).to_have_count(0)
