"""Hearing a provider's settings before they are a voice.

Each try is one call that its provider may charge for. The sound is kept for some minutes, the last one of each member.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from voices import gateway
from voices.access import Verb, require
from voices.actions.clone.submit import require_usable_key
from voices.actions.keys.verdicts import record_verdict
from voices.althea import AltheaError, Preview
from voices.kit.sealing import SealError
from voices.models import ApiKey, Membership

KEPT_SECONDS = 600


@dataclass(frozen=True)
class Trial:
    """What came of trying settings: the token of the sound, or the problem, with Althea's errors by field."""

    token: str = ""
    problem: str = ""
    fields: tuple[tuple[str, str], ...] = ()


def try_definition(
    *, member: Membership, key: ApiKey, name: str, definition: Mapping[str, Any], ask: Any = gateway.ask
) -> Trial:
    """Have the settings speak, once. Raises PermissionDenied, NotPossibleError, BusyError."""
    require(member, Verb.CLONE)
    require_usable_key(member=member, key=key)
    try:
        sound: Preview = ask(
            lambda client: client.preview_definition(name=name, definition=definition),
            secret=gateway.unseal(key),
            endpoint=key.endpoint,
        )
    except SealError as problem:
        return Trial(problem=str(problem))
    except AltheaError as error:
        record_verdict(key=key, error=error, now=timezone.now(), team=member.team)
        return Trial(problem=error.message, fields=error.fields)
    token = secrets.token_urlsafe(12)
    cache.set(_place(member), (token, sound.content_type, sound.content), KEPT_SECONDS)
    return Trial(token)


def tried_sound(member: Membership, token: str) -> Preview | None:
    """Return the sound of the member's last try; None if the token is another's, or it is no longer kept."""
    kept = cache.get(_place(member))
    if kept is None or kept[0] != token:
        return None
    return Preview(content_type=kept[1], content=kept[2])


def _place(member: Membership) -> str:
    return f"trial.{member.pk}"
