"""Whatever is asked, walked, gathered or sifted, the library answers what reading every voice would."""

import re
from itertools import pairwise, product

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.base import Cast, make_cast
from tests.builders import make_voice
from tests.library.populated import asked, fill, pages, plain_answer
from voices.actions.voice.search_text import refresh_search
from voices.kit import cursors
from voices.library import search
from voices.library.filters import Filters
from voices.library.orders import ORDERS
from voices.library.pages import library_page
from voices.library.search import ScanLimits, sqlite
from voices.models import NEVER_PLAYED, Membership, Tag, Voice

FILTERS = [
    "", "stage=any", "stage=retired", "language=en", "language=en-GB", "language=de&language=ja", "language=none",
    "provider=Hume", "provider=none", "ownership=public", "billing=none", "health=failing", "gone=gone", "gone=here",
    "favourite=1", "owner=none", "consent=any", "consent=ended", "consent=expiring&consent=missing&sort=name",
    "q=marlene", "q=MARLENE", "q=elodie", "q=%E3%81%95%E3%81%8F", "q=a", "q=100%25", "q=r_s",
    "q=ma", "q=%E3%81%95", "q=%E3%81%95%E3%81%8F%E3%82%89", "q=ma+en", "q=e+%E3%81%8F", "q=le+marl", "q=%CC%81",
    "q=horbu", "q=calm+hume", "q=q%22uote", "q=brand", "q=ada+narr&language=en&favourite=1", "q=zz", "q=+",
    "q=OR+NOT+NEAR(", "q=-calm*", "tag=TAG", "tag=TAG&stage=any&sort=name", "owner=OWNER", "account=ACCOUNT",
]  # fmt: skip
# Always walked to the end; walked a little, then sifted; then now gathered and now sifted; then always gathered.
LIMITS = (
    ScanLimits(scan=10_000),
    ScanLimits(candidates=0, scan=3),
    ScanLimits(candidates=5, scan=3),
    ScanLimits(candidates=500, scan=3),
)


@pytest.fixture
def shelf(cast: Cast) -> list[Voice]:
    """60 voices."""
    return fill(cast, count=60)


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


# --- the text index follows every way of writing ---


def found_by(member: Membership, text: str) -> list[str]:
    """The names of the voices that a search finds by the index."""
    return [
        voice.name for voice in library_page(member, filters=asked(f"q={text}&stage=any&consent=any")).voices
    ]


def test_search_index_follows_save_update_and_delete(cast: Cast) -> None:
    voice = make_voice(cast.ada, name="Wilhelmina")
    assert found_by(cast.ada, "helmi") == ["Wilhelmina"]
    Voice.objects.filter(pk=voice.pk).update(name="Theodora")
    refresh_search([voice.pk])
    assert (found_by(cast.ada, "helmi"), found_by(cast.ada, "odor")) == ([], ["Theodora"])
    voice.refresh_from_db()
    voice.name = "Gwendolyn"
    voice.search_text = "gwendolyn"
    voice.save()
    assert (found_by(cast.ada, "odor"), found_by(cast.ada, "endo")) == ([], ["Gwendolyn"])
    voice.team = cast.southwind
    voice.save()
    assert (found_by(cast.ada, "endo"), found_by(cast.sam, "endo")) == ([], ["Gwendolyn"])
    voice.delete()
    assert found_by(cast.sam, "endo") == []


def test_search_index_follows_bulk_updates(cast: Cast) -> None:
    fill(cast, count=30, seed=3)
    ids = list(Voice.objects.of_team(cast.northwind).values_list("pk", flat=True)[:10])
    changed = [Voice(pk=pk, search_text="quixotic tale") for pk in ids]
    Voice.objects.bulk_update(changed, ["search_text"])
    assert len(found_by(cast.ada, "uixo")) == 10
    Voice.objects.filter(pk__in=ids[:4]).delete()
    assert len(found_by(cast.ada, "uixo")) == 6


def test_short_prefix_of_very_many_terms_is_found(cast: Cast) -> None:
    """More than FTS5 takes side by side: the texts are read then."""
    voice = make_voice(cast.ada, name="Wilhelmina")
    make_voice(cast.ada, name="Another")
    many = " ".join(f"qz{chr(0x4E00 + number)}" for number in range(sqlite.MAX_TERMS + 100))
    Voice.objects.filter(pk=voice.pk).update(search_text=many)
    if connection.vendor == "sqlite":
        query = sqlite.index_query(cast.ada, asked("q=qz"))
        assert query is not None
        assert query.match == ""
    assert found_by(cast.ada, "qz") == ["Wilhelmina"]


class AnyQuery(TestCase):
    """Whatever is typed, the answer is what reading every voice would give."""

    def setUp(self) -> None:
        self.cast = make_cast()
        fill(self.cast, count=25, seed=2)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        text=st.one_of(
            st.text(max_size=12),
            st.text(alphabet="aelmn r%_\"'*-()^:さくéÉ", max_size=8),
            st.sampled_from(["marl", "so", "e", "calm narr"]),
        ),
        limits=st.sampled_from(LIMITS),
    )
    def test_any_text_agrees_with_a_plain_scan(self, text: str, limits: ScanLimits) -> None:
        """Held for every way of finding."""
        filters = Filters.of(query=" ".join(text.replace("\x00", " ").split())[:200], stage=("any",))
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            return
        found = {voice.voice_id for voice in pages(self.cast.ada, filters, limits=limits)}
        assert found == plain_answer(self.cast.ada, filters)
