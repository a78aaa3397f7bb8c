"""Signatures of the Standard Webhooks scheme (https://www.standardwebhooks.com)."""

import base64
from collections.abc import Sequence
from datetime import datetime
from math import floor
from secrets import token_bytes

from standardwebhooks import Webhook

from voices.kit.secret import Secret

PREFIX = "whsec_"
SECRET_BYTES = 32  # the scheme asks for 24 to 64


def make_secret() -> Secret:
    """Return a new secret, as receivers configure it."""
    return Secret(PREFIX + base64.b64encode(token_bytes(SECRET_BYTES)).decode("ascii"))


def signed_headers(secrets: Sequence[Secret], *, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """Return the headers of a message, with a signature by each secret, so that receivers can verify by either."""
    signatures = [Webhook(secret.reveal()).sign(message_id, at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(floor(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
