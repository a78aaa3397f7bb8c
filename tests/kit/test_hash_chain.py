"""The bytes of an entry are the same from both databases, and no two entries share them."""

import pytest

from voices.kit.hash_chain import TrailKey, content_bytes, key_id_of, link_of
from voices.kit.secret import Secret


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"b": 1, "a": [1, {"d": 2, "c": 3}]}', '{"a": [1, {"c": 3, "d": 2}], "b": 1}'),
        ('{"a": 1e+16, "b": -0.0, "c": 1e-07}', '{"a": 10000000000000000, "b": 0.0, "c": 0.0000001}'),
        ('{"a": "\\u00e9\\ud83d\\ude00"}', '{"a": "é😀"}'),
    ],
    ids=["order", "numbers", "escapes"],
)
def test_content_is_the_same_from_either_database(written: str, read: str) -> None:
    assert content_bytes(["Ada"], written) == content_bytes(["Ada"], read)


def test_content_tells_texts_and_facts_apart() -> None:
    assert content_bytes(["ab", "c"], "{}") != content_bytes(["a", "bc"], "{}")
    assert content_bytes(["a\x1fb", "c"], "{}") != content_bytes(["a", "b\x1fc"], "{}")
    assert content_bytes(["a"], '{"a": 1}') != content_bytes(["a"], '{"a": "1"}')


def test_link_covers_neighbour_place_mark_and_content() -> None:
    link = link_of("aa", 2, "k:m", b"content")
    # sha256 of "aa|2|k:m|content"
    assert link == "3449e5dd1094ef010e8ffa0140807f7de27a43b7fccf14262496af534448f742"


def test_mac_names_its_key_and_depends_on_it() -> None:
    one, other = TrailKey(Secret("one")), TrailKey(Secret("other"))
    assert key_id_of(one.mac(b"x")) == one.id != other.id
    assert one.mac(b"x") == TrailKey(Secret("one")).mac(b"x") != one.mac(b"y")
    assert "one" not in repr(one)
