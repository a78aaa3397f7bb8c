"""The number of a team's voices that need a provider's key of their account."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count

from voices.models import EXTERNAL, AltheaAccount, Membership, Voice
from voices.providers.registry import provider_name

Needs = Counter[tuple[object, str]]


def voices_needing_keys(member: Membership, accounts: Iterable[AltheaAccount]) -> Needs:
    """Return the number of the team's external voices by account id and provider's label; one query.

    Clones and the public catalogue's voices are Althea's own, and need no key.
    """
    rows = (
        Voice.objects.available()
        .custom()
        .filter(team=member.team, account__in=list(accounts), billing_style=EXTERNAL)
    )
    counted: Needs = Counter()
    for row in rows.values("account_id", "provider").annotate(number=Count("pk")).order_by():
        counted[row["account_id"], provider_name(row["provider"])] += row["number"]
    return counted
