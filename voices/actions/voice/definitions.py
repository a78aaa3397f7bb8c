"""A voice's definition, whose secrets are sealed beside it.

`Voice.definition` and `Voice.raw` have markers in place of the secrets (`providers/secrets.py`): what compares
definitions compares those, and a changed secret has another marker.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from voices import gateway
from voices.kit.secret import Secret
from voices.models import Voice
from voices.providers.secrets import join_secrets, split_secrets


def public_definition(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition as it is stored and compared, with markers for its secrets."""
    return split_definition(definition)[0]


@sensitive_variables()
def split_definition(definition: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the definition with markers for its secrets, and the secrets by their paths."""
    return split_secrets(definition, mark=_digest)


@sensitive_variables()
def with_secrets(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition with a `Secret` for each secret."""
    joined: dict[str, Any] = join_secrets(*split_definition(definition))
    return joined


@sensitive_variables()
def sealed_secrets(definition: Mapping[str, Any], *, row_id: UUID) -> bytes | None:
    """Return the definition's secrets, sealed for this row; None if it has none."""
    secrets = split_definition(definition)[1]
    return gateway.seal(Secret(json.dumps(secrets)), row_id=row_id) if secrets else None


@sensitive_variables()
def full_definition(voice: Voice) -> dict[str, Any]:
    """Return the voice's full definition, with a `Secret` for each secret. Raises SealError, MissingSecretError."""
    secrets: dict[str, str] = {}
    if voice.sealed_secrets:
        secrets = json.loads(gateway.unseal_secrets(voice).reveal())
    joined: dict[str, Any] = join_secrets(voice.definition, secrets)
    return joined


def _digest(secret: str) -> str:
    # Keyed, or the digest of a guessable password would reveal it to somebody who has only the database.
    return salted_hmac("voices.definition", secret, algorithm="sha256").hexdigest()[:16]
