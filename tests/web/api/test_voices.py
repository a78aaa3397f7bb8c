"""Voices by the API."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.base import Cast
from tests.builders import make_order, make_voice
from tests.web.api.programs import program
from voices.library.filters import registry
from voices.library.filters.base import ChoiceFilter
from voices.models import Voice
from voices.web.api.voice_query import parameters

VOICES = "/api/v1/voices"


def names_of(page: dict[str, Any]) -> list[str]:
    """The names of a page's voices."""
    return [one["name"] for one in page["results"]]


def all_pages(client: Client, address: str) -> list[list[str]]:
    """The names of every page from this address on."""
    pages = []
    following: str | None = address
    while following:
        page = client.get(following).json()
        pages.append(names_of(page))
        following = page["next"]
    return pages


def test_voices_are_listed_page_by_page_like_on_the_page(cast: Cast) -> None:
    for name in ("Carla", "Anton", "Berta"):
        make_voice(cast.ed, name=name)
    make_voice(cast.sam, name="Foreign")
    pages = all_pages(program(cast.vera, "read"), f"{VOICES}?sort=name&pageSize=2")
    assert pages == [["Anton", "Berta"], ["Carla"]]


def test_voice_has_the_fields_of_althea_and_the_teams(cast: Cast) -> None:
    voice = make_voice(cast.ed, name="Marlene", health="failing", health_problem="No such voice.")
    order = make_order(cast.ed, voice)
    found = program(cast.vera, "read").get(f"{VOICES}/{voice.pk}").json()
    assert {name: found[name] for name in ("id", "voiceId", "name", "tags", "aliases", "owner", "stage")} == {
        "id": str(voice.pk), "voiceId": voice.voice_id, "name": "Marlene", "tags": [order.tag.name],
        "aliases": [order.alias.name], "owner": "Ed", "stage": "draft",
    }  # fmt: skip
    assert (found["preview"], found["problem"]) == ("failing", "No such voice.")
    assert found["previewUrl"] == f"http://testserver/api/v1/voices/{voice.pk}/preview"


def test_total_is_counted_only_when_asked_for(cast: Cast) -> None:
    make_voice(cast.ed)
    client = program(cast.vera, "read")
    assert client.get(VOICES).json()["total"] is None
    assert client.get(VOICES, {"includeTotal": "true"}).json()["total"] == 1


def test_search_and_filters_select(cast: Cast) -> None:
    make_voice(cast.ed, name="Anton", stage="approved")
    make_voice(cast.ed, name="Berta")
    client = program(cast.vera, "read")
    assert names_of(client.get(VOICES, {"search": "bert"}).json()) == ["Berta"]
    assert names_of(client.get(VOICES, {"stage": "approved"}).json()) == ["Anton"]
    assert names_of(client.get(VOICES, {"stage": ["approved", "draft"], "sort": "name"}).json()) == [
        "Anton", "Berta",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"cursor": "xyz"}, "cursor"),
        ({"cursor": "WyJuYW1lIiwiYSJd"}, "cursor"),  # of another order
        ({"sort": "best"}, "sort"),
        ({"stage": "secret"}, "stage"),
        ({"tag": "one"}, "tag"),
        ({"account": "\x00"}, "account"),
        ({"pageSize": "0"}, "pageSize"),
        ({"pageSize": "²"}, "pageSize"),
        ({"search": "x" * 201}, "search"),
        ({"team": "1"}, "team"),
        ({"language": ["de"] * 21}, "language"),
    ],
)
def test_wrong_parameter_is_named(cast: Cast, params: dict[str, Any], field: str) -> None:
    answer = program(cast.vera, "read").get(VOICES, params)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "invalid", field)


def test_added_filter_is_a_parameter_by_itself(cast: Cast) -> None:
    make_voice(cast.ed, name="Anton", health="good")
    make_voice(cast.ed, name="Berta")
    plays = ChoiceFilter(name="plays", label="Plays", position=999, column="health", choices={"good": "Yes"})
    with registry.added(plays):
        answer = program(cast.vera, "read").get(VOICES, {"plays": "good"})
        assert "plays" in [one["name"] for one in parameters()]
    assert names_of(answer.json()) == ["Anton"]


def test_foreign_missing_and_deleted_voices_are_the_same_404(cast: Cast) -> None:
    foreign, deleted = make_voice(cast.sam), make_voice(cast.ed)
    Voice.objects.filter(pk=deleted.pk).update(deleted_at=deleted.created_at)
    client = program(cast.ada)
    answers = [client.get(f"{VOICES}/{pk}") for pk in (foreign.pk, uuid4(), deleted.pk)]
    assert [one.status_code for one in answers] == [404] * 3
    assert len({one.content for one in answers}) == 1


def test_addresses_and_methods_that_are_not_there_are_problems(cast: Cast) -> None:
    client = program(cast.ada)
    for answer, code in (
        (client.get("/api/v1/nothing"), "not_found"),
        (client.get(f"{VOICES}/1"), "not_found"),
        (client.delete(VOICES), "method_not_allowed"),
        (Client().get("/api/v1/"), "not_found"),
    ):
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == code
