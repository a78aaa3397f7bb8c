"""The format of API tokens: `vs_`, 43 random characters, and a checksum.

Secret scanners find tokens by the prefix and verify them by the checksum; a mistyped or made-up one is rejected without
a query. GitHub's tokens are made the same way
(https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/).
"""

import hashlib
import re
import zlib
from secrets import choice
from string import ascii_letters, digits

from voices.kit.secret import Secret

PREFIX = "vs_"
ALPHABET = digits + ascii_letters
RANDOM_LETTERS = 43  # of 62: 256 bits
CHECKSUM_LETTERS = 6
SHOWN_LETTERS = 11  # of the whole token
PATTERN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM_LETTERS + CHECKSUM_LETTERS}}}", re.ASCII)


def make_token() -> Secret:
    """Return a new token."""
    body = "".join(choice(ALPHABET) for _ in range(RANDOM_LETTERS))
    return Secret(PREFIX + body + _checksum(body))


def is_token(token: Secret) -> bool:
    """Whether the text has the format and the checksum of a token."""
    text = token.reveal()
    if not PATTERN.fullmatch(text):
        return False
    body = text[len(PREFIX) : -CHECKSUM_LETTERS]
    return text.endswith(_checksum(body))


def token_digest(token: Secret) -> str:
    """Return the SHA-256 by which a token is looked up, in hexadecimal digits; "" for an invalid one."""
    return hashlib.sha256(token.reveal().encode()).hexdigest() if is_token(token) else ""


def shown_start(token: Secret) -> str:
    """Return the first characters, by which people identify their tokens."""
    return token.reveal()[:SHOWN_LETTERS]


def _checksum(body: str) -> str:
    """Return the CRC-32 of the text in base 62."""
    number, letters = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LETTERS):
        number, rest = divmod(number, len(ALPHABET))
        letters = ALPHABET[rest] + letters
    return letters
