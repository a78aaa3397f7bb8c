"""A voice pack is exported, uploaded, completed and imported, and once more; the page says at once what it makes."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests import loopback
from tests.browser.conftest import Visit
from tests.browser.test_looks import unsound_here
from tests.browser.test_swap import ask
from tests.running_studio import RunningStudio

HEADER = "Bearer wX7pN9fM3kLj6tRq"
ENGINE = {
    "generic": {
        "url": "https://tts.example.com/speak",
        "headers": {"Authorization": HEADER},
        "body": {"text": "{text}"},
    }
}


@pytest.fixture(scope="module")
def made(studio: RunningStudio) -> dict[str, Any]:
    """A voice of an engine of the team's own, made elsewhere and synced."""
    body = {"name": f"Own {uuid4().hex[:8]}", "definition": ENGINE}
    told: dict[str, Any] = ask(studio, "POST", "/api/voices", body)
    studio.manage("sync_voices", "--wait")
    return told


def delete(studio: RunningStudio, voice_id: str) -> None:
    """Deletes the voice at Althea, which the library learns."""
    with loopback.client(base_url=studio.sandbox_url, headers={"X-API-Key": studio.key}) as http:
        http.delete(f"/api/voices/{voice_id}").raise_for_status()
    studio.manage("sync_voices", "--wait")


async def upload(visit: Visit, pack: Path) -> None:
    """Uploads the pack on the page for it."""
    await visit.open("/packs/")
    await visit.page.get_by_label("Voice pack").set_input_files(pack)
    await visit.page.get_by_role("button", name="Upload and check").press("Enter")
    await visit.page.wait_for_url("**/packs/*-*/")


async def test_pack_brings_back_a_voice_that_is_gone(
    ada: Visit, made: dict[str, Any], tmp_path: Path
) -> None:
    name, pack = made["name"], tmp_path / "own.zip"
    await ada.open(f"/?q={name.split()[1]}")
    await ada.page.locator("#rows a.who", has_text=name).click()
    await ada.page.get_by_role("button", name="Export as a voice pack").press("Enter")
    await expect(ada.page.get_by_role("heading", level=1)).to_have_text("Export 1 voice as a pack")
    await expect(ada.page.get_by_text("One zip file of about 2 kB")).to_be_visible()
    assert await unsound_here(ada) == []
    async with ada.page.expect_download() as download:
        await ada.page.get_by_role("button", name="Download pack").press("Enter")
    await (await download.value).save_as(pack)

    await upload(ada, pack)
    await expect(ada.page.get_by_text("Already in your library:")).to_be_visible()
    delete(ada.studio, made["voiceId"])

    await upload(ada, pack)
    await ada.page.get_by_role("button", name="Import selected voices").press("Enter")
    await expect(ada.page.get_by_role("alert")).to_contain_text("Something is missing. See below.")
    assert await unsound_here(ada) == []
    await ada.page.get_by_label("Authorization").fill(HEADER)
    await ada.page.get_by_role("button", name="Import selected voices").press("Enter")
    report = ada.page.locator("#pack-report")
    await expect(report.locator(".sentence")).to_have_text("Imported")
    await expect(report.get_by_role("listitem")).to_contain_text([name])
    assert await unsound_here(ada) == []
    await report.get_by_role("link", name=name).press("Enter")
    await expect(ada.page.get_by_role("heading", level=1)).to_have_text(name)
    [back] = [one for one in ask(ada.studio, "GET", "/api/voices")["results"] if one["name"] == name]
    assert back["definition"] == ENGINE
