"""What opens over a page stays in the window, at every width; and the first voice is in sight on a phone."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.bench.studio import run_command
from tests.browser.conftest import Visit, new_visit
from tests.browser.test_looks import violations
from tests.running_studio import RunningStudio

WIDTHS = (320, 360, 481, 520, 600, 640, 641, 700, 768, 820, 885, 890, 897, 960, 1024, 1100, 1280, 1920)
# Opens each panel in turn, and returns those that leave the window at a side, with their edges.
OUTSIDE = """async () => {
  const found = [];
  for (const one of document.querySelectorAll("details")) {
    if (!one.firstElementChild.checkVisibility()) continue;
    one.open = true;
    await new Promise(requestAnimationFrame);
    const panel = one.querySelector(":scope > :not(summary)");
    const { left, right } = panel.getBoundingClientRect();
    if (left < 0 || right > document.documentElement.clientWidth) {
      found.push(`${innerWidth}: ${one.firstElementChild.textContent.trim()} ${left} to ${right}`);
    }
    one.open = false;
  }
  return found;
}"""


@pytest.fixture(scope="module", autouse=True)
def voices(studio: RunningStudio) -> None:
    run_command(studio, "add_voices", "2")


async def test_no_panel_leaves_the_window_at_any_width(ada: Visit) -> None:
    await ada.open("/?q=o&sort=name")
    await expect(ada.page.locator("#total")).to_contain_text("voice")
    await ada.page.locator("#rows .pick input").first.press("Space")
    await expect(ada.page.get_by_text("1 selected")).to_be_visible()
    found = []
    for width in WIDTHS:
        await ada.page.set_viewport_size({"width": width, "height": 800})
        found += await ada.page.evaluate(OUTSIDE)
    assert found == []


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 640)])
async def test_phone_shows_the_first_voice_in_the_upper_half(
    studio: RunningStudio, chromium: Browser, cookies: list[Any], width: int, height: int
) -> None:
    size = {"width": width, "height": height}
    visit = await new_visit(studio, chromium, viewport=size, has_touch=True, is_mobile=True)
    await visit.enter(cookies)
    await visit.open("/")
    await expect(visit.page.locator("#total")).to_contain_text("voice")
    box = await visit.page.locator("#rows > .row").first.bounding_box()
    wide = await visit.page.evaluate("() => innerWidth")
    await visit.page.locator("[data-select]").tap()
    await visit.page.locator("#rows .pick").first.tap()
    await expect(visit.page.get_by_text("1 selected")).to_be_visible()
    found = await violations(visit)
    await visit.context.close()
    assert box is not None
    assert box["y"] < height / 2
    assert (wide, found, visit.complaints) == (width, [], [])
