"""Keys of the sandbox. They carry a checksum, so that one can be made while no sandbox is running."""

import hashlib
import re
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
FORM = re.compile(r"sb[A-Za-z0-9]{6}\.[A-Za-z0-9]{32}")


def make_key() -> str:
    """Return a new key in the form of real ones: 8 letters or digits, a dot, 32 more."""
    prefix = "sb" + _random(6)
    secret = _random(28)
    return f"{prefix}.{secret}{_checksum(prefix, secret)}"


def is_genuine(key: str) -> bool:
    """Whether the key's checksum is right; it may still be revoked."""
    if not FORM.fullmatch(key):
        return False
    prefix, secret = key.split(".")
    return _checksum(prefix, secret[:28]) == secret[28:]


def prefix_of(key: str) -> str:
    """Return the eight characters that may be displayed and logged."""
    return key[:8]


def digest_of(key: str) -> str:
    """Return the hash that the sandbox stores instead of the key."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _random(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def _checksum(prefix: str, secret: str) -> str:
    digest = hashlib.sha256(f"sandbox:{prefix}.{secret}".encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:4])
