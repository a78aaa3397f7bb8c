"""Finding a voice in a real browser: search, filters, views, stars; by keyboard, without script, back and forth."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Route, expect

from tests.browser.conftest import Visit, new_visit
from tests.browser.test_bulk import tell
from tests.browser.test_changes import tab_to
from tests.browser.test_looks import violations_in_both_schemes
from tests.running_studio import RunningStudio

# Names that a page must bear: other scripts, right to left, the longest one, markup.
NAMES = {
    "Konrad": "de-DE", "Leopold": "de-AT", "Marcus": "en-US", "Grant": "en-GB", "ليلى": "ar-SA", "美咲": "ja-JP",
    "<b onclick=alert(1)>": "en-US",
}  # fmt: skip
# Controls with an area of less than 24 px, in what is on the page and not within a sentence.
SMALL = """() => [...document.querySelectorAll("main :is(a, button, summary, select, input:not([type=hidden]))")]
    .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest(".unseen, p"))
    .filter((one) => {
        const { width, height } = (one.closest("label") ?? one).getBoundingClientRect();
        return width && Math.min(width, height) < 24;
    }).map((one) => one.outerHTML.slice(0, 90))"""


@dataclass(frozen=True)
class Shelf:
    """A word that finds the seven voices, and no others."""

    word: str

    def at(self, query: str = "") -> str:
        """The library's address with the word and what else is asked for."""
        return f"/?q={self.word}&{query}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shelf(studio: RunningStudio) -> AsyncIterator[Shelf]:
    word = f"s{uuid4().hex[:6]}"
    for name, language in NAMES.items():
        voice = {"name": f"{name} {word}", "definition": {"lmnt": {"voiceId": "leah"}}}
        tell(studio, "/api/voices", voice | {"primaryLanguage": language}, key=studio.key)
    studio.manage("sync_voices", "--wait")
    yield Shelf(word)


def rows(visit: Visit) -> Locator:
    return visit.page.locator("#rows > .row")


def asked(visit: Visit) -> dict[str, list[str]]:
    """What the address asks for."""
    return parse_qs(urlsplit(visit.page.url).query)


async def step(visit: Visit, by: int, number: int) -> None:
    """Goes back or forth in the history, and waits for the page with so many rows in all."""
    await visit.page.evaluate("by => { document.body.id = 'old'; setTimeout(() => history.go(by)) }", by)
    await expect(visit.page.locator("#old")).to_have_count(0)
    await counted(visit, number)


async def counted(visit: Visit, number: int) -> None:
    """Waits for the counts, which follow the list."""
    await expect(visit.page.locator("#total")).to_contain_text(f"{number} voice")


async def test_counts_load_after_the_list_without_layout_shift(ada: Visit, shelf: Shelf) -> None:
    listed = asyncio.Event()

    async def hold(route: Route) -> None:
        await listed.wait()
        await route.continue_()

    await ada.page.route("**/library/counts/**", hold)
    await ada.open(shelf.at())
    await expect(rows(ada)).to_have_count(len(NAMES))
    before = await rows(ada).first.bounding_box()
    listed.set()
    await counted(ada, len(NAMES))
    assert await rows(ada).first.bounding_box() == before
    await ada.page.locator("#chip-language").click()
    german = ada.page.locator("#filter-language li", has_text="German").first
    await expect(german.locator(".count")).to_have_text("2")


async def test_filters_are_chosen_by_keyboard_in_an_open_panel(ada: Visit, shelf: Shelf) -> None:
    await ada.open(shelf.at())
    await counted(ada, len(NAMES))
    await ada.page.get_by_label("Search the library").focus()
    await tab_to(ada, "Language")
    await ada.page.keyboard.press("Enter")
    box = ada.page.get_by_role("checkbox", name="German 2")
    await box.focus()
    await ada.page.keyboard.press("Space")
    await counted(ada, 2)
    await expect(rows(ada)).to_have_count(2)
    await expect(box).to_be_focused()
    await expect(ada.page.locator("#filter-language summary")).to_contain_text("German")
    await expect(ada.page.get_by_role("status")).to_have_text("2 voices found.")
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.locator("#chip-language")).to_be_focused()
    await expect(box).to_be_hidden()
    assert asked(ada) == {"q": [shelf.word], "language": ["de"]}


async def test_two_quick_filter_choices_are_both_applied(ada: Visit, shelf: Shelf) -> None:
    await ada.open(shelf.at())
    await counted(ada, len(NAMES))
    await ada.page.locator("#chip-language").click()
    boxes = [ada.page.locator(f"#f-language-{tag}") for tag in ("de", "en", "ar")]
    for box in boxes:
        await box.click()
    await counted(ada, 6)
    for box in boxes:
        await expect(box).to_be_checked()
    assert asked(ada)["language"] == ["ar", "de", "en"]


async def test_back_button_restores_a_working_list(ada: Visit, shelf: Shelf) -> None:
    await ada.open("/")
    box = ada.page.get_by_label("Search the library")
    await box.press_sequentially(shelf.word, delay=60)
    # Rows alone would not tell: a library of these voices only shows as many before the search.
    await ada.page.wait_for_url(f"**q={shelf.word}")
    await counted(ada, len(NAMES))
    await ada.page.locator("#chip-language").click()
    await ada.page.locator("#f-language-de").click()
    await expect(rows(ada)).to_have_count(2)
    await step(ada, -1, len(NAMES))
    await expect(rows(ada)).to_have_count(len(NAMES))
    await expect(box).to_have_value(shelf.word)
    await rows(ada).first.hover()
    await rows(ada).first.get_by_role("checkbox").check()
    await expect(ada.page.get_by_text("1 selected")).to_be_visible()
    # The word was typed in steps, and is one step back.
    await ada.page.evaluate("() => setTimeout(() => history.go(-1))")
    await expect(box).to_have_value("")
    await step(ada, 2, 2)
    await expect(rows(ada)).to_have_count(2)
    await expect(ada.page.locator("#filter-language summary")).to_contain_text("German")


