"""Tokens of links: only ours are hashed, and none is shown by accident."""

import pytest

from voices.actions.speakers.link_tokens import make_token, token_hash
from voices.kit.secret import Secret


def test_token_is_found_by_its_hash_alone() -> None:
    token, other = make_token(), make_token()
    assert token_hash(token) == token_hash(Secret(token.reveal()))
    assert token_hash(token) != token_hash(other)
    assert len(token_hash(token)) == 64
    assert token.reveal() not in f"{token} {token!r} {[token]}"


def test_token_that_was_changed_or_made_up_has_no_hash() -> None:
    token = make_token().reveal()
    changed = [token[:place] + "~" + token[place + 1 :] for place in range(len(token))]
    guessed = ["", ".", "a.b", "a" * 68, token + "a", token[:-1], token + "\0", "\udce9." + token, token * 9]
    assert {token_hash(Secret(one)) for one in [*changed, *guessed]} == {""}


@pytest.mark.parametrize("key", ["another secret key", ""])
def test_token_of_another_installation_has_no_hash(settings: object, key: str) -> None:
    token = make_token()
    settings.SECRET_KEY = key or "x"  # type: ignore[attr-defined]
    assert token_hash(token) == ""
