"""The sandbox accepts keys made by itself and by the product, and nothing else."""

import re
from collections.abc import Callable

import pytest

from voices.kit.sandbox_keys import make_sandbox_key
from voices.sandbox.keys import digest_of, is_genuine, make_key, prefix_of

MAKERS = pytest.mark.parametrize("make", [make_key, make_sandbox_key])  # the sandbox's own, and the product's


@MAKERS
def test_make_key_gives_the_form_of_real_ones(make: Callable[[], str]) -> None:
    assert re.fullmatch(r"sb[A-Za-z0-9]{6}\.[A-Za-z0-9]{32}", make())


@MAKERS
def test_is_genuine_accepts_made_keys(make: Callable[[], str]) -> None:
    assert all(is_genuine(make()) for _ in range(50))


@MAKERS
def test_make_key_gives_different_keys(make: Callable[[], str]) -> None:
    assert len({make() for _ in range(50)}) == 50


def test_is_genuine_refuses_one_changed_letter() -> None:
    key = make_key()
    other = "a" if key[12] != "a" else "b"
    assert not is_genuine(key[:12] + other + key[13:])


def test_is_genuine_refuses_other_forms() -> None:
    key = make_key()
    for text in ("", "nonsense", key[:-1], key + "x", "xx" + key[2:], key.replace(".", "-"), "ü" * 41):
        assert not is_genuine(text)


def test_digest_reveals_no_key() -> None:
    key = make_key()
    assert prefix_of(key) == key[:8]
    assert key[9:] not in digest_of(key)
