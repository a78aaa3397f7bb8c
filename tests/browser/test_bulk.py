"""Many voices at once, as people do it: ranges by shift, all that match, keyboard only, without script."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Locator, Route, expect

from tests import loopback
from tests.browser.conftest import Visit
from tests.browser.test_looks import violations
from tests.running_studio import RunningStudio

TESTS = 9
DELETE = {"method": "DELETE", "path": "/api/voices/.*"}


def tell(studio: RunningStudio, path: str, body: object, *, key: str = "") -> None:
    """A request to the studio's sandbox."""
    headers = {"X-API-Key": key} if key else {}
    answer = loopback.post(f"{studio.sandbox_url}{path}", headers=headers, json=body)
    answer.raise_for_status()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def marks(studio: RunningStudio) -> list[str]:
    """A word for each test, which finds five voices, made elsewhere and synced: A, B, C, D, E."""
    words = [f"m{uuid4().hex[:8]}" for _ in range(TESTS)]
    for word in words:
        for name in "EDCBA":
            definition = {"lmnt": {"voiceId": "leah"}}
            tell(studio, "/api/voices", {"name": f"{name} {word}", "definition": definition}, key=studio.key)
    studio.manage("sync_voices", "--wait")
    return words


@pytest_asyncio.fixture(loop_scope="session")
async def mark(studio: RunningStudio, marks: list[str]) -> AsyncIterator[str]:
    """The word of this test."""
    yield marks.pop()
    tell(studio, "/_sandbox/faults/clear", {})


def box(visit: Visit, name: str) -> Locator:
    return visit.page.get_by_role("checkbox", name=f"Select {name} ")


async def menu(visit: Visit, name: str) -> None:
    """Opens a menu of the bar."""
    await visit.page.locator(f".bulk-menu summary:has-text('{name}')").first.click()


async def test_bulk_range_is_tagged_by_shift_and_enter(ada: Visit, mark: str) -> None:
    await ada.open(f"/?q={mark}")
    bar = ada.page.get_by_label("Selected voices")
    await expect(bar).to_be_hidden()
    await box(ada, "A").check()
    await expect(bar.get_by_text("1 selected")).to_be_visible()
    await box(ada, "C").click(modifiers=["Shift"])
    await expect(bar.get_by_text("3 selected")).to_be_visible()
    await menu(ada, "Tag")
    assert await violations(ada) == []
    await expect(bar.get_by_label("Tag", exact=True)).to_be_focused()
    await ada.page.keyboard.type(f"t{mark}")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_text(f"3 voices tagged “t{mark}”.")).to_be_visible()
    await expect(ada.page.locator("#rows .tag")).to_have_count(3)
    await expect(ada.page).to_have_url(f"{ada.studio.url}/?q={mark}")


async def test_emoji_fill_a_tag_to_its_limit(ada: Visit, mark: str) -> None:
    await ada.open(f"/?q={mark}")
    bar = ada.page.get_by_label("Selected voices")
    await box(ada, "A").check()
    await menu(ada, "Tag")
    await bar.get_by_label("Tag", exact=True).fill("🎙" * 41)
    await expect(bar.get_by_text("1 character too many")).to_be_visible()
    await ada.page.keyboard.press("Enter")
    await expect(bar.get_by_label("Tag", exact=True)).to_have_value("🎙" * 41)
    await expect(bar.get_by_text("1 selected")).to_be_visible()
    await bar.get_by_label("Tag", exact=True).fill("🎙" * 40)
    await expect(bar.get_by_text("0 characters left")).to_be_visible()
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_text(f"1 voice tagged “{'🎙' * 40}”.")).to_be_visible()


async def test_voices_are_selected_and_deselected_by_keyboard(ada: Visit, mark: str) -> None:
    await ada.open(f"/?q={mark}")
    await box(ada, "B").focus()
    await ada.page.keyboard.press("Space")
    await box(ada, "D").focus()
    await ada.page.keyboard.press("Shift+Space")
    await expect(ada.page.get_by_text("3 selected")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.get_by_label("Selected voices")).to_be_hidden()
    await expect(box(ada, "B")).to_be_focused()
    await expect(box(ada, "B")).not_to_be_checked()
    await ada.page.keyboard.press("Space")
    await ada.page.get_by_role("button", name="Select these 5").press("Enter")
    await expect(ada.page.get_by_text("5 selected")).to_be_visible()
    summary = ada.page.locator(".bulk-menu summary", has_text="Favourites")
    await summary.press("Enter")
    add = ada.page.get_by_role("button", name="Add to favourites")
    await expect(add).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(add).to_be_hidden()
    await expect(summary).to_be_focused()
    await summary.press("Enter")
    await expect(add).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_text("5 voices added to your favourites.")).to_be_visible()


