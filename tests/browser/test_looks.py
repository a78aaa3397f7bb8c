"""No page scrolls sideways at 320 px, none breaks a rule of axe, in light and in dark."""

from pathlib import Path
from typing import Literal

import axe_playwright_python
from playwright.async_api import Browser

from tests.browser.conftest import Visit, new_visit
from tests.browser.test_journey import fresh
from tests.running_studio import RunningStudio

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
ALL_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The rules that look at colours: a page that was judged in light needs no others in dark at the same width.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
PAGES = [
    "/",
    "/library/deleted/",
    "/clone/",
    "/clone/several/",
    "/voices/new/",
    "/voices/new/elevenLabs/",
    "/voices/new/generic/",
    "/tags/",
    "/aliases/",
    "/aliases/new/",
    "/auditions/",
    "/auditions/new/",
    "/dashboard/clones/",
    "/keys/",
    "/team/",
    "/team/settings/",
    "/team/webhooks/",
    "/notifications/",
    "/activity/",
    "/tokens/",
    "/api/v1/docs/",
    "/api/v1/problems/",
    "/accounts/password/change/",
    "/admin/",
    "/admin/voices/auditentry/",
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
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(all => all.violations.flatMap("
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
    return await violations_in(visit, width, SCHEMES)


async def violations_in(visit: Visit, width: int, schemes: tuple[Scheme, ...]) -> list[str]:
    """What axe finds on the page at this width in these colours; all rules are judged in light."""
    found = []
    for scheme in schemes:
        rules = ALL_RULES if scheme == "light" else COLOUR_RULES
        await look(visit, width, scheme)
        found += [f"{width} {scheme} {line}" for line in await violations(visit, rules)]
    return found


async def unsound(visit: Visit, path: str) -> list[str]:
    """What is wrong with a page in any look; it is opened once, as opening it takes longer than looking at it."""
    await visit.open(path)
    return [f"{path} {line}" for line in await unsound_here(visit)]


async def unsound_here(visit: Visit) -> list[str]:
    """What is wrong with the page that stands there, in any look. Colours do not change by and by meanwhile."""
    await visit.page.emulate_media(reduced_motion="reduce")
    found = []
    for width in WIDTHS:
        # Only the variables of tokens.css differ in dark, whatever the width: it is judged at one.
        schemes = SCHEMES if width == WIDTHS[0] else SCHEMES[:1]
        found += await violations_in(visit, width, schemes)
        wide = await visit.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"scrolls sideways by {wide} px at {width}")
    return found


# The colours of an element's border, or of its strokes, and of what is behind it, as red, green and blue.
COLOURS = """([selector, property]) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    const rgb = (colour) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    let behind = document.querySelector(selector);
    const colour = getComputedStyle(behind)[property];
    do behind = behind.parentElement; while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)");
    return [rgb(colour), rgb(getComputedStyle(behind).backgroundColor)];
}"""


def contrast(colours: list[list[int]]) -> float:
    """The ratio of two colours, as WCAG 2 defines it."""
    parts = [[part / 255 for part in colour] for colour in colours]
    linear = [
        [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in one]
        for one in parts
    ]
    dark, light = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in linear)
    return (light + 0.05) / (dark + 0.05)


async def faint(visit: Visit, *found: tuple[str, str]) -> list[str]:
    """What on the page has less than the 3:1 that parts of controls need, in light or in dark."""
    wrong = []
    for scheme in SCHEMES:
        await visit.page.emulate_media(color_scheme=scheme)
        for one in found:
            ratio = contrast(await visit.page.evaluate(COLOURS, list(one)))
            wrong += [f"{scheme} {one}: {ratio:.2f}"] if ratio < 3 else []
    return wrong


async def test_fields_and_waveforms_stand_out(ada: Visit, recording: Path) -> None:
    assert round(contrast([[118, 118, 118], [255, 255, 255]]), 2) == 4.54
    await ada.open("/")
    found = await faint(ada, (".search", "borderTopColor"), (".sort", "borderTopColor"))
    await ada.open("/clone/")
    found += await faint(ada, ("#id_name", "borderTopColor"), (".drop", "borderTopColor"))
    await ada.clone(fresh("Looks"), recording)
    await ada.page.get_by_role("link", name="Open voice").click()
    await ada.page.locator(".listen .wave").first.wait_for()
    found += await faint(ada, ("#new-tag", "borderTopColor"), (".listen .wave:not(.played)", "color"))
    assert found == []


# The sum of the shifts while the page loaded, as browsers define it; https://web.dev/articles/cls.
SHIFTS = """() => new Promise((done) => new PerformanceObserver((list, observer) => {
    observer.disconnect();
    done(list.getEntries().filter((one) => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0));
}).observe({ type: "layout-shift", buffered: true }) || setTimeout(() => done(0), 400))"""


async def test_phone_pages_do_not_shift_as_they_load(
    studio: RunningStudio, chromium: Browser, recording: Path
) -> None:
    visit = await new_visit(
        studio, chromium, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True
    )
    await visit.login()
    await visit.clone(fresh("Still"), recording)
    await visit.page.get_by_role("link", name="Open voice").click()
    await visit.page.get_by_text("No agents use this voice.").wait_for()
    voice = visit.page.url.removeprefix(studio.url)
    places = await visit.page.evaluate(
        "() => ['#order-stage', '#order-tags', '#order-notes', '[aria-labelledby=activity-title]']"
        ".map((one) => document.querySelector(one).getBoundingClientRect().top)"
    )
    await visit.page.set_viewport_size({"width": 320, "height": 640})
    stages = await visit.page.locator(".stages .stage").evaluate_all(
        "all => all.map((one) => one.clientHeight < 45 && one.scrollWidth <= one.clientWidth)"
    )
    shifts = {}
    for path in ("/clone/", voice):
        await visit.open(path)
        shifts[path] = await visit.page.evaluate(SHIFTS)
    await visit.context.close()
    assert (places, stages) == (sorted(places), [True] * 3)
    assert {path: shift for path, shift in shifts.items() if shift > 0.02} == {}


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
