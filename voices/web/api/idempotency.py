"""The header Idempotency-Key: a program that has lost an answer sends its request again without making two jobs.

A key is a token's own. The same request with it is the same job, and any other one is refused.
"""

from typing import Any
from uuid import UUID, uuid5

from voices.web.api.auth import ApiRequest
from voices.web.api.problems import IDEMPOTENCY_KEY, invalid

MAX_KEY = 255
PARAMETER: dict[str, Any] = {
    "in": "header", "name": IDEMPOTENCY_KEY, "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
    "description": "Any text you choose. Repeating a request with the same key and content returns the same job; with "
    "other content, it is refused (`idempotency_key_reused`).",
}  # fmt: skip


def read_idempotency_key(request: ApiRequest) -> UUID | None:
    """Return the id of the token with its key; None without the header: every request is another then."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return None
    if not 1 <= len(key) <= MAX_KEY:
        raise invalid([(IDEMPOTENCY_KEY, f"It has 1 to {MAX_KEY} characters.")])
    return uuid5(request.token.pk, key)
