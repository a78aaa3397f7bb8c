"""Consents: whose voice a recording has, what the speaker agreed to, and until when."""

import hashlib
import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q

from voices.models.append_only import AppendOnly, AppendOnlyQuerySet
from voices.models.people import Team, User
from voices.models.samples import Sample
from voices.models.shipped_statements import SHIPPED_STATEMENTS

EXPIRES_SOON = timedelta(days=30)


class Basis(models.TextChoices):
    """Why a voice may be cloned, as stated by the person who sends the recording."""

    OWN = "own", "Mine"
    AGREED = "agreed", "Somebody’s who agreed"
    MADE = "made", "Nobody’s: it was generated"


class Relation(models.TextChoices):
    """The speaker's relation to the team."""

    EMPLOYEE = "employee", "Employee"
    CONTRACTOR = "contractor", "Contractor"
    ACTOR = "actor", "Voice actor"
    CUSTOMER = "customer", "Customer"
    RELATIVE = "relative", "Relative"
    OTHER = "other", "Other"


class ConsentState(models.TextChoices):
    """Whether consent covers a voice; stored on the voice for lists (`Voice.consent_state`)."""

    MISSING = "missing", "Not recorded"
    RECORDED = "recorded", "Recorded"
    EXPIRING = "expiring", "Expires within 30 days"
    ENDED = "ended", "Withdrawn or expired"


class ConsentStatementQuerySet(AppendOnlyQuerySet["ConsentStatement"]):
    """Versions of the statement."""

    def current(self, team: Team) -> dict[str, "ConsentStatement"]:
        """Return the team's current statement of each language, by language code; one query.

        Where the team has none, an unsaved first version of the shipped text: `stored` saves it once it is agreed to.
        """
        newer = self.filter(team=team, language=OuterRef("language"), version__gt=OuterRef("version"))
        kept = self.filter(~Exists(newer), team=team)
        shipped = (
            ConsentStatement(team=team, language=language, version=1, text=text)
            for language, text in SHIPPED_STATEMENTS.items()
        )
        found = {one.language: one for one in shipped} | {one.language: one for one in kept}
        return dict(sorted(found.items(), key=lambda pair: (pair[0] != "en", pair[0])))

    def stored(self, statement: "ConsentStatement", now: datetime) -> "ConsentStatement":
        """Return the stored row of a current statement, saving the shipped text at its first use."""
        if not statement._state.adding:
            return statement
        row, _ = self.get_or_create(
            team=statement.team,
            language=statement.language,
            version=statement.version,
            defaults={"text": statement.text, "written_at": now},
        )
        return row


class ConsentStatement(AppendOnly):
    """A version of a team's consent statement in one language, written as the speaker says it.

    `written_by` is null for the text that ships with Voice Studio. A change makes a new version; all stay readable.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="consent_statements")
    language = models.CharField(max_length=35)
    version = models.PositiveIntegerField()
    text = models.TextField()
    written_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    written_at = models.DateTimeField()

    objects: ClassVar[ConsentStatementQuerySet] = ConsentStatementQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "language", "version"], name="one_text_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.language}, version {self.version}"

    @property
    def reference(self) -> str:
        """The reference by which a form names the version that it showed: `en.3`."""
        return f"{self.language}.{self.version}"

    @property
    def sha256(self) -> str:
        """The hash of the text in UTF-8, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class ConsentQuerySet(AppendOnlyQuerySet["Consent"]):
    """Consents, which change by withdrawal alone."""

    def withdraw(self, *, by: User, reason: str, now: datetime) -> int:
        """Mark those not yet withdrawn, and return how many. A consent has no other change."""
        columns = {
            "withdrawn_at": now,
            "withdrawn_by": by,
            "withdrawn_by_name": by.shown_name,
            "withdrawal_reason": reason,
        }
        return models.QuerySet.update(self.filter(withdrawn_at=None), **columns)

    def quarantine(self, sample: Sample, now: datetime) -> bool:
        """Whether nobody may play the recording: all consents for it, its edits, or spoken in it have ended."""
        source = sample.source
        about = Q(sample=source) | Q(sample__parent=source) | Q(spoken=sample)
        found = list(self.filter(about))
        return bool(found) and all(one.has_ended(now) for one in found)


