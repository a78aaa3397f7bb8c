"""API tokens, by which programs act in a team: creating and revoking them, and recording their use."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from voices import audit
from voices.access import Verb, require
from voices.actions import NotPossibleError
from voices.kit.api_tokens import make_token, shown_start, token_digest
from voices.kit.secret import Secret
from voices.models import ApiToken, Membership, TokenAddress, TokenScope, User

DEFAULT_DAYS = 90
MAX_LIFETIME = timedelta(days=366)
MAX_LIVE = 50  # of one person or of the team
NOTED_EVERY = timedelta(minutes=5)
TEAM_SCOPES = frozenset({TokenScope.READ, TokenScope.MANAGE})


class TokenError(NotPossibleError):
    """The token is invalid as requested. The message belongs beside `field` of the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def make_api_token(
    *,
    member: Membership,
    name: str,
    scopes: Collection[str],
    expires_at: datetime | None,
    now: datetime,
    of_team: bool = False,
) -> tuple[ApiToken, Secret]:
    """Create a token of the person, or of the team. Return it with its value, which cannot be shown again.

    Raises PermissionDenied, TokenError.
    """
    require(member, Verb.MANAGE_TOKENS if of_team or expires_at is None else Verb.SEE_LIBRARY)
    _require_no_token(member)
    _check(name, scopes, expires_at, now=now, of_team=of_team)
    value = make_token()
    token = ApiToken(
        team=member.team,
        membership=None if of_team else member,
        is_of_team=of_team,
        made_by=member.user,
        name=name,
        scopes=" ".join(scope for scope in TokenScope.values if scope in {*scopes, TokenScope.READ}),
        start=shown_start(value),
        digest=token_digest(value),
        created_at=now,
        expires_at=expires_at,
    )
    with transaction.atomic():
        User.objects.select_for_update().get(pk=member.user.pk)
        _require_below_limit(member, of_team=of_team, now=now)
        token.actor = _service_account(name) if of_team else member.user
        token.save(force_insert=True)
        audit.record_by(member, "token.made", token, scopes=token.scopes, of_team=of_team)
    return token, value


def _require_no_token(member: Membership) -> None:
    if member.scopes is not None:
        raise PermissionDenied(
            "API tokens can't create tokens. Log in and create one on the API tokens page."
        )


def _check(
    name: str, scopes: Collection[str], expires_at: datetime | None, *, now: datetime, of_team: bool
) -> None:
    if not name:
        raise TokenError("name", "Enter a name for the token, such as the program that will use it.")
    if not set(scopes) <= set(TokenScope.values):
        raise TokenError("scopes", "Choose from read, clone and manage.")
    if of_team and not set(scopes) <= TEAM_SCOPES:
        raise TokenError("scopes", "A team token can't clone: that takes a person's key and consent.")
    if expires_at is not None and not now < expires_at <= now + MAX_LIFETIME:
        raise TokenError("expires", "A token can last one year at most.")


def _require_below_limit(member: Membership, *, of_team: bool, now: datetime) -> None:
    tokens = ApiToken.objects.live(now).filter(team=member.team, is_of_team=of_team)
    if (tokens if of_team else tokens.filter(actor=member.user)).count() >= MAX_LIVE:
        raise TokenError("name", f"There are {MAX_LIVE} tokens, which is the limit. Revoke some first.")


def _service_account(name: str) -> User:
    """Create the account that a team's token acts as: in no team, without a password, deactivated."""
    return User.objects.create_user(
        f"{uuid4().hex}@tokens.invalid", name=f"{name} (team token)"[:80], is_active=False
    )


def revoke_token(*, member: Membership, token: ApiToken, now: datetime) -> bool:
    """Revoke the token. Return False if it already was."""
    require(member, Verb.SEE_LIBRARY if token.actor_id == member.user.pk else Verb.MANAGE_TOKENS)
    _require_no_token(member)
    with transaction.atomic():
        live = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
        if not live.update(revoked_at=now, revoked_by=member.user):
            return False
        audit.record_by(member, "token.revoked", token)
    return True


def note_use(*, token: ApiToken, address: str, now: datetime) -> bool:
    """Record that the token was used, at most every five minutes, so that reads stay reads. Return whether it did.

    Use from a new address is recorded at once. The activity trail has each address of a token once a day.
    """
    before = now - NOTED_EVERY
    is_noted = token.last_used_at is not None and token.last_used_at > before
    if is_noted and token.last_address == address:
        return False
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=before) | ~Q(last_address=address)
    with transaction.atomic():
        noted = ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now, last_address=address)
        if noted:
            _record_use(token, address, now)
    return bool(noted)


def _record_use(token: ApiToken, address: str, now: datetime) -> None:
    today = now.astimezone(UTC).date()
    row, _ = TokenAddress.objects.get_or_create(token=token, address=address)
    if TokenAddress.objects.filter(pk=row.pk).exclude(recorded_on=today).update(recorded_on=today):
        audit.record(actor=token.actor, team=token.team, verb="token.used", thing=token)
