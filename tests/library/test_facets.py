"""The counts beside each value are what choosing it would show."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.core.cache import cache

from tests.base import Cast
from tests.builders import make_voice
from tests.library.populated import asked, fill
from voices.actions.voice.changed import voices_changed
from voices.library import search
from voices.library.facets import Facets, chosen_only, facets
from voices.library.filters import Filters
from voices.models import Favourite, Tag, Voice

ASKED = [
    "",
    "stage=any",
    "language=en",
    "language=en-GB&provider=Hume",
    "q=calm",
    "favourite=1",
    "gone=gone&health=good",
]


@pytest.fixture(autouse=True)
def cold(db: None) -> None:
    """Nothing is cached."""
    cache.clear()


@pytest.fixture
def shelf(cast: Cast) -> list[Voice]:
    """80 voices."""
    return fill(cast, count=80, seed=5)


def values(found: Facets, name: str) -> dict[str, int | None]:
    """The counts of one filter."""
    group = next(group for group in found.groups if group.name == name)
    return {value.value: value.count for value in group.values}


@pytest.mark.parametrize("query", ASKED)
def test_facet_count_equals_the_results_of_choosing_it(cast: Cast, shelf: list[Voice], query: str) -> None:
    filters = asked(query)
    found = facets(cast.ada, filters)
    assert found.total == search.count(cast.ada, filters)
    for group in found.groups:
        for value in group.values:
            alone = asked(f"{filters.without(group.name).to_query()}&{urlencode({group.name: value.value})}")
            if value.is_region:
                # A region's own number; the choice also takes what says no more than the language.
                assert 0 < (value.count or 0) <= search.count(cast.ada, alone)
            else:
                assert (group.name, value.value, value.count) == (
                    group.name,
                    value.value,
                    search.count(cast.ada, alone),
                )


def test_facets_count_favourites_and_hidden_retired_voices(cast: Cast, shelf: list[Voice]) -> None:
    found = facets(cast.ada, Filters())
    assert found.favourites == search.count(cast.ada, Filters.of(favourite=("1",))) > 0
    every_stage = search.count(cast.ada, Filters.of(stage=("any",)))
    every_consent = search.count(cast.ada, Filters.of(consent=("any",)))
    total = found.total or 0
    hidden = [(one.count, one.label, one.query) for one in found.hidden]
    assert hidden == [
        (every_stage - total, "retired", "stage=any"),
        (every_consent - total, "in quarantine", "consent=any"),
    ]
    assert facets(cast.ada, Filters.of(stage=("any",), consent=("any",))).hidden == ()


def test_facets_are_cached_until_something_changes(
    cast: Cast, shelf: list[Voice], django_assert_max_num_queries: object
) -> None:
    first = facets(cast.ada, Filters())
    make_voice(cast.ada, name="Unseen by the counts")
    assert facets(cast.ada, Filters()).total == first.total
    voices_changed(cast.northwind.pk)
    cast.ada.team.refresh_from_db()
    assert facets(cast.ada, Filters()).total == (first.total or 0) + 1


def test_favourite_counts_are_personal(cast: Cast, shelf: list[Voice]) -> None:
    assert facets(cast.ed, Filters()).favourites == 0
    shown = Voice.objects.of_team(cast.northwind).filter(stage="draft", consent=None).order_by("name")[0]
    Favourite.objects.create(user=cast.ed.user, voice=shown)
    assert facets(cast.ed, Filters()).favourites == 1
    assert facets(cast.ed, Filters.of(favourite=("1",))).total == 1


def test_facets_name_people_and_tags_of_the_team_only(cast: Cast, shelf: list[Voice]) -> None:
    foreign = Tag.objects.create(team=cast.southwind, name="Secret plan", key="secret plan")
    filters = Filters.of(tag=(str(foreign.pk),), owner=(str(cast.sam.user.pk),))
    for found in (facets(cast.ada, filters), chosen_only(cast.ada, filters)):
        told = [value.label for group in found.groups for value in group.values]
        assert "Secret plan" not in told
        assert "Sam" not in told
    assert {"Ada", "Ed", "Not given"} <= {
        value.label
        for group in facets(cast.ada, Filters()).groups
        if group.name == "owner"
        for value in group.values
    }


def test_facets_without_counts_show_only_chosen_values(cast: Cast, shelf: list[Voice]) -> None:
    tag = Tag.objects.filter(team=cast.northwind)[0]
    found = chosen_only(cast.ada, Filters.of(tag=(str(tag.pk),), language=("en-GB",)))
    shown = {group.name: [(value.label, value.count) for value in group.values] for group in found.groups}
    assert shown["tag"] == [(tag.name, None)]
    assert shown["language"] == [("English (United Kingdom)", None)]
    assert shown["provider"] == []


def test_facets_of_an_empty_library_are_empty(cast: Cast) -> None:
    found = facets(cast.sam, replace(Filters(), query="x"))
    assert (found.total, found.favourites, values(found, "provider")) == (0, 0, {})
