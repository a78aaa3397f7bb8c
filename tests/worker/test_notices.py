"""Notices by email: who gets which when, in one email, once; and how a person turns them off."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from tests.base import Cast, make_cast
from tests.builders import make_consent, make_key, make_voice
from tests.kit.fakes import NOON, FakeClock
from tests.sandbox.live import free_port
from voices.actions.consents.ending import end_expired_consents
from voices.actions.consents.reminding import remind_of_expiry
from voices.actions.keys.verdicts import mark_refused
from voices.actions.notices.choices import choose_notices
from voices.actions.notices.mails import unsubscribe_token
from voices.actions.work import RetryPolicy, WorkerContext
from voices.models import ConsentState, Mailbox, MailboxState, MailedNotice, Membership, Notice
from voices.notices.kinds import CLONE_FAILED, CREATED, GONE, UNHEALTHY, listed, voice_facts
from voices.worker.kinds import mail as mail_kind
from voices.worker.kinds import notice as notice_kind
from voices.worker.kinds.base import Runtime
from voices.worker.loop import Worker, claim

pytestmark = pytest.mark.django_db(transaction=True)
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def cast(transactional_db: None, settings: Settings) -> Cast:
    settings.SITE_URL = "https://voices.example"
    return make_cast()


class Studio:
    """A worker that sends emails only, by the test's clock: it begins at noon."""

    def __init__(self) -> None:
        self.clock = FakeClock()

    def context(self, name: str = "test") -> WorkerContext:
        return WorkerContext(worker_id=name, policy=RetryPolicy(), now=self.clock.now)

    def work(self) -> list[Any]:
        """Do what is due, and return the emails sent since the last time."""
        runtime = Runtime(http=None, context=self.context())  # type: ignore[arg-type]  # nothing is called
        kinds = (notice_kind.KIND, mail_kind.KIND)
        mail.outbox = []
        async_to_sync(Worker(runtime=runtime, clock=self.clock, kinds=kinds).run_until_idle)()
        return list(mail.outbox)

    def created(self, who: Membership, name: str = "Marlene") -> None:
        voice = make_voice(who, name=name)
        facts = {"voice": voice_facts(voice)}
        CREATED.write(team=who.team, now=self.clock.now(), about=who.user, **facts)  # type: ignore[arg-type]  # facts

    def failed(self, who: Membership, name: str = "Marlene") -> None:
        clone, now = {"id": "1", "name": name}, self.clock.now()
        CLONE_FAILED.write(team=who.team, now=now, about=who.user, clone=clone, problem="x", message="No.")


@pytest.fixture
def studio() -> Studio:
    return Studio()


def told(emails: list[Any]) -> list[tuple[str, str]]:
    return sorted((email.to[0].partition("@")[0], email.subject) for email in emails)


def choose(who: Membership, *, off: bool = False, hour: int = 7, **choices: str) -> None:
    named = {name.replace("_", ".", 1): choice for name, choice in choices.items()}
    choose_notices(user=who.user, choices=named, digest_hour=hour, is_off=off, now=NOON)


def test_who_is_concerned_is_told_at_once_and_admins_daily(cast: Cast, studio: Studio) -> None:
    studio.failed(cast.ed)
    emails = studio.work()
    assert told(emails) == [("ed", "Marlene was not created")]
    body = emails[0].body
    assert "The voice “Marlene” was not created. No.\nNorthwind · https://voices.example/clones/1/" in body
    studio.clock.advance(19 * 3600 - 1)
    assert studio.work() == []
    studio.clock.advance(1)
    assert told(studio.work()) == [("ada", "Marlene was not created")]
    assert list(Mailbox.objects.values_list("state", flat=True)) == [MailboxState.IDLE] * 2


def test_a_daily_email_has_all_of_the_day_in_one(cast: Cast, studio: Studio) -> None:
    choose(cast.ed, hour=13)
    for name in ("Ada", "Bo", "Cy"):
        studio.created(cast.ed, name)
        studio.clock.advance(1)
    assert studio.work() == []
    studio.clock.advance(3600)
    emails = studio.work()
    assert told(emails) == [("ed", "3 notifications from Voice Studio")]
    assert emails[0].body.index("“Ada”") < emails[0].body.index("“Bo”") < emails[0].body.index("“Cy”")
    studio.clock.advance(24 * 3600)
    assert studio.work() == []


def test_a_choice_counts_for_all_that_a_person_may_see(cast: Cast, studio: Studio) -> None:
    choose(cast.vera, voice_created="at_once", clone_failed="at_once")
    choose(cast.ed, clone_failed="off")
    choose(cast.ada, clone_failed="off")
    studio.failed(cast.ed)
    studio.created(cast.ed)
    assert told(studio.work()) == [("vera", "Marlene is ready")]


def test_nobody_of_another_team_or_gone_is_told(cast: Cast, studio: Studio) -> None:
    choose(cast.sam, voice_created="at_once")
    choose(cast.ed, voice_created="at_once")
    studio.created(cast.ed)
    notice = claim([notice_kind.KIND], studio.context("slow"), [1])
    assert len(notice) == 1
    cast.ed.delete()
    studio.clock.advance(61)
    assert told(studio.work()) == []
    assert MailedNotice.objects.count() == 0


