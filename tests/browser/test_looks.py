"""No page scrolls sideways at 320 px, none breaks a rule of axe, in light and in dark."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.async_api import Browser

from tests.browser.conftest import Visit, new_visit
from tests.house import House

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/",
    "/clone/",
    "/tags/",
    "/aliases/",
    "/aliases/new/",
    "/keys/",
    "/accounts/password/change/",
    "/nowhere/",
]


async def violations(visit: Visit) -> list[str]:
    """What axe finds on the page, as rule: element."""
    await visit.page.evaluate(AXE)
    found = await visit.page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(all => all.violations.flatMap("
        "one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 150)} ${node.failureSummary}`)))",
        RULES,
    )
    return [str(line) for line in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_every_page_is_sound(
    house: House, chromium: Browser, recording: Path, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 800}
    visit = await new_visit(house, chromium, color_scheme=scheme, viewport=size, reduced_motion="reduce")
    await visit.login()
    await visit.clone(f"Looks {scheme} {width}", recording)
    job = visit.page.url.removeprefix(house.url)
    await visit.page.get_by_role("link", name="Open the voice").click()
    voice = visit.page.url.removeprefix(house.url)
    found = []
    for path in [*PAGES, job, voice]:
        await visit.open(path)
        found += [f"{path} {line}" for line in await violations(visit)]
        wide = await visit.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"{path} scrolls sideways by {wide} px")
    await visit.context.close()
    assert found + visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_login_page_is_sound(house: House, chromium: Browser, scheme: str) -> None:
    visit = await new_visit(house, chromium, color_scheme=scheme, viewport={"width": 320, "height": 700})
    await visit.open("/accounts/login/")
    found = await violations(visit)
    await visit.context.close()
    assert found + visit.complaints == []
