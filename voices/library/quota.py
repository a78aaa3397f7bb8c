"""How many custom voices an account holds of how many it may, and which could make room."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from voices.models import LIVE, AltheaAccount, CloneJob, KeyState, Membership, Stage, Voice

NEARLY = 0.9
SHOWN = 6
LOOKED_AT = 60  # agents may use many of them


@dataclass(frozen=True)
class Quota:
    """An account's voices: `used` of `allowed`, clones under way among the used."""

    account: AltheaAccount
    used: int
    allowed: int

    @property
    def is_full(self) -> bool:
        """Whether Althea would refuse one more, as far as we know."""
        return self.used >= self.allowed

    @property
    def is_nearly_full(self) -> bool:
        """Whether it is time to think of it."""
        return self.used >= self.allowed * NEARLY


def quotas_of(member: Membership) -> tuple[Quota, ...]:
    """The accounts with a limit that the member's working keys open or the team's voices are in, by name; one query."""
    mine = Q(keys__owner=member.user, keys__state=KeyState.OK)
    ours = Exists(Voice.objects.there().filter(team=member.team, account=OuterRef("pk")))
    return _quotas(AltheaAccount.objects.filter(mine | Q(ours)))


def quotas_in(accounts: Iterable[AltheaAccount]) -> tuple[Quota, ...]:
    """The same for these accounts."""
    return _quotas(AltheaAccount.objects.filter(pk__in=[account.pk for account in accounts]))


def _quotas(accounts: QuerySet[AltheaAccount]) -> tuple[Quota, ...]:
    limited = accounts.filter(allowed_voices__isnull=False).distinct().order_by("name", "pk")
    rows = limited.annotate(
        voices_there=_counted(held_voices(), "voice_id"), under_way=_counted(_live(), "pk")
    )
    return tuple(Quota(row, row.voices_there + row.under_way, row.allowed_voices or 0) for row in rows)


def held_voices() -> QuerySet[Voice]:
    """The voices that take a slot; a public one takes none."""
    return Voice.objects.there().exclude(ownership="public")


def _live() -> QuerySet[CloneJob]:
    return CloneJob.objects.filter(state__in=LIVE)


def _counted(rows: QuerySet[Voice] | QuerySet[CloneJob], what: str) -> Coalesce:
    # Distinct: two teams may know one voice of an account that both use.
    of_account = rows.filter(account=OuterRef("pk")).order_by().values("account")
    return Coalesce(Subquery(of_account.annotate(number=Count(what, distinct=True)).values("number")), 0)


def could_go(member: Membership, account: AltheaAccount) -> list[Voice]:
    """The team's voices of the account that would be missed least: no alias, retired first, then unheard longest."""
    voices = held_voices().filter(team=member.team, account=account, aliases=None)
    retired_first = voices.exclude(stage=Stage.RETIRED), voices.filter(stage=Stage.RETIRED)
    parts = ("account", "steward", "added_by")
    found: list[Voice] = []
    for part in reversed(retired_first):
        found += part.select_related(*parts).order_by("played_at", "created_at")[:LOOKED_AT]
    return found[:LOOKED_AT]
