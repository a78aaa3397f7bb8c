"""The slots of accounts: how many are used, and which voices could be deleted to free some."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from voices.models import AltheaAccount, ApiKey, CloneJob, KeyState, Membership, Stage, Voice

NEARLY_FULL = 0.9
SHOWN = 6
MAX_CANDIDATES = 60  # more than are shown, as agents may use many of them


@dataclass(frozen=True)
class Quota:
    """An account's slots: `used` of `allowed`. Clones in progress count as used."""

    account: AltheaAccount
    used: int
    allowed: int

    @property
    def is_full(self) -> bool:
        """Whether Althea would refuse another voice, as far as we know."""
        return self.used >= self.allowed

    @property
    def is_nearly_full(self) -> bool:
        """Whether 90 % of the slots are used."""
        return self.used >= self.allowed * NEARLY_FULL


def quotas_of(member: Membership) -> tuple[Quota, ...]:
    """Return the quotas of the member's own accounts and of those with voices of the team, by name; one query."""
    mine = Q(keys__owner=member.user, keys__state=KeyState.OK)
    ours = Exists(Voice.objects.available().filter(team=member.team, account=OuterRef("pk")))
    return _quotas(AltheaAccount.objects.filter(mine | Q(ours)))


def quotas_in(accounts: Iterable[AltheaAccount]) -> tuple[Quota, ...]:
    """Return the quotas of those of the accounts that have a limit, by name."""
    return _quotas(AltheaAccount.objects.filter(pk__in=[account.pk for account in accounts]))


def full_accounts(
    keys: Sequence[ApiKey], quotas: Iterable[Quota] | None = None
) -> list[tuple[ApiKey, Quota]]:
    """Return the accounts of the keys that are full, each with the first of the keys for it.

    `quotas` are those of the accounts, if already known; otherwise they are counted.
    """
    if quotas is None:
        quotas = quotas_in(key.account for key in keys if key.account)
    full = {one.account: one for one in quotas if one.is_full}
    first = {key.account: key for key in reversed(keys)}
    return [(key, full[account]) for account, key in first.items() if account in full]


def _quotas(accounts: QuerySet[AltheaAccount]) -> tuple[Quota, ...]:
    limited = accounts.filter(allowed_voices__isnull=False).distinct().order_by("name", "pk")
    rows = limited.annotate(
        voice_count=_counted(Voice.objects.available().custom(), "voice_id"),
        job_count=_counted(CloneJob.objects.live(), "pk"),
    )
    return tuple(Quota(row, row.voice_count + row.job_count, row.allowed_voices or 0) for row in rows)


def _counted(rows: QuerySet[Voice] | QuerySet[CloneJob], column: str) -> Coalesce:
    # Distinct: two teams that use the same account have a row each for the same voice.
    of_account = rows.filter(account=OuterRef("pk")).order_by().values("account")
    return Coalesce(Subquery(of_account.annotate(number=Count(column, distinct=True)).values("number")), 0)


def deletion_candidates(member: Membership, account: AltheaAccount) -> list[Voice]:
    """Return the team's voices of the account that have no alias: retired ones first, then by last play."""
    voices = Voice.objects.available().custom().filter(team=member.team, account=account, aliases=None)
    retired_first = voices.filter(stage=Stage.RETIRED), voices.exclude(stage=Stage.RETIRED)
    parts = ("account", "steward", "added_by")
    found: list[Voice] = []
    for part in retired_first:
        found += part.select_related(*parts).order_by("played_at", "created_at")[:MAX_CANDIDATES]
    return found[:MAX_CANDIDATES]
