"""Hashes of the activity trail: an entry's content as bytes, its MAC, and the link to the previous entry.

An entry's MAC is made with a key outside the database, which identifies rows inserted by something else. Its link is a
plain SHA-256 that includes the previous link, so anybody with the rows can verify it.
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
    """Return an entry's content in a form that is equal on both databases. `facts` is JSON of any layout."""
    joined = _SEPARATOR.join((*texts, _canonical(facts)))
    # A text that contains the separator could be taken for two.
    return (joined if joined.count(_SEPARATOR) == len(texts) else _dump([*texts, _canonical(facts)])).encode()


@lru_cache(maxsize=512)
def _canonical(facts: str) -> str:
    """Return the JSON in canonical form: PostgreSQL's jsonb sorts keys, drops spaces and expands large floats."""
    return _dump(_scan(facts, 0)[0])


def link_of(previous: str, sequence: int, mac: str, content: bytes) -> str:
    """Return the hash that links an entry to the previous one, as 64 hexadecimal digits."""
    return hashlib.sha256(f"{previous}|{sequence}|{mac}|".encode() + content).hexdigest()


class TrailKey:
    """The key of the MACs. A MAC begins with its key's id, to distinguish another key from a forgery."""

    def __init__(self, secret: Secret) -> None:
        self._key = hashlib.sha256(b"voicestudio activity|" + secret.reveal().encode()).digest()
        self.id = hashlib.sha256(b"id|" + self._key).hexdigest()[:_KEY_ID_LENGTH]

    def __repr__(self) -> str:
        return f"TrailKey({self.id})"

    def mac(self, content: bytes) -> str:
        """Return the MAC of the content."""
        return f"{self.id}:{hmac.digest(self._key, content, 'sha256').hex()}"


def key_id_of(mac: str) -> str:
    """Return the id of the key that made the MAC; "" for an invalid MAC."""
    key_id, colon, _ = mac.partition(":")
    return key_id if colon else ""
