"""A voice is replaced in twenty agents and put back, by keyboard alone and without script."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests import loopback
from tests.browser.conftest import Visit
from tests.browser.test_looks import violations
from tests.running_studio import RunningStudio

COUNT = 20
# A page that an earlier test opened may have read the account's agents, which is kept for a minute.
FORGET_AGENTS = "from django.core.cache import cache; cache.clear()"


def ask(studio: RunningStudio, method: str, path: str, body: object = None) -> Any:
    """A request to the studio's sandbox, with Ada's key."""
    with loopback.client(base_url=studio.sandbox_url, headers={"X-API-Key": studio.key}) as http:
        return http.request(method, path, json=body).raise_for_status().json()


@pytest.fixture(scope="module")
def ids(studio: RunningStudio) -> dict[str, str]:
    """Three voices, made elsewhere and synced, by their names; agents that use the first."""
    mark, made = uuid4().hex[:8], {}
    for name in (f"Marlene {mark}", f"Bella {mark}", f"Carla {mark}"):
        body = {"name": name, "definition": {"lmnt": {"voiceId": "leah"}}}
        made[name] = str(ask(studio, "POST", "/api/voices", body)["voiceId"])
    old = next(iter(made))
    for number in range(COUNT):
        body = {"name": f"Desk {number} {mark}", "callTemplate": {"voice": old if number else made[old]}}
        ask(studio, "POST", "/api/agents", body)
    studio.manage("sync_voices", "--wait")
    studio.manage("shell", "-c", FORGET_AGENTS)
    return made


def used(studio: RunningStudio, ids: dict[str, str]) -> list[str]:
    """The voices that the agents name now: "old" and "new" for the ids, the name itself for a name."""
    agents = ask(studio, "GET", "/api/agents?pageSize=200")["results"]
    old, new, *_ = ids
    shown = {ids[old]: "old", ids[new]: "new", old: old}
    named = [agent["callTemplate"]["voice"] for agent in agents]
    return sorted(shown[voice] for voice in named if voice in shown)


async def test_voice_is_replaced_in_agents_and_undone(ada: Visit, ids: dict[str, str]) -> None:
    old, new, *_ = ids
    before = used(ada.studio, ids)
    await ada.open(f"/?q={old.split()[1]}")
    await ada.page.locator("#rows a.who", has_text=old).click()
    await ada.page.get_by_role("link", name="Replace in agents").press("Enter")
    await ada.page.get_by_role("button", name="Review agents").click()
    await expect(ada.page.get_by_role("alert")).to_contain_text("Choose the new voice first.")
    await expect(ada.page.get_by_role("radio", name="Carla")).to_be_visible()
    await ada.page.get_by_role("searchbox").fill(new)
    await ada.page.get_by_role("searchbox").press("Enter")
    await expect(ada.page.get_by_role("radio", name="Carla")).to_have_count(0)
    await ada.page.get_by_role("radio", name=new).press("Space")
    assert await violations(ada) == []
    await ada.page.get_by_role("button", name="Review agents").press("Enter")
    await expect(ada.page.get_by_role("checkbox")).to_have_count(COUNT)
    assert await violations(ada) == []
    await ada.page.get_by_role("checkbox", name="Desk 7 ").press("Space")
    await ada.page.get_by_role("button", name="Replace in agents").press("Enter")
    await expect(ada.page.locator(".sentence")).to_have_text(f"“{old}” replaced with “{new}” in 19 agents.")
    assert used(ada.studio, ids) == sorted([old, *["new"] * 19])
    assert await violations(ada) == []
    await ada.page.get_by_role("button", name="Undo").press("Enter")
    await expect(ada.page.locator(".sentence")).to_have_text(f"“{new}” replaced with “{old}” in 19 agents.")
    assert used(ada.studio, ids) == before


async def test_voice_is_replaced_without_script(plain: Visit, ids: dict[str, str]) -> None:
    old, new, *_ = ids
    await plain.open(f"/?q={old.split()[1]}")
    await plain.page.locator("#rows a.who", has_text=old).click()
    await plain.page.get_by_role("link", name="Load usage from Althea").click()
    await plain.page.get_by_role("link", name="Replace in agents").click()
    await plain.page.get_by_role("radio", name=new).check()
    await plain.page.get_by_role("button", name="Review agents").click()
    await plain.page.get_by_role("button", name="Replace in agents").click()
    # The page asks again by itself.
    await expect(plain.page.locator(".sentence")).to_have_text(f"“{old}” replaced with “{new}” in 20 agents.")
    assert used(plain.studio, ids) == ["new"] * COUNT
