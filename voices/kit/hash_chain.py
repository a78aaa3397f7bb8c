"""Hashes of the activity trail: what an entry says as bytes, who wrote it, and what came before it.

An entry's MAC is made with a key outside the database, so that a row which something else inserted is told apart. Its
link is a plain SHA-256 over the link before it, which anybody can follow who has the rows.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from voices.kit.secret import Secret

_KEY_ID_LENGTH = 8
_SEPARATOR = "\x1f"
_scan = json.JSONDecoder(
    parse_float=lambda text: int(Decimal(text)) if "e+" in text else float(text) + 0.0  # 1e16, -0.0
).scan_once  # type: ignore[attr-defined]  # what `decode` calls; twice as quick
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def content_bytes(texts: Sequence[str], facts: str) -> bytes:
    """Return what an entry says in a form that both databases give back alike. `facts` is JSON of any layout."""
    joined = _SEPARATOR.join((*texts, _canonical(facts)))
    # A text with the separator in it could pass for two.
    return (joined if joined.count(_SEPARATOR) == len(texts) else _dump([*texts, _canonical(facts)])).encode()


@lru_cache(maxsize=512)
def _canonical(facts: str) -> str:
    """Return the JSON as it is hashed: PostgreSQL's jsonb sorts keys, drops spaces and writes large floats out."""
    return _dump(_scan(facts, 0)[0])


def link_of(previous: str, sequence: int, mac: str, content: bytes) -> str:
    """Return the hash that joins an entry to the one before it, as 64 hexadecimal digits."""
    return hashlib.sha256(f"{previous}|{sequence}|{mac}|".encode() + content).hexdigest()


class TrailKey:
    """The key of the MACs. A MAC begins with the id of its key, so that one of another key is told from a forgery."""

    def __init__(self, secret: Secret) -> None:
        self._key = hashlib.sha256(b"voicestudio activity|" + secret.reveal().encode()).digest()
        self.id = hashlib.sha256(b"id|" + self._key).hexdigest()[:_KEY_ID_LENGTH]

    def __repr__(self) -> str:
        return f"TrailKey({self.id})"

    def mac(self, content: bytes) -> str:
        """Return the MAC of the content."""
        return f"{self.id}:{hmac.digest(self._key, content, 'sha256').hex()}"


def key_id_of(mac: str) -> str:
    """Return the id of the key that made the MAC; "" for what is none."""
    key_id, colon, _ = mac.partition(":")
    return key_id if colon else ""
