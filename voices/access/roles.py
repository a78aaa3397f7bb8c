"""Permissions by role, who may manage whose account, and a person's memberships."""

from enum import StrEnum
from uuid import UUID

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import IntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL

from voices.models import Membership, Role, Team, TokenScope, User


class Verb(StrEnum):
    """What can be done in a team. ORGANISE covers tags, stages, notes, aliases and shared views.

    WITHDRAW_OWN_CONSENT covers what a person stated themselves, WITHDRAW_CONSENT all of the team; ASK_SPEAKER and
    DECIDE_ALL_REQUESTS, HOLD_AUDITION and MANAGE_AUDITIONS likewise. MANAGE_MEMBERS covers invitations, roles and
    removal. MANAGE_TOKENS covers the team's tokens, other people's, and those that never expire. APPROVE is deciding on
    what others ask for under the two-person rule. READ_ACTIVITY covers exporting it.
    MANAGE_PROVIDER_KEYS is about the keys of providers, such as ElevenLabs, that an Althea account stores.
    """

    SEE_LIBRARY = "see_library"
    CLONE = "clone"
    APPROVE = "approve"
    SYNC = "sync"
    EDIT_VOICE = "edit_voice"
    DELETE_VOICE = "delete_voice"
    CLONE_AGAIN = "clone_again"
    STATE_CONSENT = "state_consent"
    WITHDRAW_OWN_CONSENT = "withdraw_own_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    ASK_SPEAKER = "ask_speaker"
    DECIDE_ALL_REQUESTS = "decide_all_requests"
    RATE_VOICES = "rate_voices"
    HOLD_AUDITION = "hold_audition"
    MANAGE_AUDITIONS = "manage_auditions"
    ORGANISE = "organise"
    CHANGE_TEAM = "change_team"
    MANAGE_MEMBERS = "manage_members"
    DELETE_TEAM = "delete_team"
    SEE_ALL_JOBS = "see_all_jobs"
    MANAGE_TOKENS = "manage_tokens"
    READ_DASHBOARD = "read_dashboard"
    READ_ACTIVITY = "read_activity"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_PROVIDER_KEYS = "manage_provider_keys"


ROLE_VERBS: dict[str, frozenset[Verb]] = {
    Role.VIEWER: frozenset({Verb.SEE_LIBRARY, Verb.RATE_VOICES}),
    Role.EDITOR: frozenset(
        {
            Verb.SEE_LIBRARY,
            Verb.CLONE,
            Verb.APPROVE,
            Verb.SYNC,
            Verb.EDIT_VOICE,
            Verb.DELETE_VOICE,
            Verb.ORGANISE,
            Verb.STATE_CONSENT,
            Verb.WITHDRAW_OWN_CONSENT,
            Verb.ASK_SPEAKER,
            Verb.RATE_VOICES,
            Verb.HOLD_AUDITION,
        }
    ),
    Role.ADMIN: frozenset(Verb),
}

# What a token may do at most; verbs in none of these scopes require a logged-in person.
SCOPE_VERBS: dict[str, frozenset[Verb]] = {
    TokenScope.READ: frozenset({Verb.SEE_LIBRARY, Verb.SEE_ALL_JOBS}),
    TokenScope.CLONE: frozenset({Verb.CLONE, Verb.STATE_CONSENT}),
    TokenScope.MANAGE: frozenset({Verb.ORGANISE, Verb.SYNC, Verb.EDIT_VOICE, Verb.DELETE_VOICE}),
}


def may(member: Membership, verb: Verb) -> bool:
    """Whether the member's role allows the verb, and the scope of the token in use, if there is one."""
    return verb in ROLE_VERBS[member.role] and _in_scope(member, verb)


def _in_scope(member: Membership, verb: Verb) -> bool:
    return member.scopes is None or any(verb in SCOPE_VERBS[scope] for scope in member.scopes)


def may_own_or_all(member: Membership, own: Verb, every: Verb, *, owner_id: int | None) -> bool:
    """Whether the member may act on that person's record: `own` is the verb for one's own records, `every` for all."""
    return may(member, every) or (may(member, own) and owner_id == member.user_id)


def require(member: Membership, verb: Verb) -> None:
    """Raise PermissionDenied, with a message for the person, if role or token does not allow the verb."""
    if not _in_scope(member, verb):
        raise PermissionDenied(_scope_sentence(verb))
    if not may(member, verb):
        raise PermissionDenied(
            f"Your role in {member.team.name} ({member.get_role_display()}) doesn't allow this. Ask a team admin."
        )


