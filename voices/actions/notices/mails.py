"""Notice emails: one email with all notices that are due for a person, sent between two transactions.

If the worker dies after sending and before the commit, the same email is sent again with the same Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from voices.actions.work import WorkerContext
from voices.models import Mailbox, MailboxState, MailedNotice, Membership, User
from voices.notices.kinds import kind_of

SALT = "voices.notices.unsubscribe"
MAX_SHOWN = 50  # notices in an email
SENT_WITHIN = timedelta(days=3)
WAITS = (5.0, 300.0, 1_800.0, 7_200.0)  # seconds; the last applies to all further attempts
SMTP_SECONDS = 20
_NAMESPACE = UUID("7c0a5a86-9c25-4a4b-9b0e-3c1f9d0c6f51")


@dataclass(frozen=True)
class Line:
    """A notice in an email."""

    team: str
    subject: str
    sentence: str
    url: str


@dataclass(frozen=True)
class Email:
    """One email to one person, and the rows that it covers."""

    message: EmailMessage
    covers: Sequence[int]


def next_email(box: Mailbox, context: WorkerContext) -> Email | None:
    """Return the email that is due for the person; put the mailbox off and return None if nothing is due."""
    due = list(_due(box.user, context.now()).select_related("notice__team").order_by("notice__at")[:500])
    teams = set(Membership.objects.filter(user=box.user).values_list("team_id", flat=True))
    wanted = [one for one in due if one.notice.team_id in teams and not box.is_off and box.user.is_active]
    if not wanted:
        close(box, context, [one.pk for one in due])
        return None
    lines = [line for one in wanted if (line := _line(one)) is not None]
    return Email(_message(box.user, lines, wanted), [one.pk for one in due])


def _due(user: User, now: datetime) -> "QuerySet[MailedNotice]":
    return MailedNotice.objects.filter(user=user, sent_at=None, due_at__lte=now)


def _line(mailed: MailedNotice) -> Line | None:
    notice, kind = mailed.notice, kind_of(mailed.notice.kind)
    if kind is None:
        return None
    return Line(
        team=notice.team.name,
        subject=kind.subject_of(notice.facts),
        sentence=kind.sentence_of(notice.facts),
        url=settings.SITE_URL + kind.page_of(notice.facts),
    )


def _message(user: User, lines: Sequence[Line], covered: Sequence[MailedNotice]) -> EmailMessage:
    unsubscribe = f"{settings.SITE_URL}/notifications/unsubscribe/{unsubscribe_token(user)}/"
    subject = lines[0].subject if len(lines) == 1 else f"{len(lines)} notifications from Voice Studio"
    facts = {
        "name": user.shown_name,
        "lines": lines[:MAX_SHOWN],
        "more": max(len(lines) - MAX_SHOWN, 0),
        "settings_url": f"{settings.SITE_URL}/notifications/",
        "unsubscribe_url": unsubscribe,
    }
    named = uuid5(_NAMESPACE, f"{user.pk}:{[one.pk for one in covered]}")
    headers = {
        "Message-ID": f"<{named.hex}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].strip('<> ')}>",
        "Auto-Submitted": "auto-generated",
        # One-click unsubscribe (RFC 8058): mail programs post to it without a login.
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    body = render_to_string("notices/email/message.txt", facts)
    return EmailMessage(subject[:200], body, to=[user.email], headers=headers)


def unsubscribe_token(user: User) -> str:
    """Return the token that lets the recipient of an email unsubscribe from all, and do nothing else."""
    return signing.dumps(user.pk, salt=SALT)


def user_of_token(token: str) -> User | None:
    """Return the token's owner; None for an invalid token."""
    try:
        return User.objects.filter(pk=signing.loads(token, salt=SALT)).first()
    except signing.BadSignature:
        return None


def send_email(message: EmailMessage) -> None:
    """Send the email. Raises OSError, of which SMTPException is one."""
    connection = get_connection()
    if isinstance(connection, SmtpBackend) and connection.timeout is None:
        connection.timeout = SMTP_SECONDS  # Django's default is no timeout
    message.connection = connection
    message.send()


def close(box: Mailbox, context: WorkerContext, covered: Sequence[int]) -> bool:
    """Mark these notices sent, and set when the next email is due. Return False if someone else won."""
    now = context.now()
    with transaction.atomic():
        Mailbox.objects.select_for_update(no_key=True).get(pk=box.pk)
        left = MailedNotice.objects.filter(user=box.user_id, sent_at=None).exclude(pk__in=covered)
        next_at = left.order_by("due_at").values_list("due_at", flat=True).first()
        state = MailboxState.IDLE if next_at is None else MailboxState.WAITING
        columns = {"state": state, "due_at": next_at or now, "attempts": 0, "crashes": 0, "lease_until": None}
        if not box.update_if_held(context.worker_id, **columns):
            return False
        MailedNotice.objects.filter(pk__in=covered).update(sent_at=now)
    return True


def put_off(box: Mailbox, context: WorkerContext) -> bool:
    """Retry later, but give up notices that could not be sent for three days. Return False if someone else won."""
    wait = WAITS[min(box.attempts, len(WAITS) - 1)]
    with transaction.atomic():
        columns = {"attempts": min(box.attempts + 1, 1_000), **context.due_in(wait)}
        if not box.update_if_held(context.worker_id, **columns):
            return False
        late = _due(box.user, context.now() - SENT_WITHIN)
        late.update(sent_at=context.now())
    return True
