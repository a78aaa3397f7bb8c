"""Writing down what a call to Althea has proved about its key: the one place where answers move a key's state.

The client has asked already (`voices/althea/verdicts.py`): it raises KeyRefusedError only if the account itself is
refused for the key, and names the account where a refusal turned out to be about something else.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from voices import audit
from voices.althea import AltheaError, KeyRefusedError
from voices.models import ApiKey, KeyState, Team
from voices.notices.kinds import KEY_REFUSED, key_facts


def record_verdict(*, key: ApiKey, error: AltheaError, now: datetime, team: Team | None = None) -> None:
    """Mark the key refused, or as working again, where the error proves either; else leave it alone."""
    if isinstance(error, KeyRefusedError):
        mark_refused(key=key, message=error.message, now=now, team=team)
    elif error.key_account:
        mark_working(key=key, account_id=error.key_account, now=now, team=team)


def same_value(key: ApiKey) -> QuerySet[ApiKey]:
    """Return the key's row while it still holds the value that was used: a call takes seconds.

    Not by the sealed bytes: a rotation of the encryption key changes them all without changing a key.
    """
    return ApiKey.objects.stored().filter(pk=key.pk, prefix=key.prefix, last4=key.last4)


def mark_refused(*, key: ApiKey, message: str, now: datetime, team: Team | None = None) -> None:
    """Mark the key refused, with an audit entry. A key that has been removed or replaced since is left alone."""
    columns = {"state": KeyState.REFUSED, "checked_at": now, "last_problem": message[:300]}
    with transaction.atomic():
        was_refused = same_value(key).filter(state=KeyState.REFUSED).exists()
        if same_value(key).update(**columns) and not was_refused:
            audit.record(actor=key.owner, team=team, verb="key.refused", thing=key)
            _tell_of_refusal(key, message, now=now, team=team)
    key.refresh_from_db(fields=["state", "checked_at", "last_problem"])


def _tell_of_refusal(key: ApiKey, message: str, *, now: datetime, team: Team | None) -> None:
    """Tell the team in which it was refused, or a team of its owner's."""
    team = team or Team.objects.filter(memberships__user=key.owner, deleted_at=None).order_by("name").first()
    if team is not None:
        KEY_REFUSED.write(team=team, now=now, about=key.owner, key=key_facts(key), problem=message[:300])


def mark_working(*, key: ApiKey, account_id: str, now: datetime, team: Team | None = None) -> bool:
    """Mark a refused key as working again if it opens its own account. Return False if nothing was to be done."""
    refused = same_value(key).filter(state=KeyState.REFUSED, account__account_id=account_id)
    with transaction.atomic():
        if not refused.update(state=KeyState.OK, checked_at=now, last_problem=""):
            return False
        audit.record(actor=key.owner, team=team, verb="key.recovered", thing=key)
    key.refresh_from_db(fields=["state", "checked_at", "last_problem"])
    return True
