"""Voices from providers in a real browser: created, tried, tuned and copied by keyboard alone, for two engines."""

import re

from playwright.async_api import expect

from tests import loopback
from tests.browser.conftest import Visit
from tests.browser.test_changes import tab_to
from tests.browser.test_journey import fresh
from tests.browser.test_looks import violations


def store_provider_key(visit: Visit) -> None:
    with loopback.client(base_url=visit.studio.sandbox_url, headers={"X-API-Key": visit.studio.key}) as http:
        http.patch("/api/accounts/me/tts_api_keys", json={"lmnt": "lm-0123456789"}).raise_for_status()


async def press(visit: Visit, name: str) -> None:
    """Presses the link or button of that name, reached by Tab."""
    await tab_to(visit, name)
    await visit.page.keyboard.press("Enter")


async def enter(visit: Visit, name: str, text: str) -> None:
    """Types over the field of that label, reached by Tab."""
    await tab_to(visit, name)
    await visit.page.keyboard.press("ControlOrMeta+a")
    await visit.page.keyboard.type(text)


async def create(visit: Visit, name: str) -> str:
    """Sends the form, and returns the path of the new voice's page."""
    await press(visit, "Create voice")
    await visit.page.wait_for_url("**/clones/*/")
    await expect(visit.page.get_by_role("heading", level=2, name=name)).to_be_visible()
    await visit.page.get_by_role("link", name="Open voice").press("Enter")
    await visit.page.wait_for_url("**/voices/*/")
    return visit.page.url.removeprefix(visit.studio.url)


async def test_a_voice_is_tried_made_tuned_and_copied_by_keyboard(ada: Visit) -> None:
    store_provider_key(ada)
    name = fresh("Lily")
    await ada.open("/voices/new/")
    await press(ada, "LMNT")
    await ada.page.wait_for_url("**/voices/new/lmnt/")
    await enter(ada, "Voice", "lily")
    await press(ada, "Try it")
    sound = ada.page.get_by_label("What these settings sound like")
    await expect(sound).to_have_js_property("paused", False)
    assert await violations(ada) == []
    await ada.page.locator("#setting-voiceId").focus()
    await enter(ada, "Speed", "9")
    await press(ada, "Try it")
    note = ada.page.get_by_role("alert").filter(has_text="Fix this first")
    await expect(note).to_contain_text("This must be 0.25 to 2.")
    await note.get_by_role("link", name="Speed").press("Enter")
    await ada.page.keyboard.press("ControlOrMeta+a")
    await ada.page.keyboard.type("1.25")
    await enter(ada, "Name", name)
    path = await create(ada, name)
    await press(ada, "Edit settings")
    await ada.page.wait_for_url(f"**{path}settings/")
    await expect(ada.page.get_by_label("Speed")).to_have_value("1.25")
    assert await violations(ada) == []
    await enter(ada, "Speed", "0.75")
    await press(ada, "Save settings")
    await ada.page.wait_for_url(f"**{path}")
    await expect(ada.page.get_by_text("Saved here and at Althea.")).to_be_visible()
    await press(ada, "New from this one")
    await ada.page.wait_for_url("**/voices/new/lmnt/**")
    await expect(ada.page.get_by_label("Speed")).to_have_value("0.75")
    assert await create(ada, f"{name} copy") != path


async def test_headers_of_an_engine_of_ones_own_are_typed_and_kept(ada: Visit) -> None:
    name = fresh("Own")
    await ada.open("/voices/new/generic/")
    await enter(ada, "Address", "https://tts.example.com/speak")
    await tab_to(ada, "Name")
    for header in ("Authorization", "X-Team"):
        await ada.page.keyboard.type(header)
        await ada.page.keyboard.press("Tab")
        await ada.page.keyboard.type("secret-4f9a7c21d0e84b")
        await press(ada, "Add another")  # its new line has the focus
    await enter(ada, "Body", '{"text": "{text}"}')
    await ada.page.locator("#id_name").fill(name)
    await create(ada, name)
    assert "4f9a7c21d0e84b" not in await ada.page.content()
    await press(ada, "New from this one")
    await expect(ada.page.locator("[name='setting-headers.name']").nth(1)).to_have_value("X-Team")
    stored = ada.page.locator("[name='setting-headers.value']").nth(1)
    await expect(stored).to_have_attribute("placeholder", re.compile("Stored"))
    assert "4f9a7c21d0e84b" not in await ada.page.content()
    await create(ada, f"{name} copy")