async def test_empty_result_names_filters_and_removes_them(ada: Visit, shelf: Shelf) -> None:
    await ada.open(shelf.at("language=fi"))
    nothing = ada.page.locator(".nothing")
    await expect(nothing).to_contain_text(f"No voices match “{shelf.word}” and Language: Finnish.")
    await nothing.get_by_role("link", name="Remove Language: Finnish").click()
    await expect(rows(ada)).to_have_count(len(NAMES))


async def test_favourite_is_saved_and_filtered(ada: Visit, shelf: Shelf) -> None:
    await ada.open(shelf.at())
    star = ada.page.get_by_role("button", name=f"Favourite: 美咲 {shelf.word}")
    await star.focus()
    await ada.page.keyboard.press("Enter")
    await expect(star).to_have_attribute("aria-pressed", "true")
    await expect(star).to_be_focused()
    await ada.page.locator("#f-favourite").focus()
    await ada.page.keyboard.press("Space")
    await expect(rows(ada)).to_have_count(1)
    await expect(rows(ada)).to_contain_text("美咲")


async def test_saved_view_is_created_shared_updated_and_removed(ada: Visit, shelf: Shelf) -> None:
    name = f"German {shelf.word}"
    await ada.open(shelf.at("language=de"))
    views = ada.page.get_by_label("Saved views")
    await views.locator("summary", has_text="Save view").click()
    await views.get_by_label("View name").fill(name)
    await views.get_by_label("Share with the team").check()
    await views.get_by_role("button", name="Save").click()
    tab = views.get_by_role("link", name=name)
    await expect(tab).to_have_attribute("aria-current", "page")
    await counted(ada, 2)
    await ada.page.locator("#chip-language").click()
    await ada.page.locator("#f-language-ar").click()
    await expect(rows(ada)).to_have_count(3)
    await ada.page.keyboard.press("Escape")
    await views.locator("summary", has_text="Save changes").click()
    await views.get_by_role("button", name=f"Update {name}").click()
    await ada.page.get_by_text(f"View {name} updated.").wait_for()
    await ada.open("/")
    await tab.click()
    await expect(rows(ada)).to_have_count(3)
    await views.get_by_role("link", name="Manage").click()
    await ada.page.get_by_role("button", name=f"Remove the view {name}").click()
    await ada.page.get_by_text(f"View {name} removed.").wait_for()
    await ada.open("/")
    await expect(tab).to_have_count(0)


async def test_filters_views_and_favourites_work_without_script(plain: Visit, shelf: Shelf) -> None:
    await plain.open("/")
    await plain.page.get_by_label("Search the library").fill(shelf.word)
    await plain.page.get_by_role("button", name="Search", exact=True).click()
    await counted(plain, len(NAMES))
    await plain.page.locator("#chip-language").click()
    await plain.page.get_by_role("checkbox", name="German 2").check()
    await plain.page.get_by_role("button", name="Apply").click()
    await expect(rows(plain)).to_have_count(2)
    await plain.page.get_by_label("Saved views").locator("summary", has_text="Save view").click()
    await plain.page.get_by_label("View name").fill(f"Plain {shelf.word}")
    await plain.page.get_by_role("button", name="Save", exact=True).click()
    await plain.page.get_by_text(f"View Plain {shelf.word} saved.").wait_for()
    await plain.page.get_by_role("button", name="Favourite: Konrad").click()
    await plain.open("/")
    await plain.page.locator("#chip-stage").click()
    await plain.page.get_by_role("link", name="Show options").locator("visible=true").click()
    await plain.page.locator("#chip-stage").click()
    await expect(plain.page.get_by_role("checkbox", name="All, including retired")).to_be_visible()
    await plain.open("/views/")
    await plain.page.get_by_role("button", name=f"Remove the view Plain {shelf.word}").click()
    await plain.page.get_by_text(" removed.").wait_for()


@pytest.mark.parametrize("width", [320, 768, 1280])
async def test_open_panels_are_accessible_at_every_width(
    studio: RunningStudio, chromium: Browser, shelf: Shelf, cookies: list[Any], width: int
) -> None:
    size = {"width": width, "height": 800}
    visit = await new_visit(studio, chromium, viewport=size, reduced_motion="reduce")
    await visit.enter(cookies)
    await visit.open(shelf.at("language=de&language=en"))
    await counted(visit, 5)
    found = []
    for panel in ("#chip-language", "#chip-owner", "#chip-more", ".view-menu.save summary"):
        await visit.page.locator(panel).click()
        found += [f"{panel} {line}" for line in await violations_in_both_schemes(visit, width)]
        box = await visit.page.locator("details[open] > :not(summary)").first.bounding_box()
        if box is None or box["x"] < 0 or box["x"] + box["width"] > width:
            found.append(f"{panel} opens out of the window: {box}")
        await visit.page.keyboard.press("Escape")
    wide = await visit.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    small = await visit.page.evaluate(SMALL)
    await visit.context.close()
    assert (found, wide <= 0, small, visit.complaints) == ([], True, [], [])
