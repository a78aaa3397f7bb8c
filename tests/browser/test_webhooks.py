"""A webhook from its first page to its last: added, tried, read about, sent again; by a receiver that really runs."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_looks import unsound
from tests.webhooks.receiver import Reply, receiving


async def test_webhook_is_added_tested_and_sent_again(ada: Visit) -> None:
    page = ada.page
    await page.emulate_media(reduced_motion="reduce")
    with receiving() as receiver:
        receiver.replies = [Reply(status=500, body=b"the queue is full"), Reply()]
        await ada.open("/team/webhooks/new/")
        await page.get_by_label("Address").fill(receiver.url)
        await page.get_by_role("button", name="Add webhook").click()
        secret = await page.locator("#new-secret").inner_text()
        await page.get_by_role("link", name="Done").click()
        await page.get_by_role("button", name="Send test event").click()
        entry = page.locator(".deliveries > li")
        while not await entry.get_by_text("500 after").count():
            await page.reload()
        assert receiver.verified(secret) is not None
        await entry.locator("summary").click()
        await expect(entry.get_by_text("the queue is full")).to_be_visible()
        path = page.url.removeprefix(ada.studio.url)
        await entry.get_by_role("button", name="Send again").click()
        while not await entry.get_by_text("Delivered").count():
            await page.reload()
        assert len(set(receiver.ids)) == 1
    found = await unsound(ada, path)
    found += await unsound(ada, f"{path}edit/")
    assert found == []