def may_give(member: Membership, role: str) -> bool:
    """Whether the member may grant or revoke that role, which must not exceed their own."""
    return may(member, Verb.MANAGE_MEMBERS) and ROLE_VERBS[role] <= ROLE_VERBS[member.role]


def require_reach(member: Membership, *roles: str) -> None:
    """Raise PermissionDenied, with a message for the person, unless the member may give each of the roles."""
    require(member, Verb.MANAGE_MEMBERS)
    if not all(may_give(member, role) for role in roles):
        raise PermissionDenied(f"Your role in {member.team.name} doesn't allow this. Ask a team admin.")


def still_may(team_id: UUID, user_id: int | None, verb: Verb) -> bool:
    """Whether a person is still in the team, active, and in a role that allows the verb."""
    found = Membership.objects.filter(team=team_id, user=user_id, user__is_active=True)
    return any(may(one, verb) for one in found)


def _scope_sentence(verb: Verb) -> str:
    wanted = next((scope for scope, verbs in SCOPE_VERBS.items() if verb in verbs), None)
    if wanted is None:
        return "API tokens can't do this. Log in and do it in Voice Studio."
    return f"This token does not have the scope “{wanted}”. Create one that does on the API tokens page."


def may_manage(actor: User, person: User) -> bool:
    """Whether the actor may change that person's account, which gives access to everything the person may do.

    The person must not exceed the actor: by being a superuser, by a permission that the actor lacks, or by a higher
    role in a team.
    """
    if actor.is_superuser:
        return True
    if person.is_superuser or not _permissions(person) <= _permissions(actor):
        return False
    own = dict(Membership.objects.filter(user=actor).values_list("team", "role"))
    theirs = Membership.objects.filter(user=person).values_list("team", "role")
    return all(team in own and ROLE_VERBS[role] <= ROLE_VERBS[own[team]] for team, role in theirs)


def _permissions(user: User) -> set[int]:
    """Return the ids of a person's permissions, even if they are deactivated, which can be undone."""
    granted = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return set(granted.values_list("pk", flat=True))


def teams_run_by(actor: User) -> QuerySet[Team]:
    """Return the teams whose members and roles the actor may change; for a superuser all."""
    if actor.is_superuser:
        return Team.objects.filter(deleted_at=None)
    return Team.objects.filter(memberships__user=actor, memberships__role=Role.ADMIN)


def may_create_team(user: User) -> bool:
    """Whether the person may create a team: staff, and admins of some team."""
    return user.is_staff or Membership.objects.filter(user=user, role=Role.ADMIN).exists()


def acting_admin(actor: User, team: Team) -> Membership | None:
    """Return the membership by which the actor changes who is in the team; None if they may not.

    A superuser who is not an admin of it acts as one: by a membership that is stored nowhere.
    """
    member = acting_member(actor, team)
    return member if member is not None and member.role == Role.ADMIN else None


def acting_member(actor: User, team: Team) -> Membership | None:
    """Return the membership by which the actor works on the team's records from the admin site.

    That is their own, None without one; a superuser who is no admin of the team acts as one, by a membership that is
    stored nowhere and marks what they do as done by staff.
    """
    own = Membership.objects.filter(team=team, user=actor).select_related("team", "user").first()
    if not actor.is_superuser or (own is not None and own.role == Role.ADMIN):
        return own
    if team.deleted_at is not None:
        return None
    member = Membership(team=team, user=actor, role=Role.ADMIN)
    member.as_staff = True
    return member


# The number of approvals that wait for the member. Every request reads it: built by the ORM, this expression would take
# two thirds of the time of that query.
WAITING = RawSQL(
    "(SELECT COUNT(*) FROM voices_approval a WHERE a.state = 'waiting' AND a.team_id = voices_membership.team_id "
    "AND (a.requester_id IS NULL OR a.requester_id <> voices_membership.user_id))",
    (),
    output_field=IntegerField(),
)


def memberships_of(user: User) -> list[Membership]:
    """Return the person's memberships with their teams and `approvals_waiting`, by team name; one query."""
    mine = Membership.objects.filter(user=user).annotate(waiting=WAITING)
    found = list(mine.select_related("team", "user").order_by("team__name", "id"))
    for member in found:
        member.approvals_waiting = member.waiting
    return list[Membership](found)


def current_membership(memberships: list[Membership], team_id: object) -> Membership | None:
    """Return the membership in the session's team, else the first; None for a person in no team."""
    chosen = str(team_id or "")
    return next((one for one in memberships if str(one.team_id) == chosen), next(iter(memberships), None))
