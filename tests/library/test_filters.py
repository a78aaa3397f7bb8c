"""A filter is one object: whatever is in the registry is parsed, searched, counted, shown and indexed."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from tests.base import Cast
from tests.builders import make_voice
from tests.library.populated import asked
from voices.library.facets import chip_texts, facets
from voices.library.filters import Filters, all_filters, parse_query
from voices.library.filters.base import Filter, TextFilter
from voices.library.filters.registry import added
from voices.library.pages import library_page
from voices.library.search import count, sqlite, update_index
from voices.models import Stage, Voice

LABEL = TextFilter(name="label", label="Label", position=200, column="language_label", max_length=120)


@pytest.fixture
def label(cast: Cast) -> Iterator[Filter]:
    """A filter that nobody has but these tests, by a column that voices have."""
    with added(LABEL):
        update_index(connection)
        yield LABEL
    update_index(connection)


@pytest.fixture
def voices(cast: Cast) -> None:
    """Two voices with a label, one without."""
    make_voice(cast.ada, name="Anna", language_label="German")
    make_voice(cast.ada, name="Bruno", language_label="German")
    make_voice(cast.ada, name="Carla", language_label="")


def test_the_registry_holds_the_page_in_order() -> None:
    assert list(all_filters()) == [
        "language", "provider", "stage", "tag", "owner", "health", "consent", "account", "ownership", "billing",
        "model", "gone", "favourite",
    ]  # fmt: skip


def test_an_added_filter_is_parsed(label: Filter) -> None:
    filters = parse_query("label=German&label=German&label=" + "x" * 121)
    assert filters["label"] == ("German",)
    assert filters.to_query() == "label=German"
    assert filters.without("label") == Filters()


def test_an_added_filter_narrows_the_list(cast: Cast, label: Filter, voices: None) -> None:
    for order in ("name", "newest", "played"):
        page = library_page(cast.ada, filters=asked(f"label=German&sort={order}"))
        assert sorted(voice.name for voice in page.voices) == ["Anna", "Bruno"]
    assert count(cast.ada, asked("label=none")) == 1


def test_an_added_filter_is_counted(cast: Cast, label: Filter, voices: None) -> None:
    group = next(group for group in facets(cast.ada, Filters()).groups if group.name == "label")
    assert [(value.label, value.count) for value in group.values] == [("German", 2), ("Not given", 1)]


def test_an_added_filter_has_a_chip(cast: Cast, label: Filter, voices: None, client: Client) -> None:
    assert chip_texts(cast.ada, asked("label=German")) == {"label": "Label: German"}
    client.force_login(cast.ada.user)
    page = " ".join(client.get("/?counts=1&label=German").content.decode().split())
    assert 'name="label" value="German" checked' in page


@pytest.mark.sqlite_only
def test_an_added_filter_is_indexed(cast: Cast, label: Filter, voices: None) -> None:
    query = sqlite.index_query(cast.ada, asked("label=German"))
    assert query is not None
    assert 'language_label : ("man")' in query.match
    assert sqlite.count_in_index(query, limit=10) == 2


def test_an_unknown_filter_is_an_error(db: None) -> None:
    with pytest.raises(KeyError):
        Filters()["colour"]


def test_retired_voices_are_hidden_by_one_rule() -> None:
    stage = all_filters()["stage"]
    shown = {Stage.DRAFT, Stage.APPROVED}
    assert {one for one in Stage if stage.passes(one, stage.accepted(()))} == shown
    assert stage.accepted(("any",)) == {}
    assert {one for one in Stage if stage.passes(one, stage.accepted(("retired",)))} == {Stage.RETIRED}


@pytest.mark.parametrize(
    ("chosen", "passing"),
    [
        ("en", {"en", "en-US", "en-GB"}),
        ("en-GB", {"en", "en-GB"}),
        ("none", {""}),
        ("de-DE", {"de", "de-DE"}),
    ],
)
def test_a_region_falls_back_to_its_language(chosen: str, passing: set[str]) -> None:
    language = all_filters()["language"]
    tags = ("en", "en-US", "en-GB", "de", "de-DE", "")
    assert {tag for tag in tags if language.passes(tag, language.accepted((chosen,)))} == passing


def test_tags_of_one_language_meet_in_one_filter(cast: Cast) -> None:
    for name, tag in (("Mei", "cmn-CN"), ("Lin", "zh-CN"), ("Ari", "iw"), ("Noa", "he-IL"), ("Ana", "es")):
        make_voice(cast.ada, name=name, primary_language=tag, language_label="")
    found = {
        query: sorted(voice.name for voice in library_page(cast.ada, filters=asked(query)).voices)
        for query in ("language=cmn-CN", "language=zh-CN", "language=zh", "language=iw", "language=he-IL")
    }
    assert found == {
        "language=cmn-CN": ["Lin", "Mei"],
        "language=zh-CN": ["Lin", "Mei"],
        "language=zh": ["Lin", "Mei"],
        "language=iw": ["Ari", "Noa"],
        "language=he-IL": ["Ari", "Noa"],
    }
    group = next(group for group in facets(cast.ada, Filters()).groups if group.name == "language")
    counts = {value.label: value.count for value in group.values if not value.is_region}
    assert counts == {"Chinese": 2, "Hebrew": 2, "Spanish": 1}
    assert Voice.objects.get(name="Mei").primary_language == "cmn-CN"


def test_one_value_stands_for_all_ageing_models(cast: Cast) -> None:
    used = {"Anna": "sonic", "Bruno": "sonic-english", "Carla": "sonic-3.5", "Dora": ""}
    for name, model in used.items():
        make_voice(cast.ada, name=name, model=model)
    found = {
        query: sorted(voice.name for voice in library_page(cast.ada, filters=asked(query)).voices)
        for query in ("model=ageing", "model=sonic", "model=ageing&model=sonic-3.5", "model=none")
    }
    assert found == {
        "model=ageing": ["Anna", "Bruno"],
        "model=sonic": ["Anna"],
        "model=ageing&model=sonic-3.5": ["Anna", "Bruno", "Carla"],
        "model=none": ["Dora"],
    }
    group = next(group for group in facets(cast.ada, Filters()).groups if group.name == "model")
    assert [(value.label, value.count) for value in group.values] == [
        ("Deprecated or retired", 2), ("Not given", 1), ("sonic", 1), ("sonic-3.5", 1), ("sonic-english", 1),
    ]  # fmt: skip


def test_search_finds_a_name_with_or_without_joiners(cast: Cast) -> None:
    make_voice(cast.ada, name="می\u200cخواهم")
    for typed in ("می\u200cخواهم", "میخواهم"):
        assert count(cast.ada, asked(f"q={typed}")) == 1
