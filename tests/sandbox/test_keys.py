"""Keys prove themselves, and nothing else passes for one."""

import re

from voices.sandbox.keys import digest_of, is_genuine, make_key, prefix_of


def test_a_made_key_has_the_shape_of_real_ones() -> None:
    assert re.fullmatch(r"sb[A-Za-z0-9]{6}\.[A-Za-z0-9]{32}", make_key())


def test_a_made_key_is_genuine() -> None:
    assert all(is_genuine(make_key()) for _ in range(50))


def test_generated_keys_differ() -> None:
    assert len({make_key() for _ in range(50)}) == 50


def test_one_changed_letter_makes_a_forgery() -> None:
    key = make_key()
    other = "a" if key[12] != "a" else "b"
    assert not is_genuine(key[:12] + other + key[13:])


def test_malformed_text_is_no_key() -> None:
    key = make_key()
    for text in ("", "nonsense", key[:-1], key + "x", "xx" + key[2:], key.replace(".", "-"), "ü" * 41):
        assert not is_genuine(text)


def test_stored_key_hash_reveals_nothing() -> None:
    key = make_key()
    assert prefix_of(key) == key[:8]
    assert key[9:] not in digest_of(key)
