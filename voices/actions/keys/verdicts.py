"""Recording what a call to Althea has proved about its key: the only place where responses change a key's state.

The client has already checked (`voices/althea/verdicts.py`): it raises KeyRefusedError only if the key cannot even read
its account, and names the account if a refusal was about something else.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from voices import audit
from voices.althea import AltheaError, KeyRefusedError
from voices.models import ApiKey, KeyState, Team
from voices.notices.kinds import KEY_REFUSED, key_facts


def record_verdict(*, key: ApiKey, error: AltheaError, now: datetime, team: Team | None = None) -> None:
    """Mark the key refused or working if the error proves either."""
    if isinstance(error, KeyRefusedError):
        mark_refused(key=key, message=error.message, now=now, team=team)
    elif error.key_account:
        mark_working(key=key, account_id=error.key_account, now=now, team=team)


def same_value(key: ApiKey) -> QuerySet[ApiKey]:
    """Return the key's row if it still has the value that was used: a call takes seconds.

    Sealed bytes are not compared, since a rotation of the encryption key changes them without changing the key.
    """
    return ApiKey.objects.stored().filter(pk=key.pk, prefix=key.prefix, last4=key.last4)


def mark_refused(*, key: ApiKey, message: str, now: datetime, team: Team | None = None) -> None:
    """Mark the key refused, with an audit entry, unless it has been removed or replaced since."""
    columns = {"state": KeyState.REFUSED, "checked_at": now, "last_problem": message[:300]}
    with transaction.atomic():
        was_refused = same_value(key).filter(state=KeyState.REFUSED).exists()
        if same_value(key).update(**columns) and not was_refused:
            audit.record(actor=key.owner, team=team, verb="key.refused", thing=key)
            _notify_of_refusal(key, message, now=now, team=team)
    key.refresh_from_db(fields=["state", "checked_at", "last_problem"])


def _notify_of_refusal(key: ApiKey, message: str, *, now: datetime, team: Team | None) -> None:
    """Write a notice to the team in which it was refused, or to one of its owner's teams."""
    team = team or Team.objects.filter(memberships__user=key.owner, deleted_at=None).order_by("name").first()
    if team is not None:
        KEY_REFUSED.write(team=team, now=now, about=key.owner, key=key_facts(key), problem=message[:300])


def mark_working(*, key: ApiKey, account_id: str, now: datetime, team: Team | None = None) -> bool:
    """Mark a refused key working if it opens its own account. Return False if there was nothing to change."""
    refused = same_value(key).filter(state=KeyState.REFUSED, account__account_id=account_id)
    with transaction.atomic():
        if not refused.update(state=KeyState.OK, checked_at=now, last_problem=""):
            return False
        audit.record(actor=key.owner, team=team, verb="key.recovered", thing=key)
    key.refresh_from_db(fields=["state", "checked_at", "last_problem"])
    return True
