"""API tokens as their page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format

from voices.access import tokens_for
from voices.models import ApiToken, Membership

SHOWN_AFTER_END = timedelta(days=30)
MAX_SHOWN = 200


@dataclass(frozen=True)
class ShownToken:
    """A token with its state. `is_mine`: it acts as the reader."""

    token: ApiToken
    state: str
    tone: str
    is_live: bool
    is_mine: bool

    @property
    def scopes(self) -> str:
        """The scopes, as people read them."""
        return ", ".join(self.token.scopes.split()).capitalize()

    @property
    def until(self) -> str:
        """The end of a sentence about its expiry; "" if it has ended."""
        if not self.is_live:
            return ""
        expires = self.token.expires_at
        return f", expires {date_format(expires, 'j M Y')}" if expires else ", never expires"

    @property
    def owner(self) -> str:
        """The owner, as people read it."""
        return "Team token" if self.token.is_of_team else self.token.actor.shown_name


def shown_tokens(member: Membership, *, now: datetime, query: str = "") -> Sequence[ShownToken]:
    """Return the tokens that the member may see, those that work first; one query.

    `query` matches the first characters of the value, or a part of the name. Tokens that ended more than 30 days ago
    are listed only if searched for.
    """
    tokens = tokens_for(member)
    if query:
        tokens = tokens.filter(start__startswith=query) | tokens.filter(name__icontains=query)
    shown = [_shown(member, token, now) for token in tokens[:MAX_SHOWN]]
    recent = [one for one in shown if query or one.is_live or _ended_at(one.token) > now - SHOWN_AFTER_END]
    return sorted(recent, key=lambda one: not one.is_live)


def _shown(member: Membership, token: ApiToken, now: datetime) -> ShownToken:
    state, tone = _state(token, now)
    is_mine = not token.is_of_team and token.actor_id == member.user.pk
    return ShownToken(token, state, tone, tone == "good", is_mine)


def _state(token: ApiToken, now: datetime) -> tuple[str, str]:
    if token.revoked_at is not None:
        return "Revoked", "quiet"
    if token.has_expired(now):
        return "Expired", "quiet"
    if not token.is_of_team and token.membership is None:
        return "Owner left", "quiet"
    return "Works", "good"


def _ended_at(token: ApiToken) -> datetime:
    return token.revoked_at or token.expires_at or token.created_at
