"""Whatever is asked, walked, gathered or sifted, the library answers what reading every voice would."""

import re
from itertools import pairwise, product

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.base import Cast
from tests.builders import make_voice
from tests.library.populated import LIMITS, asked, fill, pages, plain_answer
from voices.kit import cursors
from voices.library import search
from voices.library.filters import Filters
from voices.library.orders import ORDERS
from voices.library.pages import library_page
from voices.library.search import ScanLimits
from voices.models import NEVER_PLAYED, Tag, Voice

FILTERS = [
    "", "stage=any", "stage=retired", "language=en", "language=en-GB", "language=de&language=ja", "language=none",
    "provider=Hume", "provider=none", "ownership=public", "billing=none", "health=failing", "gone=gone", "gone=here",
    "favourite=1", "owner=none", "consent=any", "consent=ended", "consent=expiring&consent=missing&sort=name",
    "q=marlene", "q=MARLENE", "q=elodie", "q=%E3%81%95%E3%81%8F", "q=a", "q=100%25", "q=r_s",
    "q=ma", "q=%E3%81%95", "q=%E3%81%95%E3%81%8F%E3%82%89", "q=ma+en", "q=e+%E3%81%8F", "q=le+marl", "q=%CC%81",
    "q=horbu", "q=calm+hume", "q=q%22uote", "q=brand", "q=ada+narr&language=en&favourite=1", "q=zz", "q=+",
    "q=OR+NOT+NEAR(", "q=-calm*", "tag=TAG", "tag=TAG&stage=any&sort=name", "owner=OWNER", "account=ACCOUNT",
]  # fmt: skip


@pytest.fixture(scope="module")
def filled(stage: Cast, django_db_blocker: DjangoDbBlocker) -> list[Voice]:
    """60 voices, committed for the module's tests: making them took as long as asking. Changes are rolled back."""
    with django_db_blocker.unblock():
        return fill(stage, count=60)


@pytest.fixture
def cast(stage: Cast, db: None) -> Cast:
    return stage


@pytest.fixture
def shelf(filled: list[Voice], db: None) -> list[Voice]:
    return filled


def named(query: str, cast: Cast, voices: list[Voice]) -> Filters:
    """The filters, with real ids in the places of names."""
    tag = Tag.objects.filter(team=cast.northwind).first()
    ids = {"TAG": tag.pk if tag else 0, "OWNER": cast.ada.user.pk, "ACCOUNT": voices[0].account_id}
    for name, value in ids.items():
        query = query.replace(name, str(value))
    return asked(query)


@pytest.mark.parametrize("query", FILTERS)
def test_every_filter_agrees_with_a_plain_scan(cast: Cast, shelf: list[Voice], query: str) -> None:
    filters = named(query, cast, shelf)
    wanted = plain_answer(cast.ada, filters)
    for limits in LIMITS:
        found = [voice.voice_id for voice in pages(cast.ada, filters, limits=limits)]
        assert (len(found), set(found)) == (len(wanted), wanted)
    assert search.count(cast.ada, filters) == len(wanted)


def test_every_filter_matches_some_voices_but_not_all(cast: Cast, shelf: list[Voice]) -> None:
    """The comparison above would hold of an empty shelf too."""
    counts = {query: search.count(cast.ada, named(query, cast, shelf)) for query in FILTERS}
    nothing = {"q=zz", "q=OR+NOT+NEAR(", "q=-calm*", "q=ada+narr&language=en&favourite=1"}
    assert {query for query, count in counts.items() if count == 0} <= nothing
    assert max(counts.values()) == counts["stage=any"] < len(shelf)


KEYS = {
    "newest": lambda voice: (-voice.created_at.timestamp(), -voice.pk.int),
    "name": lambda voice: (voice.name_key, voice.pk.int),
    "language": lambda voice: (voice.language_key, voice.name_key, voice.pk.int),
    "played": lambda voice: (-voice.played_at.timestamp(), -voice.pk.int),
    "changed": lambda voice: (-voice.changed_at.timestamp(), -voice.pk.int),
}


