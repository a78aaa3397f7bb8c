"""Keys for the sandbox, which validates them by their checksum, so that one can be created while it is not running.

The sandbox is a separate program with its own copy of this rule; tests/sandbox/test_keys.py keeps them equal.
"""

import hashlib
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def make_sandbox_key() -> str:
    """Return a new key in the form of real ones: 8 letters or digits, a dot, 32 more."""
    prefix, secret = f"sb{_random(6)}", _random(28)
    digest = hashlib.sha256(f"sandbox:{prefix}.{secret}".encode()).digest()
    checksum = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:4])
    return f"{prefix}.{secret}{checksum}"


def _random(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
