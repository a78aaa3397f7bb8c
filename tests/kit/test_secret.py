"""A secret shows itself nowhere, and still works as a value."""

import copy
import json
import logging
import pickle

import pytest

from voices.kit.secret import Secret, looks_like_key

KEY = "Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT"  # the fictional key of Althea's own documentation
HIDDEN = KEY[8:-4]


def test_reveal_returns_the_value() -> None:
    assert Secret(KEY).reveal() == KEY


def test_prefix_last4_and_mask_are_the_only_visible_parts() -> None:
    secret = Secret(KEY)
    assert (secret.prefix, secret.last4, secret.masked) == ("Zk9Ht7Lm", "D4sT", "Zk9Ht7Lm…D4sT")


@pytest.mark.parametrize("short", ["", "a", "hunter2", "x" * 23])
def test_a_short_value_is_masked_wholly(short: str) -> None:
    secret = Secret(short)
    assert (secret.prefix, secret.last4, secret.masked) == ("", "", "…")


def test_every_form_of_printing_shows_only_the_mask() -> None:
    secret = Secret(KEY)
    printed = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>60}",
        "%s" % secret,  # noqa: UP031 - the old way must hold too
        repr([secret]),
        ascii(secret),
    ]
    assert all(HIDDEN not in text for text in printed)
    assert repr(secret) == "Secret(Zk9Ht7Lm…D4sT)"


def test_a_log_line_shows_the_mask_only(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("kit").info("using %s in %r", Secret(KEY), {"key": Secret(KEY)})
    assert "Zk9Ht7Lm…D4sT" in caplog.text
    assert HIDDEN not in caplog.text


def test_secret_cannot_be_pickled_or_made_json() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(KEY))
    with pytest.raises(TypeError):
        json.dumps({"key": Secret(KEY)})
    with pytest.raises(TypeError):
        vars(Secret(KEY))


def test_copy_returns_the_same_secret() -> None:
    secret = Secret(KEY)
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret


def test_equal_values_are_equal_and_hash_alike() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert len({Secret(KEY), Secret(KEY), Secret("other")}) == 2
    assert Secret("ä\udcff") != Secret("a")


def test_a_secret_is_never_equal_to_its_text() -> None:
    assert Secret(KEY) != KEY


def test_only_an_empty_secret_is_false() -> None:
    assert Secret(KEY)
    assert not Secret("")


def test_key_format_is_8_dot_32() -> None:
    assert looks_like_key(KEY)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Zk9Ht7Lm",
        KEY + "x",
        KEY[:-1],
        KEY + "\n",
        " " + KEY,
        KEY.replace(".", ""),
        "ä" + KEY[1:],
        "٣" + KEY[1:],
    ],
)
def test_other_text_is_not_in_key_format(value: str) -> None:
    assert not looks_like_key(value)
