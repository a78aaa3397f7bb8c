"""A person's notification settings: each kind at once, daily or off; and unsubscribing from all."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from voices.models import Choice, Mailbox, MailedNotice, NoticeChoice, User
from voices.notices.kinds import KINDS


def mailbox_of(user: User, *, now: datetime) -> Mailbox:
    """Return the person's mailbox, unsaved if there is none."""
    return Mailbox.objects.filter(user=user).first() or Mailbox(user=user, due_at=now)


def choose_notices(
    *, user: User, choices: Mapping[str, str], digest_hour: int, is_off: bool, now: datetime
) -> None:
    """Store the person's choices, which apply to all of their teams."""
    known = {kind.name for kind in KINDS}
    rows = [
        NoticeChoice(user=user, kind=kind, choice=Choice(choice))
        for kind, choice in choices.items()
        if kind in known
    ]
    with transaction.atomic():
        NoticeChoice.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["choice"]
        )
        box, _ = Mailbox.objects.get_or_create(user=user, defaults={"due_at": now})
        Mailbox.objects.filter(pk=box.pk).update(digest_hour=digest_hour, is_off=is_off)
        if is_off:
            _drop_waiting(user, now)


def unsubscribe(*, user: User, now: datetime) -> None:
    """Turn off all notice emails to the person, including queued ones."""
    with transaction.atomic():
        box, _ = Mailbox.objects.get_or_create(user=user, defaults={"due_at": now})
        Mailbox.objects.filter(pk=box.pk).update(is_off=True)
        _drop_waiting(user, now)


def _drop_waiting(user: User, now: datetime) -> None:
    MailedNotice.objects.filter(user=user, sent_at=None).update(sent_at=now)
