"""Trials: what a provider's settings sound like, before a voice is created from them.

Each trial is one call, for which the provider may charge. Each member's latest audio is cached for some minutes.
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

CACHE_SECONDS = 600


@dataclass(frozen=True)
class Trial:
    """The result of a trial: the token of its audio, or the problem, with Althea's errors by field."""

    token: str = ""
    problem: str = ""
    fields: tuple[tuple[str, str], ...] = ()


def try_definition(
    *, member: Membership, key: ApiKey, name: str, definition: Mapping[str, Any], ask: Any = gateway.ask
) -> Trial:
    """Request audio for the settings. Raises PermissionDenied, NotPossibleError, BusyError."""
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
    cache.set(_cache_key(member), (token, sound.content_type, sound.content), CACHE_SECONDS)
    return Trial(token)


def trial_audio(member: Membership, token: str) -> Preview | None:
    """Return the audio of the member's latest trial; None if the token is another one, or its audio has expired."""
    kept = cache.get(_cache_key(member))
    if kept is None or kept[0] != token:
        return None
    return Preview(content_type=kept[1], content=kept[2])


def _cache_key(member: Membership) -> str:
    return f"trial.{member.pk}"
