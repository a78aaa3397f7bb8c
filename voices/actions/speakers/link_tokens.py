"""Tokens of links that need no login: random and signed, so that a made-up one is rejected without a query.

Only the hash of a token is stored, so the database does not reveal the links.
"""

import hashlib
from secrets import token_urlsafe

from django.core.signing import BadSignature, Signer

from voices.kit.secret import Secret

RANDOM_BYTES = 18
MAX_LENGTH = 200


def _signer() -> Signer:
    return Signer(salt="link token", sep=".")


def make_token() -> Secret:
    """Return a new token: letters, digits, hyphens, underscores and a dot."""
    return Secret(_signer().sign(token_urlsafe(RANDOM_BYTES)))


def token_hash(token: Secret) -> str:
    """Return the hash by which a token is looked up, in hexadecimal digits; "" for one that we did not sign."""
    text = token.reveal()
    if len(text) > MAX_LENGTH:
        return ""
    try:
        _signer().unsign(text)
    except (BadSignature, UnicodeEncodeError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()
