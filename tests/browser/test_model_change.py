"""A retired model is replaced from the dashboard, in the voices that are chosen and in no other."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_looks import unsound_here
from tests.browser.test_swap import ask
from tests.running_studio import RunningStudio

CALM = {"generationConfig": {"speed": 0.9}}
OLD, NEW = "sonic-english", "sonic-3.5"


@pytest.fixture(scope="module")
def ids(studio: RunningStudio) -> dict[str, str]:
    """Two voices with a retired model, made elsewhere and synced, by their names."""
    ask(studio, "PATCH", "/api/accounts/me/tts_api_keys", {"cartesia": "sk_car_0123456789"})
    mark, made = uuid4().hex[:8], {}
    for name in (f"Anna {mark}", f"Bruno {mark}"):
        body = {"name": name, "definition": {"cartesia": {"voiceId": "x", "model": OLD, **CALM}}}
        made[name] = str(ask(studio, "POST", "/api/voices", body)["voiceId"])
    studio.manage("sync_voices", "--wait")
    return made


def settings(studio: RunningStudio, voice_id: str) -> dict[str, Any]:
    told: dict[str, Any] = ask(studio, "GET", f"/api/voices/{voice_id}")["definition"]["cartesia"]
    return told


async def test_model_is_changed_from_the_dashboard(ada: Visit, ids: dict[str, str]) -> None:
    anna, bruno = ids
    await ada.open("/dashboard/")
    row = ada.page.get_by_role("listitem").filter(
        has_text=f"{OLD} was retired on 1 June 2026: 2 voices use it."
    )
    await row.get_by_role("link", name="Change model").press("Enter")
    await ada.page.wait_for_url("**/models/change/**")
    await expect(ada.page.get_by_text("No agents use these voices.")).to_be_visible()
    await expect(ada.page.get_by_label("New model")).to_have_value(NEW)
    assert await unsound_here(ada) == []
    for name in ids:
        await ada.page.get_by_role("checkbox", name=name).uncheck()
    await ada.page.get_by_role("button", name="Change model").press("Enter")
    await expect(ada.page.get_by_role("alert")).to_contain_text("Choose at least one voice.")
    await ada.page.get_by_role("checkbox", name=anna).check()
    await ada.page.get_by_role("button", name="Change model").press("Enter")
    await ada.page.wait_for_url("**/bulk/*/")
    await expect(ada.page.locator(".sentence")).to_have_text(f"1 voice changed from {OLD} to {NEW}.")
    assert await unsound_here(ada) == []
    models = [settings(ada.studio, ids[name]) for name in (anna, bruno)]
    assert models == [{"voiceId": "x", "model": model, **CALM} for model in (NEW, OLD)]