@pytest.mark.parametrize(("sort", "limits"), list(product(ORDERS, LIMITS)))
def test_pagination_follows_every_sort_order(
    cast: Cast, shelf: list[Voice], sort: str, limits: ScanLimits
) -> None:
    found = pages(cast.ada, asked(f"stage=any&q=a&sort={sort}"), size=5, limits=limits)
    assert len({voice.pk for voice in found}) == len(found) > 10
    if sort in {"name", "language"} and connection.vendor == "postgresql":
        return  # its own collation; that pages agree with each other is held above
    assert [KEYS[sort](voice) for voice in found] == sorted(KEYS[sort](voice) for voice in found)


def test_sort_by_played_puts_never_played_last(cast: Cast, shelf: list[Voice]) -> None:
    played = [voice.has_been_played for voice in pages(cast.ada, asked("stage=any&sort=played"))]
    assert not any(later and not earlier for earlier, later in pairwise(played))
    assert {True, False} == set(played)


def test_pagination_is_stable_while_rows_change(cast: Cast, shelf: list[Voice]) -> None:
    filters = asked("stage=any")
    whole = [voice.pk for voice in pages(cast.ada, filters)]
    first = library_page(cast.ada, filters=filters, size=10)
    make_voice(cast.ada, name="Newest of all")
    Voice.objects.filter(pk=first.voices[-1].pk).delete()
    rest = library_page(cast.ada, filters=filters, cursor=first.next_cursor, size=500)
    assert [voice.pk for voice in rest.voices] == whole[10:]


@pytest.mark.parametrize("cursor", ["x", "W10", "\x00", "é", "a" * 5_000, "WyJuZXdlc3QiLCJ4IiwieSJd"])
def test_malformed_cursor_shows_the_first_page(cast: Cast, shelf: list[Voice], cursor: str) -> None:
    plain = library_page(cast.ada, filters=asked(""), size=5)
    assert [
        voice.pk for voice in library_page(cast.ada, filters=asked(""), cursor=cursor, size=5).voices
    ] == [voice.pk for voice in plain.voices]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_cursor_with_an_unstorable_time_shows_the_first_page(
    cast: Cast, shelf: list[Voice], moment: str
) -> None:
    cursor = cursors.encode("newest", (moment, str(shelf[0].pk)))
    found = library_page(cast.ada, filters=asked(""), cursor=cursor, size=5).voices
    assert list(found) == list(library_page(cast.ada, filters=asked(""), size=5).voices)


def test_cursor_of_another_sort_shows_the_first_page(cast: Cast, shelf: list[Voice]) -> None:
    cursor = library_page(cast.ada, filters=asked("sort=name"), size=5).next_cursor
    found = library_page(cast.ada, filters=asked(""), cursor=cursor, size=5).voices
    assert [one.pk for one in found] == [
        one.pk for one in library_page(cast.ada, filters=asked(""), size=5).voices
    ]


@pytest.mark.parametrize("query", ["", "q=marlene", "language=en", "favourite=1", "stage=any"])
def test_search_shows_nothing_to_another_team(cast: Cast, shelf: list[Voice], query: str) -> None:
    assert pages(cast.sam, asked(query)) == []


def test_filters_with_foreign_ids_match_nothing(cast: Cast, shelf: list[Voice]) -> None:
    foreign = Tag.objects.create(team=cast.southwind, name="Brand", key="brand")
    for query in (f"tag={foreign.pk}", f"account={cast.northwind.pk}", "owner=999999999"):
        assert pages(cast.ada, asked(query)) == []


@pytest.mark.sqlite_only
def test_keyset_page_seeks_in_the_index(cast: Cast) -> None:
    """Django's own comparison of row values would have SQLite read the index from its start."""
    for order in ORDERS.values():
        place = tuple(NEVER_PLAYED if "_at" in name else cast.northwind.pk for name in order.columns)
        late = order.after(Voice.objects.filter(team=cast.northwind), place).values_list("pk")
        assert re.search(rf"{order.columns[0].lstrip('-')}[<>]|\)[<>]", late.explain()), late.explain()
