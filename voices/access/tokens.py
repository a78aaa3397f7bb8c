"""API tokens: the member that a program acts as, and the tokens that a person may see."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from voices.access.roles import Verb, may
from voices.access.second_factor import lacks_second_factor
from voices.models import ApiToken, Membership, Role


class Refused(StrEnum):
    """Why a token is refused."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NO_MEMBER = "no_member"
    NO_FACTOR = "no_factor"


class TokenRefusedError(Exception):
    """The token does not work."""

    def __init__(self, why: Refused) -> None:
        super().__init__(why.value)
        self.why = why


def find_token(digest: str, *, now: datetime) -> ApiToken:
    """Return the token with that SHA-256, with everything needed to act by it; one query. Raises TokenRefusedError."""
    parts = ("team", "actor", "membership__team", "membership__user")
    token = ApiToken.objects.select_related(*parts).filter(digest=digest).first() if digest else None
    if token is None:
        raise TokenRefusedError(Refused.UNKNOWN)
    if token.revoked_at is not None:
        raise TokenRefusedError(Refused.REVOKED)
    if token.has_expired(now):
        raise TokenRefusedError(Refused.EXPIRED)
    return token


def member_of(token: ApiToken) -> Membership:
    """Return the member that the token acts as, with the current role, restricted by its scopes.

    A team's token is an editor at most. Raises TokenRefusedError for a person who has left the team, is deactivated
    or lacks the second factor that the team requires.
    """
    if token.is_of_team:
        member = Membership(team=token.team, user=token.actor, role=Role.EDITOR)
    elif token.membership is not None and token.membership.user.is_active:
        member = token.membership
    else:
        raise TokenRefusedError(Refused.NO_MEMBER)
    if not token.is_of_team and lacks_second_factor(member):
        raise TokenRefusedError(Refused.NO_FACTOR)
    member.scopes = token.scope_set
    return member


def tokens_for(member: Membership) -> QuerySet[ApiToken]:
    """Return the tokens that the member may see and revoke: their own, an admin all of the team; newest first."""
    parts = ("actor", "made_by", "membership")
    tokens = ApiToken.objects.filter(team=member.team).select_related(*parts).order_by("-created_at")
    if may(member, Verb.MANAGE_TOKENS):
        return tokens
    return tokens.filter(actor=member.user, is_of_team=False)


def get_token_for(member: Membership, token_id: UUID) -> ApiToken:
    """Return such a token. Raises Http404."""
    token = tokens_for(member).filter(pk=token_id).first()
    if token is None:
        raise Http404("You have no such token.")
    return token
