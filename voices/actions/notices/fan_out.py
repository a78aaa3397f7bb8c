"""Fan-out of notices: the worker decides once who receives each, among those who are in the team at that moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from voices.actions.work import WorkerContext
from voices.models import (
    Choice,
    EndpointState,
    Mailbox,
    MailboxState,
    MailedNotice,
    Membership,
    Notice,
    NoticeChoice,
    NoticeState,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)
from voices.notices.base import NoticeKind
from voices.notices.kinds import kind_of

KEPT_DAYS = 30
MAX_DELETED = 500  # in a round of upkeep


def fan_out(notice: Notice, context: WorkerContext) -> bool:
    """Queue the notice's emails and webhook messages in one transaction. Return False if someone else won."""
    kind = kind_of(notice.kind)
    with transaction.atomic():
        if not notice.update_if_held(context.worker_id, state=NoticeState.FANNED_OUT, lease_until=None):
            return False
        if kind is not None:
            _queue_webhooks(notice, context.now())
            if settings.SENDS_MAIL:
                _queue_emails(kind, notice, context.now())
    return True


def _queue_webhooks(notice: Notice, now: datetime) -> None:
    active = WebhookEndpoint.objects.filter(team=notice.team_id, state=EndpointState.ACTIVE)
    wanted = [endpoint for endpoint in active if notice.kind in endpoint.kinds]
    rows = [WebhookDelivery(endpoint=endpoint, notice=notice, due_at=now) for endpoint in wanted]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)


def _queue_emails(kind: NoticeKind, notice: Notice, now: datetime) -> None:
    members = list(
        Membership.objects.filter(team=notice.team_id, user__is_active=True).select_related("user")
    )
    chosen = choices_of(member.user for member in members)
    choices = {
        member.user: kind.choice_for(
            chosen.get(member.user_id, {}),
            role=member.role,
            is_concerned=member.user_id == notice.about_id,
        )
        for member in members
    }
    wanted = {user: choice for user, choice in choices.items() if choice != Choice.OFF}
    boxes = _locked_mailboxes(wanted, now)
    mailed = []
    for user, choice in wanted.items():
        box = boxes[user.pk]
        if not box.is_off:
            due_at = now if choice == Choice.AT_ONCE else next_digest(now, box.digest_hour)
            mailed.append(MailedNotice(notice=notice, user=user, due_at=due_at))
            _wake(box, due_at)
    MailedNotice.objects.bulk_create(mailed, ignore_conflicts=True)


def choices_of(users: Iterable[User]) -> Mapping[int, Mapping[str, str]]:
    """Return these people's own choices, by person and kind."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for user_id, kind, choice in NoticeChoice.objects.filter(user__in=list(users)).values_list(
        "user_id", "kind", "choice"
    ):
        found[user_id][kind] = choice
    return found


def _locked_mailboxes(users: Iterable[User], now: datetime) -> dict[int, Mailbox]:
    """Return these people's mailboxes, locked: an email that is being sent must not miss a notice added now."""
    rows = [Mailbox(user=user, due_at=now) for user in users]
    Mailbox.objects.bulk_create(rows, ignore_conflicts=True)
    locked = Mailbox.objects.select_for_update(no_key=True).filter(user__in=[row.user for row in rows])
    return {box.user_id: box for box in locked.order_by("pk")}


def _wake(box: Mailbox, due_at: datetime) -> None:
    if box.state == MailboxState.IDLE or due_at < box.due_at:
        Mailbox.objects.filter(pk=box.pk).update(state=MailboxState.WAITING, due_at=due_at)


def next_digest(now: datetime, hour: int) -> datetime:
    """Return the next time at which the hour begins, in UTC."""
    today = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def crashed(notice: Notice, context: WorkerContext) -> bool:
    """Put a notice off after an internal error. Return False if someone else won."""
    columns = {"crashes": min(notice.crashes + 1, 100), **context.due_in(context.policy.crash * 12)}
    return notice.update_if_held(context.worker_id, **columns)


def delete_old_notices(*, now: datetime) -> int:
    """Delete notices older than 30 days, with their emails and deliveries. Return how many."""
    old = Notice.objects.filter(at__lt=now - timedelta(days=KEPT_DAYS)).order_by("at")
    ids = list(old.values_list("pk", flat=True)[:MAX_DELETED])
    Notice.objects.filter(pk__in=ids).delete()
    return len(ids)
