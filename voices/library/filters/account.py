"""Filter by the Althea account of a voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from voices.library.filters.base import Filter
from voices.models import AltheaAccount, Membership, Voice


@dataclass(frozen=True, kw_only=True)
class AccountFilter(Filter):
    """A filter whose values are ids of accounts."""

    def clean(self, value: str) -> str:
        """Return the id in its usual form."""
        try:
            return str(UUID(value)) if len(value) <= 40 else ""
        except ValueError:
            return ""

    def row_of(self, stored: Any) -> Mapping[str, Any]:
        """Return the id in its usual form: SQLite stores it without hyphens."""
        return {self.column: self.value_of(stored)}

    def value_of(self, stored: Any) -> str:
        """Return the id in its usual form."""
        return str(UUID(str(stored)))

    def labels(self, member: Membership, values: Sequence[str], counted: Sequence[str]) -> dict[str, str]:
        """Return the names of accounts that hold voices of the team; one query."""
        if not values:
            return {}
        of_team = Q(Exists(Voice.objects.filter(team=member.team, account=OuterRef("pk"))))
        accounts = AltheaAccount.objects.filter(of_team | Q(pk__in=counted), pk__in=values)
        return {str(account.pk): account.name for account in accounts}


FILTER = AccountFilter(name="account", label="Account", position=70, column="account")
