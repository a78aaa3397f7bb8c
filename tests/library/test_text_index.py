"""The text index follows every way of writing, and finds whatever is typed."""

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.base import Cast, make_cast
from tests.builders import make_voice
from tests.library.populated import LIMITS, asked, fill, pages, plain_answer
from voices.actions.voice.search_text import refresh_search
from voices.library.filters import Filters
from voices.library.pages import library_page
from voices.library.search import ScanLimits, sqlite
from voices.models import Membership, Voice


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
