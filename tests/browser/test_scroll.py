"""A library of more than one page: the next rows come on scroll, and by a plain link where there is no script."""

import pytest
from playwright.async_api import expect

from tests.bench.studio import run_command
from tests.browser.conftest import Visit
from tests.running_studio import RunningStudio

FEW = 60  # one page holds 48


@pytest.fixture(scope="module", autouse=True)
def voices(studio: RunningStudio) -> None:
    run_command(studio, "add_voices", str(FEW))


async def test_more_rows_load_on_scroll(ada: Visit) -> None:
    await ada.open("/")
    rows = ada.page.locator("#rows > li.row")
    await expect(rows).to_have_count(48)
    more = ada.page.get_by_role("link", name="Show more")
    while await more.count():
        number = await rows.count()
        await more.scroll_into_view_if_needed()
        await expect(rows).not_to_have_count(number)
    ids = await rows.evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids)) >= FEW


async def test_more_rows_load_by_a_link_without_script(plain: Visit) -> None:
    await plain.open("/")
    first = await plain.page.locator("#rows > li.row").first.get_attribute("id")
    await plain.page.get_by_role("link", name="Show more").click()
    await expect(plain.page.locator(f"#{first}")).to_have_count(0)
    assert await plain.page.locator("#rows > li.row").count() >= FEW - 48
