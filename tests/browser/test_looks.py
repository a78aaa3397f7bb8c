"""No page scrolls sideways at 320 px, none breaks a rule of axe, in light and in dark."""

from pathlib import Path
from typing import Literal

import axe_playwright_python
from playwright.async_api import Browser

from tests.browser.conftest import Visit, new_visit
from tests.running_studio import RunningStudio

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
ALL_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The rules that look at colours: a page that was judged in light needs no others in dark at the same width.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
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


Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTHS = (320, 1280)


async def violations(visit: Visit, rules: list[str] = ALL_RULES) -> list[str]:
    """What axe finds on the page, as rule: element."""
    if not await visit.page.evaluate("() => 'axe' in window"):
        await visit.page.evaluate(AXE)
    found = await visit.page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(all => all.violations.flatMap("
        "one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 150)} ${node.failureSummary}`)))",
        rules,
    )
    return [str(line) for line in found]


async def look(visit: Visit, width: int, scheme: Scheme) -> None:
    """The page that stands there, in a window of this width and these colours."""
    await visit.page.set_viewport_size({"width": width, "height": 800})
    await visit.page.emulate_media(color_scheme=scheme)


async def violations_in_both_schemes(visit: Visit, width: int) -> list[str]:
    """What axe finds on the page at this width in light and in dark."""
    found = []
    for scheme, rules in zip(SCHEMES, (ALL_RULES, COLOUR_RULES), strict=True):
        await look(visit, width, scheme)
        found += [f"{width} {scheme} {line}" for line in await violations(visit, rules)]
    return found


async def unsound(visit: Visit, path: str) -> list[str]:
    """What is wrong with a page in any look; it is opened once, as opening it takes longer than looking at it."""
    await visit.open(path)
    found = []
    for width in WIDTHS:
        found += [f"{path} {line}" for line in await violations_in_both_schemes(visit, width)]
        wide = await visit.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"{path} scrolls sideways by {wide} px at {width}")
    return found


async def test_every_page_is_accessible_and_fits_its_width(
    studio: RunningStudio, chromium: Browser, recording: Path
) -> None:
    visit = await new_visit(studio, chromium, reduced_motion="reduce")
    found = await unsound(visit, "/accounts/login/")
    await visit.login()
    await visit.clone("Looks", recording)
    job = visit.page.url.removeprefix(studio.url)
    await visit.page.get_by_role("link", name="Open voice").click()
    voice = visit.page.url.removeprefix(studio.url)
    for path in [*PAGES, job, voice]:
        found += await unsound(visit, path)
    await visit.context.close()
    assert found + visit.complaints == []