def test_voices_that_go_missing_are_one_notice(cast: Cast, studio: Studio) -> None:
    lost = [make_voice(cast.ed, name=name) for name in ("Ada", "Bo", "Cy", "Di", "Ed")]
    GONE.write(team=cast.northwind, now=NOON, account="Northwind", **listed(lost))
    emails = studio.work()
    assert told(emails) == [("ada", "Missing at Althea: “Ada”, “Bo”, “Cy” and 2 more")]


def test_an_email_turns_itself_off_with_one_click(cast: Cast, studio: Studio) -> None:
    studio.failed(cast.ed)
    email = studio.work()[0]
    headers = email.message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    link = re.fullmatch(
        r"<https://voices\.example(/notifications/unsubscribe/\S+/)>", headers["List-Unsubscribe"]
    )
    assert link is not None
    assert link[1] in email.body
    stranger = Client(enforce_csrf_checks=True)
    assert "ed@example.com" in stranger.get(link[1]).content.decode()
    studio.failed(cast.ed)
    answer = stranger.post(link[1], "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert told(studio.work()) == []
    assert stranger.get(link[1][:-3] + "x/").status_code == 404
    assert unsubscribe_token(cast.ed.user) != unsubscribe_token(cast.ada.user)


def test_mail_that_fails_is_sent_later(cast: Cast, studio: Studio, settings: Settings) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", free_port()
    studio.failed(cast.ed)
    studio.work()
    box = Mailbox.objects.get(user=cast.ed.user)
    assert (box.attempts, box.due_at) == (1, NOON + timedelta(seconds=5))
    settings.EMAIL_BACKEND = backend
    studio.clock.advance(5)
    assert told(studio.work()) == [("ed", "Marlene was not created")]


def test_a_killed_worker_repeats_the_same_email(cast: Cast, studio: Studio) -> None:
    studio.failed(cast.ed)
    choose(cast.ada, clone_failed="off")
    first = studio.work()
    MailedNotice.objects.update(sent_at=None)  # as if it had died between sending and saying so
    Mailbox.objects.update(state=MailboxState.WAITING, due_at=NOON)
    second = studio.work()
    assert [email.message()["Message-ID"] for email in first] == [
        email.message()["Message-ID"] for email in second
    ]


def test_a_subject_stays_on_one_line(cast: Cast, studio: Studio) -> None:
    voice = {**voice_facts(make_voice(cast.ed)), "name": "Ma\r\nBcc: x@example.com"}
    UNHEALTHY.write(team=cast.northwind, now=NOON, about=cast.ed.user, voice=voice, problem="{0} {voice}")
    emails = studio.work()
    assert told(emails) == [("ed", "Ma Bcc: x@example.com is failing at Althea")]
    assert "is failing. {0} {voice}" in emails[0].body


def test_without_mail_nothing_waits(cast: Cast, studio: Studio, settings: Settings) -> None:
    settings.SENDS_MAIL = False
    studio.failed(cast.ed)
    assert (studio.work(), MailedNotice.objects.count()) == ([], 0)


def test_consent_is_reminded_of_at_30_and_7_days_and_its_end(cast: Cast) -> None:
    consent = make_consent(cast.ed, expires_on=(NOON + timedelta(days=31)).date())
    make_voice(cast.ed, consent=consent, consent_state=ConsentState.RECORDED)
    make_consent(cast.ed, expires_on=NOON.date())  # it covers nothing
    days = []
    for day in (0, 1, 2, 23, 24, 25, 31, 32, 33):
        now = datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=day)
        end_expired_consents(now=now)
        if remind_of_expiry(now=now):
            days.append(day)
    found = Notice.objects.filter(kind__startswith="consent.").order_by("at")
    assert days == [1, 24]
    assert [(one.kind, one.facts.get("days")) for one in found] == [
        ("consent.due", 30), ("consent.due", 7), ("consent.expired", None),
    ]  # fmt: skip
    assert found[0].facts["names"] == "“Marlene”"
    assert "Ana Ruiz" not in str([one.facts for one in found])


def test_a_late_consent_is_reminded_of_once(cast: Cast) -> None:
    consent = make_consent(cast.ed, expires_on=(NOON + timedelta(days=3)).date())
    make_voice(cast.ed, consent=consent, consent_state=ConsentState.EXPIRING)
    assert [remind_of_expiry(now=NOON), remind_of_expiry(now=NOON)] == [1, 0]


def test_a_refused_key_is_told_of_without_its_value(cast: Cast, studio: Studio) -> None:
    key = make_key(cast.ed)
    mark_refused(key=key, message="Althea refused this key.", now=NOON)
    mark_refused(key=key, message="Althea refused this key.", now=NOON)
    assert told(studio.work()) == [("ed", "Althea refused the key Sandbox")]
    facts = str(Notice.objects.get().facts)
    assert (key.prefix in facts, key.last4 in facts) == (False, False)
