"""Signed receipts: one canonical form, one signature, no key in sight."""

import hashlib

import pytest

from voices.kit.receipts import Signer, SigningKeyError, as_jwk, canonical, make_signing_key
from voices.kit.secret import Secret

# The key pair and the thumbprint of RFC 8037, appendix A.
SEED = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
PUBLIC = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_signer_has_the_public_key_and_id_of_the_standard() -> None:
    signer = Signer(Secret(SEED))
    assert (signer.public_key, signer.key_id) == (PUBLIC, THUMBPRINT)
    assert as_jwk(PUBLIC) == {
        "kty": "OKP", "crv": "Ed25519", "x": PUBLIC, "kid": THUMBPRINT, "alg": "EdDSA", "use": "sig",
    }  # fmt: skip


def test_canonical_form_is_sorted_unspaced_and_unescaped() -> None:
    facts = {"ü": 'é\n\u2028\x07"', "b": [1, None], "a": {"z": "", "y": 2}}
    wanted = '{"a":{"y":2,"z":""},"b":[1,null],"ü":"é\\n\u2028\\u0007\\""}'
    assert canonical(facts).decode() == wanted


def test_two_signatures_of_the_same_facts_are_equal() -> None:
    signer = Signer(Secret(SEED))
    assert signer.sign({"a": "1"}) == signer.sign({"a": "1"})
    assert hashlib.sha256(signer.sign({"a": "1"})) != hashlib.sha256(signer.sign({"a": "2"}))


def test_made_keys_differ_and_sign() -> None:
    one, other = (Signer(Secret(make_signing_key())) for _ in range(2))
    assert one.key_id != other.key_id


@pytest.mark.parametrize("wrong", ["", "short", SEED[:-1], "ü" * 43, SEED * 2])
def test_malformed_signing_key_is_refused_without_being_quoted(wrong: str) -> None:
    with pytest.raises(SigningKeyError) as caught:
        Signer(Secret(wrong))
    assert caught.value.__cause__ is None
    assert not wrong or wrong not in str(caught.value)