async def test_enter_leads_to_the_bar_which_covers_no_focus(ada: Visit, mark: str) -> None:
    await ada.open("/")
    await ada.page.set_viewport_size({"width": 1000, "height": 420})
    first = ada.page.locator("#rows .pick input").first
    name = ada.page.locator("#rows .who b").first
    size = await name.evaluate("one => getComputedStyle(one).fontSize")
    await first.press("Space")
    await expect(ada.page.get_by_text("1 selected")).to_be_visible()
    assert await name.evaluate("one => getComputedStyle(one).fontSize") == size
    bar, covered = ada.page.locator("[data-bulk]"), []
    for _ in range(40):
        await ada.page.keyboard.press("Tab")
        top = (await bar.bounding_box() or {"y": 0})["y"]
        bottom, text = await ada.page.evaluate(
            "() => { const one = document.activeElement;"
            " return [one.getBoundingClientRect().bottom, one.ariaLabel ?? one.textContent.trim()] }"
        )
        if bottom > top + 1:
            covered.append((text, bottom, top))
    assert covered == []
    await ada.page.keyboard.press("Shift+Tab")
    await ada.page.locator("#rows .pick input").nth(3).press("Enter")
    await expect(ada.page.locator(".bulk-tools summary").first).to_be_focused()
    await expect(ada.page.get_by_text("1 selected")).to_be_visible()


async def test_selection_made_before_the_script_loads_is_kept(ada: Visit, mark: str) -> None:
    chosen = asyncio.Event()

    async def hold(route: Route) -> None:
        await chosen.wait()
        await route.continue_()

    await ada.page.route("**/js/bulk*.js", hold)
    await ada.open(f"/?q={mark}")
    await box(ada, "D").check()
    await box(ada, "B").click(modifiers=["Shift"])
    chosen.set()
    await expect(ada.page.get_by_text("3 selected")).to_be_visible()


async def test_bulk_stage_of_all_matches_counts_and_changes_them(ada: Visit, mark: str) -> None:
    await ada.open(f"/?q={mark}")
    await box(ada, "A").check()
    await ada.page.get_by_label("All 5 that match").check()
    await expect(ada.page.get_by_text("5 selected")).to_be_visible()
    await menu(ada, "Stage")
    await ada.page.get_by_role("button", name="Move").click()
    await expect(ada.page.get_by_text("5 voices moved to Approved.")).to_be_visible()


async def test_download_leaves_page_and_buttons_usable(ada: Visit, mark: str, tmp_path: Path) -> None:
    await ada.open(f"/?q={mark}")
    await box(ada, "B").check()
    for _ in range(2):
        await menu(ada, "Export")
        async with ada.page.expect_download() as download:
            await ada.page.get_by_role("button", name="JSON, for programs").click()
        await (await download.value).save_as(tmp_path / "voices.json")
        assert [voice["name"] for voice in json.loads((tmp_path / "voices.json").read_text())] == [
            f"B {mark}"
        ]
        await expect(ada.page.get_by_role("button", name="JSON, for programs")).to_be_hidden()
    await expect(ada.page.get_by_text("1 selected")).to_be_visible()


async def test_bulk_delete_is_confirmed_followed_and_retried(ada: Visit, mark: str) -> None:
    await ada.open(f"/?q={mark}")
    await box(ada, "A").check()
    await box(ada, "C").click(modifiers=["Shift"])
    await ada.page.get_by_role("button", name="Delete").click()
    await expect(ada.page.get_by_role("heading", name="Delete 3 voices?")).to_be_visible()
    assert await violations(ada) == []
    refusal = {"effect": "status", "status": 400, "body": {"detail": "A campaign runs."}}
    tell(ada.studio, "/_sandbox/faults", [refusal | DELETE, {"effect": "delay", "delay": 0.5} | DELETE])
    await ada.page.get_by_role("button", name="Delete 3 voices").click()
    await expect(ada.page.locator(".sentence")).to_have_text("2 voices deleted. 1 failed.")
    await expect(ada.page.get_by_text("A campaign runs.")).to_be_visible()
    assert await violations(ada) == []
    await ada.page.get_by_role("button", name="Retry 1 failed").click()
    await expect(ada.page.locator(".sentence")).to_have_text("3 voices deleted.")
    await ada.open(f"/?q={mark}")
    await expect(ada.page.locator("#rows .pick")).to_have_count(2)


async def test_bulk_bar_works_below_the_list_without_script(plain: Visit, mark: str) -> None:
    await plain.open(f"/?q={mark}")
    await box(plain, "D").check()
    await menu(plain, "Favourites")
    await plain.page.get_by_role("button", name="Add to favourites").click()
    await expect(plain.page.get_by_text("1 voice added to your favourites.")).to_be_visible()
    await plain.page.get_by_label("All that match").check()
    await plain.page.get_by_role("button", name="Delete").click()
    await plain.page.get_by_role("button", name="Delete 5 voices").click()
    # The page asks again by itself.
    await expect(plain.page.locator(".sentence")).to_have_text("5 voices deleted.")
