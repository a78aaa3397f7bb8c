"""Requests for syncs: by people, after a key was stored, and on a schedule."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, When

from voices import audit
from voices.access import Verb, require
from voices.models import (
    AltheaAccount,
    ApiKey,
    KeyState,
    Membership,
    Scope,
    SyncRun,
    SyncState,
    Team,
    User,
    Voice,
)

KEPT_DAYS = 30
WORKING_FIRST = Case(When(state=KeyState.OK, then=0), default=1)


def keys_of(team: Team, *, also_refused: bool = False) -> QuerySet[ApiKey]:
    """Return the working keys of the team's members, for accounts that belong to the team.

    With `also_refused`, those that Althea refused follow: a scheduled sync retries each.

    A person may be in two teams, with an account for each. Such an account belongs to a team only once the team has a
    voice or a sync of it; otherwise one customer's voices would appear in another's library.
    """
    teams = Membership.objects.filter(user=OuterRef("owner")).values("user").annotate(count=Count("pk"))
    linked = [
        Exists(model.objects.filter(team=team, account=OuterRef("account"))) for model in (Voice, SyncRun)
    ]
    states = [KeyState.OK, KeyState.REFUSED] if also_refused else [KeyState.OK]
    keys = ApiKey.objects.filter(
        state__in=states, account__isnull=False, owner__memberships__team=team, owner__is_active=True
    )
    is_in_one_team = ~Exists(teams.filter(count__gt=1))
    return (
        keys.filter(is_in_one_team | linked[0] | linked[1])
        .select_related("account")
        .order_by(WORKING_FIRST, "created_at")
    )


def key_for(run: SyncRun) -> ApiKey | None:
    """Return the key to read with: the run's own, its requester's, or any of the team's; None without one.

    A refused key comes last and must be tested before it is used.
    """
    mine = Case(When(pk=run.key_id, then=0), When(owner=run.wanted_by_id, then=1), default=2)
    keys = keys_of(run.team, also_refused=True).filter(account=run.account_id)
    return keys.order_by(WORKING_FIRST, mine, "created_at").first()


def request_sync(
    *,
    team: Team,
    key: ApiKey,
    now: datetime,
    wanted_by: User | None = None,
    scope: Scope = Scope.PRIVATE,
) -> SyncRun | None:
    """Request a sync of the key's account. Return its live run, new or not, which is due at once."""
    run = SyncRun(team=team, account=key.account, key=key, wanted_by=wanted_by, scope=scope, due_at=now)
    SyncRun.objects.bulk_create([run], ignore_conflicts=True)
    live = SyncRun.objects.live().filter(team=team, account=key.account)
    live.filter(state=SyncState.QUEUED, due_at__gt=now).update(due_at=now)
    return live.first()


def first_of_each(keys: Iterable[ApiKey]) -> dict[AltheaAccount, ApiKey]:
    """Return the first key of each account: two teammates' keys of one account make one sync."""
    found: dict[AltheaAccount, ApiKey] = {}
    for key in keys:
        if key.account is not None:
            found.setdefault(key.account, key)
    return found


def request_team_sync(*, member: Membership, now: datetime) -> list[SyncRun]:
    """Request a sync of every account of the team. Return the runs; none if no key works. Raises PermissionDenied."""
    require(member, Verb.SYNC)
    mine = Case(When(owner=member.user, then=0), default=1)
    keys = first_of_each(keys_of(member.team).order_by(mine, "created_at"))
    runs = []
    with transaction.atomic():
        for key in keys.values():
            run = request_sync(team=member.team, key=key, now=now, wanted_by=member.user)
            if run is not None:
                audit.record_by(member, "sync.asked", run)
                runs.append(run)
    return runs


def choose_catalogue(*, member: Membership, wanted: bool, now: datetime) -> bool:
    """Turn the public catalogue on or off for the team. Return False if it already was.

    Turning it on requests a sync; turning it off leaves the voices that came in.
    """
    with transaction.atomic():
        changed = Team.objects.filter(pk=member.team_id).exclude(sync_catalogue=wanted)
        if not changed.update(sync_catalogue=wanted):
            return False
        audit.record_by(member, "team.catalogue_on" if wanted else "team.catalogue_off", member.team)
        if wanted:
            request_team_sync(member=member, now=now)
    return True


def is_catalogue_account(run: SyncRun) -> bool:
    """Whether the team reads the public catalogue through this account, its first of that endpoint."""
    first = keys_of(run.team).filter(account__endpoint=run.account.endpoint).first()
    return first is None or first.account_id == run.account_id


def _is_due(run: SyncRun | None, *, now: datetime, hours: float) -> bool:
    if run is None:
        return True
    if run.is_live or run.ended_at is None:
        return False
    # Jitter of 0.9 to 1.1, derived from the id: equal for all workers, different for each run.
    jitter = 0.9 + run.id.int % 1_000 / 5_000
    return run.ended_at + timedelta(hours=hours * jitter) <= now


def schedule_syncs(*, now: datetime, hours: float) -> int:
    """Request the syncs that are due. Return how many; with 0 hours, none are."""
    if hours <= 0:
        return 0
    requested = 0
    with_keys = Team.objects.filter(memberships__user__api_keys__state__in=[KeyState.OK, KeyState.REFUSED])
    for team in with_keys.distinct():
        for account, key in first_of_each(keys_of(team, also_refused=True)).items():
            last = SyncRun.objects.filter(team=team, account=account).order_by("-created_at").first()
            if _is_due(last, now=now, hours=hours):
                requested += request_sync(team=team, key=key, now=now) is not None
    return requested


def delete_old_sync_runs(*, now: datetime) -> int:
    """Delete runs older than a month, except the last of each account, which links it to the team. Return how many."""
    newer = SyncRun.objects.filter(
        team=OuterRef("team"), account=OuterRef("account"), created_at__gt=OuterRef("created_at")
    )
    old = SyncRun.objects.ended().filter(ended_at__lt=now - timedelta(days=KEPT_DAYS))
    ids = list(old.filter(Exists(newer)).order_by(F("created_at")).values_list("pk", flat=True)[:500])
    return SyncRun.objects.filter(pk__in=ids).delete()[0]
