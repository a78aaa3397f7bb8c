"""What a person wants by email: per kind at once, once a day or not at all; and turning all of it off."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from voices.models import Choice, Mailbox, MailedNotice, NoticeChoice, User
from voices.notices.kinds import KINDS


def mailbox_of(user: User, *, now: datetime) -> Mailbox:
    """Return the person's mailbox, perhaps unsaved."""
    return Mailbox.objects.filter(user=user).first() or Mailbox(user=user, due_at=now)


def choose_notices(
    *, user: User, choices: Mapping[str, str], digest_hour: int, is_off: bool, now: datetime
) -> None:
    """Store the person's choices, which hold for every team that they are in."""
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
    """Turn off every email of notices to the person, those that wait included."""
    with transaction.atomic():
        box, _ = Mailbox.objects.get_or_create(user=user, defaults={"due_at": now})
        Mailbox.objects.filter(pk=box.pk).update(is_off=True)
        _drop_waiting(user, now)


def _drop_waiting(user: User, now: datetime) -> None:
    MailedNotice.objects.filter(user=user, sent_at=None).update(sent_at=now)