class Consent(AppendOnly):
    """What a person stated about whose voice a recording or a voice holds. Never changed, except by withdrawal.

    `sample` is null for a voice that was not cloned here. `statement` is what the speaker agreed to; null for a
    generated voice, and where it was recorded by an earlier release. The hashes are those of the recording as it came
    and as it is sent; `spoken` is a recording of the speaker who says the statement. It holds to the end of
    `expires_on`, in UTC.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="consents")
    sample = models.ForeignKey(
        Sample, null=True, blank=True, on_delete=models.RESTRICT, related_name="consents"
    )
    basis = models.CharField(max_length=10, choices=Basis)
    speaker = models.CharField(max_length=120, blank=True)  # who agreed
    relation = models.CharField(max_length=12, choices=Relation, blank=True)
    proof = models.CharField(
        max_length=200, blank=True
    )  # a reference, such as a link or the number of a contract
    statement = models.ForeignKey(
        ConsentStatement, null=True, blank=True, on_delete=models.RESTRICT, related_name="consents"
    )
    spoken = models.ForeignKey(
        Sample, null=True, blank=True, on_delete=models.RESTRICT, related_name="spoken_consents"
    )
    received_sha256 = models.CharField(max_length=64, blank=True)
    sent_sha256 = models.CharField(max_length=64, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    stated_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="consents")
    stated_by_name = models.CharField(max_length=120, blank=True)
    stated_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    withdrawn_by_name = models.CharField(max_length=120, blank=True)
    withdrawal_reason = models.CharField(max_length=300, blank=True)

    objects: ClassVar[ConsentQuerySet] = ConsentQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["expires_on"], condition=Q(expires_on__isnull=False), name="consents_that_expire"
            ),
        ]

    def __str__(self) -> str:
        if self.basis == Basis.AGREED:
            return f"{self.speaker} consented" + (f", proof: {self.proof}" if self.proof else "")
        return "Their own voice" if self.basis == Basis.OWN else "Synthetic voice"

    @property
    def expires_at(self) -> datetime | None:
        """The moment at which it expires; None if it does not."""
        if self.expires_on is None:
            return None
        return datetime.combine(self.expires_on + timedelta(days=1), time(), UTC)

    def has_ended(self, now: datetime) -> bool:
        """Whether it was withdrawn or has expired."""
        return self.withdrawn_at is not None or (self.expires_at is not None and now >= self.expires_at)

    def state(self, now: datetime) -> ConsentState:
        """Return the state that it gives a voice at that time."""
        if self.has_ended(now):
            return ConsentState.ENDED
        is_soon = self.expires_at is not None and self.expires_at <= now + EXPIRES_SOON
        return ConsentState.EXPIRING if is_soon else ConsentState.RECORDED


def last_day_that_expires_soon(now: datetime) -> date:
    """Return the latest `expires_on` of consents that count as expiring soon."""
    return (now.astimezone(UTC) + EXPIRES_SOON).date() - timedelta(days=1)


class ConsentReminder(models.Model):
    """A reminder that was sent `days` before a consent ends."""

    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="reminders", db_index=False)
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consent", "days"], name="one_reminder_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.days} days before"


class VoiceDeletion(AppendOnly):
    """The proof that a voice was deleted at Althea: which one, when, and the HTTP status of the response.

    It stays even if a sync restores the voice's row because Althea lists the voice again.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="voice_deletions")
    voice = models.ForeignKey("voices.Voice", on_delete=models.RESTRICT, related_name="deletions")
    consent = models.ForeignKey(
        Consent, null=True, blank=True, on_delete=models.RESTRICT, related_name="voice_deletions"
    )
    voice_id_at_althea = models.CharField(max_length=64)
    account_name = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField(null=True)  # 404 or 410: it was already gone
    deleted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    deleted_by_name = models.CharField(max_length=120, blank=True)
    deleted_at = models.DateTimeField()

    objects: ClassVar[AppendOnlyQuerySet["VoiceDeletion"]] = AppendOnlyQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    def __str__(self) -> str:
        return f"{self.voice_id_at_althea} deleted"


class ReceiptKey(AppendOnly):
    """The public key of a present or former signing key, kept so that old receipts can be verified."""

    key_id = models.CharField(max_length=64, unique=True)  # its thumbprint, RFC 7638
    public_key = models.CharField(max_length=64)  # 32 bytes in base64url, as a JSON Web Key has them
    first_used_at = models.DateTimeField()

    objects: ClassVar[AppendOnlyQuerySet["ReceiptKey"]] = AppendOnlyQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    def __str__(self) -> str:
        return self.key_id
