"""Signed receipts: JSON that anybody can verify with a public key, and in which every change is detected.

The bytes are JSON in a canonical form (RFC 8785, for strings, whole numbers, lists and objects): sorted names, no
spaces, UTF-8. The signature (Ed25519) covers the object without its own member `signature`, in the same form.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from voices.kit.sealing import load_or_make_secret_file
from voices.kit.secret import Secret

ALGORITHM = "Ed25519"
_SEED_LETTERS = 44  # 32 bytes in base64, padded


class SigningKeyError(Exception):
    """The key that signs is malformed; the message is a sentence for people and does not quote it."""


def make_signing_key() -> str:
    """Return a new random private key: 32 bytes in base64url."""
    return _base64url(Ed25519PrivateKey.generate().private_bytes_raw())


def load_or_make_signing_key(path: Path) -> str:
    """Return the private key in the file, creating it if missing, for this user only."""
    return load_or_make_secret_file(path, make_signing_key)


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the object as canonical JSON. It must hold strings, whole numbers, lists, objects and null only."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


class Signer:
    """Signs receipts with one private key. Raises SigningKeyError if it is none."""

    def __init__(self, secret: Secret) -> None:
        try:
            # In one expression: no local variable holds the key, which a traceback would print.
            self._key = Ed25519PrivateKey.from_private_bytes(
                base64.urlsafe_b64decode(secret.reveal().ljust(_SEED_LETTERS, "="))
            )
        except ValueError:
            # Not chained: the inner error may quote the key.
            raise SigningKeyError("The receipt key is malformed: expected 32 bytes in base64url.") from None
        self.public_key = _base64url(self._key.public_key().public_bytes_raw())
        self.key_id = key_id(self.public_key)

    def __repr__(self) -> str:
        return f"Signer({self.key_id})"

    def sign(self, facts: Mapping[str, Any]) -> bytes:
        """Return the receipt of these facts: with the algorithm, the key's id and the signature, in canonical JSON."""
        signed = {**facts, "algorithm": ALGORITHM, "key_id": self.key_id}
        return canonical({**signed, "signature": self._key.sign(canonical(signed)).hex()})


def verify(receipt: Mapping[str, Any], public_key: str) -> bool:
    """Whether that key signed the receipt as it is. Raise ValueError or TypeError if it is no receipt."""
    signed = {name: value for name, value in receipt.items() if name != "signature"}
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(public_key.ljust(_SEED_LETTERS, "=")))
    try:
        key.verify(bytes.fromhex(receipt.get("signature", "")), canonical(signed))
    except InvalidSignature:
        return False
    return receipt.get("algorithm") == ALGORITHM


def key_id(public_key: str) -> str:
    """Return the thumbprint of a public key in base64url, as RFC 7638 defines it."""
    return _base64url(hashlib.sha256(canonical(_required_members(public_key))).digest())


def as_jwk(public_key: str) -> dict[str, str]:
    """Return a public key in base64url as a JSON Web Key (RFC 8037)."""
    return {**_required_members(public_key), "kid": key_id(public_key), "alg": "EdDSA", "use": "sig"}


def _required_members(public_key: str) -> dict[str, str]:
    return {"crv": ALGORITHM, "kty": "OKP", "x": public_key}


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
