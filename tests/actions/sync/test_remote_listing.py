"""Walking a list that may lie: circles end, ids count once, and doubt keeps anything from being called gone."""

import pytest

from tests.actions.sync.listed import listed, page_of
from voices.actions.sync.remote_listing import ENDLESS, LOOP, RemoteListing
from voices.althea import GarbledAnswerError, VoicePage
from voices.models import Scope


def ids(walk: RemoteListing, page: VoicePage) -> list[str]:
    return [voice.voice_id for voice in walk.add_page(page)]


def test_remote_listing_ends_without_a_cursor() -> None:
    walk, page = RemoteListing(Scope.PRIVATE), page_of(listed("a"))
    assert ids(walk, page) == ["a"]
    assert walk.next_cursor(page) is None
    assert walk.doubt == ""


def test_remote_listing_keeps_the_first_of_a_repeated_id() -> None:
    walk = RemoteListing(Scope.PRIVATE)
    [first, second] = walk.add_page(page_of(listed("a", "First"), listed("b"), listed("a", "Second")))
    assert (first.name, second.voice_id) == ("First", "b")
    assert ids(walk, page_of(listed("a"), listed("c"))) == ["c"]


def test_remote_listing_ignores_voices_of_the_other_list() -> None:
    mixed = page_of(listed("mine"), listed("theirs", ownership="public"), listed("odd", ownership="shared"))
    assert ids(RemoteListing(Scope.PRIVATE), mixed) == ["mine", "odd"]
    assert ids(RemoteListing(Scope.PUBLIC), mixed) == ["theirs"]


def test_remote_listing_detects_a_repeated_cursor() -> None:
    walk = RemoteListing(Scope.PRIVATE)
    for name in ("a", "b"):
        walk.add_page(page_of(listed(name), cursor="same"))
        if name == "a":
            assert walk.next_cursor(page_of(cursor="same")) == "same"
    with pytest.raises(GarbledAnswerError, match=LOOP):
        walk.next_cursor(page_of(cursor="same"))


def test_remote_listing_detects_new_cursors_to_old_voices() -> None:
    walk, cursors = RemoteListing(Scope.PRIVATE), []
    with pytest.raises(GarbledAnswerError, match=LOOP):
        for number in range(50):
            page = page_of(listed("a"), cursor=f"c{number}")
            walk.add_page(page)
            cursors.append(walk.next_cursor(page))
    assert len(cursors) == 3


def test_remote_listing_stops_an_endless_list() -> None:
    walk = RemoteListing(Scope.PRIVATE, max_pages=5)
    with pytest.raises(GarbledAnswerError, match=ENDLESS):
        for number in range(9):
            page = page_of(listed(f"v{number}"), cursor=f"c{number}")
            walk.add_page(page)
            walk.next_cursor(page)
    assert walk.pages == 5


def test_remote_listing_with_unread_entries_proves_no_absence() -> None:
    walk = RemoteListing(Scope.PRIVATE)
    walk.add_page(VoicePage.from_json({"results": [{"name": "No id"}, listed("a").raw, None]}))
    assert walk.doubt == "2 of Althea's entries could not be read, so nothing was marked as missing."


def test_remote_listing_short_of_its_count_proves_no_absence() -> None:
    walk = RemoteListing(Scope.PRIVATE)
    walk.add_page(page_of(listed("a"), total=7))
    assert "fewer voices" in walk.doubt
