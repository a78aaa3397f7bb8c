"""Keys of the sandbox. A key proves itself by a checksum, so that one can be made while no sandbox runs."""

import hashlib
import re
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
SHAPE = re.compile(r"sb[A-Za-z0-9]{6}\.[A-Za-z0-9]{32}")


def make_key() -> str:
    """A fresh key of the shape real ones have: 8 letters or digits, a dot, 32 more."""
    prefix = "sb" + _random(6)
    secret = _random(28)
    return f"{prefix}.{secret}{_checksum(prefix, secret)}"


def is_genuine(key: str) -> bool:
    """Whether `make_key` of any sandbox made this key; says nothing about revocation."""
    if not SHAPE.fullmatch(key):
        return False
    prefix, secret = key.split(".")
    return _checksum(prefix, secret[:28]) == secret[28:]


def prefix_of(key: str) -> str:
    """The eight characters that may be shown and logged."""
    return key[:8]


def digest_of(key: str) -> str:
    """What the sandbox stores instead of the key."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _random(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def _checksum(prefix: str, secret: str) -> str:
    digest = hashlib.sha256(f"sandbox:{prefix}.{secret}".encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:4])
