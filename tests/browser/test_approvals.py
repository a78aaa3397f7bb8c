"""The two-person rule with two people: an editor asks for a clone, an admin hears it and approves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Visit, new_visit
from tests.browser.test_journey import fresh
from tests.browser.test_looks import violations_in_both_schemes
from tests.browser.test_team import join
from tests.running_studio import RunningStudio

TURN_OFF = "from voices.models import Team; Team.objects.update(two_person_rule=False)"


@pytest.fixture
def rule_off_after(studio: RunningStudio) -> Iterator[None]:
    """Leave the shared team without the rule."""
    yield
    studio.manage("shell", "-c", TURN_OFF)


async def turn_on(ada: Visit) -> None:
    await ada.open("/team/settings/")
    await ada.page.get_by_label("Require a second person").check()
    await ada.page.get_by_role("button", name="Save settings").click()
    await expect(ada.page.get_by_text("Settings saved.")).to_be_visible()


async def invite_editor(ada: Visit, name: str) -> str:
    """Invite somebody as an editor, and return the link."""
    await ada.open("/team/invite/")
    await ada.page.get_by_label("Email").fill(f"{name.replace(' ', '.').lower()}@example.com")
    await ada.page.get_by_label("Editor").check()
    await ada.page.get_by_role("button", name="Invite").click()
    return await ada.page.locator("#new-link").inner_text()


async def request_clone_approval(quin: Visit, name: str, recording: Path) -> None:
    """Clone somebody else's voice by the form, with a sandbox key made there."""
    page = quin.page
    await quin.open("/clone/")
    await page.get_by_role("button", name="Try it with a sandbox key").click()
    await quin.choose(recording)
    await page.get_by_label("Someone else's, with their consent").check()
    await page.get_by_role("textbox", name="Who consented").fill("Ana Ruiz")
    await page.get_by_label("Relation to your team").select_option("actor")
    await page.get_by_label("The speaker agreed to this").check()
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_role("button", name="Clone this voice").click()
    await expect(page.get_by_text("Waiting for another editor or admin to approve it.")).to_be_visible()


@pytest.mark.usefixtures("rule_off_after")
async def test_second_person_hears_and_approves_a_clone(
    ada: Visit, studio: RunningStudio, chromium: Browser, recording: Path
) -> None:
    person, voice = fresh("Quin"), fresh("Ana")
    await ada.page.emulate_media(reduced_motion="reduce")
    link = await invite_editor(ada, person)
    quin = await new_visit(studio, chromium)
    await quin.page.goto(link)
    await join(quin.page, person)
    await expect(quin.page.get_by_text("Welcome to Northwind.")).to_be_visible()
    await turn_on(ada)
    await request_clone_approval(quin, voice, recording)
    await ada.page.get_by_role("link", name="Approvals").click()
    assert await violations_in_both_schemes(ada, 320) == []
    await ada.page.get_by_role("link", name=f"Clone “{voice}”").click()
    await ada.page.get_by_role("button", name="Play what will be sent").click()
    await expect(ada.page.locator(".player[data-state='playing']")).to_be_visible()
    assert await violations_in_both_schemes(ada, 320) == []
    await ada.page.get_by_label("Remark").fill("Contract seen")
    await ada.page.get_by_role("button", name="Approve", exact=True).click()
    await expect(
        ada.page.get_by_text(f"Approved. The recording is sent with {person}'s key.")
    ).to_be_visible()
    await quin.page.reload()
    await expect(quin.page.get_by_text("The voice is in your library.", exact=True)).to_be_visible()
    await quin.context.close()
    assert quin.complaints == []
