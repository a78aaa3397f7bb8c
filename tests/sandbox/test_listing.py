"""GET /api/voices: filters, cursor pages in DRF's shape, refusals."""

import base64
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import client_of
from tests.sandbox.live import LiveSandbox

PUBLIC = 48


def define(client: httpx.Client, name: str, **fields: Any) -> dict[str, Any]:
    """A voice from a definition: cheaper than a clone."""
    body = {"name": name, "definition": {"cartesia": {"voiceId": "v"}}, **fields}
    voice: dict[str, Any] = client.post("/api/voices", json=body).raise_for_status().json()
    return voice


def names(answer: httpx.Response) -> list[str]:
    """The names on a page."""
    assert answer.status_code == 200, answer.text
    return [voice["name"] for voice in answer.json()["results"]]


def test_own_voices_come_newest_first_then_the_public_ones(client: httpx.Client) -> None:
    define(client, "First")
    define(client, "Second")
    page = client.get("/api/voices")
    assert names(page)[:3] == ["Second", "First", "Amelia"]
    assert page.json()["total"] == PUBLIC + 2
    assert (page.json()["next"], page.json()["previous"]) == (None, None)


def test_foreign_voices_are_not_listed(sandbox: LiveSandbox, client: httpx.Client) -> None:
    define(client, "Mine")
    with client_of(sandbox, sandbox.key()) as stranger:
        assert names(stranger.get("/api/voices", params={"ownership": "private"})) == []


def test_next_is_absolute_and_leads_through_every_voice_once(client: httpx.Client) -> None:
    for number in range(7):
        define(client, f"V{number}")
    found, url = [], "/api/voices?ownership=private&pageSize=3"
    while url:
        page = client.get(url)
        found += names(page)
        url = page.json()["next"]
        assert url is None or url.startswith(str(client.base_url.join("/api/voices?")))
        assert url is None or "ownership=private&pageSize=3&cursor=" in url
    assert found == [f"V{number}" for number in reversed(range(7))]


def test_previous_leads_back(client: httpx.Client) -> None:
    for number in range(5):
        define(client, f"V{number}")
    first = client.get("/api/voices", params={"ownership": "private", "pageSize": 2})
    second = client.get(first.json()["next"])
    third = client.get(second.json()["next"])
    assert names(client.get(third.json()["previous"])) == names(second)
    assert names(client.get(second.json()["previous"])) == names(first)
    assert client.get(second.json()["previous"]).json()["previous"] is None


def test_a_voice_made_meanwhile_shifts_no_page(client: httpx.Client) -> None:
    for number in range(4):
        define(client, f"V{number}")
    first = client.get("/api/voices", params={"ownership": "private", "pageSize": 2})
    define(client, "New")
    assert names(client.get(first.json()["next"])) == ["V1", "V0"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"ownership": "public"}, PUBLIC),
        ({"ownership": "private"}, 1),
        ({"billingStyle": "VOICE_BILLING_STYLE_EXTERNAL"}, 1),
        ({"provider": "lmnt"}, 5),
        ({"provider": ["lmnt", "respeecher"]}, 11),
        ({"primaryLanguage": "de-DE"}, 3),
        ({"search": "MINE"}, 1),
        ({"search": "audiobooks no such thing"}, 0),
        ({"search": "étienne"}, 1),
        ({"search": "ÉTIENNE"}, 1),
        ({"search": "gentle", "ownership": "public", "provider": "google"}, 1),
    ],
)
def test_voice_list_filters(client: httpx.Client, query: dict[str, Any], count: int) -> None:
    define(client, "Mine")
    page = client.get("/api/voices", params=query).json()
    assert len(page["results"]) == page["total"] == count


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"ownership": "mine"}, "ownership"),
        ({"ownership": ""}, "ownership"),
        ({"billingStyle": "FREE"}, "billingStyle"),
        ({"provider": "elevenLabs"}, "provider"),
        ({"search": ""}, "search"),
        ({"search": "a\0"}, "search"),
        ({"primaryLanguage": ""}, "primaryLanguage"),
    ],
)
def test_wrong_filters_are_refused_by_name(client: httpx.Client, query: dict[str, str], field: str) -> None:
    answer = client.get("/api/voices", params=query)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


@pytest.mark.parametrize(
    "cursor",
    ["", "nonsense", "ü", "%00", base64.b64encode(b"p=x").decode(), base64.b64encode(b"p=1\xff").decode()],
)
def test_a_bad_cursor_is_404(client: httpx.Client, cursor: str) -> None:
    answer = client.get("/api/voices", params={"cursor": cursor})
    assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid cursor"})


@pytest.mark.parametrize(
    ("size", "count"), [("5", 5), ("0", 48), ("-3", 48), ("x", 48), ("9" * 30, 48), ("200", 48)]
)
def test_voice_list_page_sizes(client: httpx.Client, size: str, count: int) -> None:
    assert len(names(client.get("/api/voices", params={"pageSize": size}))) == count


def test_a_page_holds_two_hundred_at_most(client: httpx.Client) -> None:
    for number in range(160):
        define(client, f"V{number}")
    page = client.get("/api/voices", params={"pageSize": 1000}).json()
    assert (len(page["results"]), page["total"]) == (200, 208)
