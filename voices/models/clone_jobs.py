"""The clone job: its states, the moves between them, and the row, which is also its place in the queue.

A voice that is created from a provider's settings is such a job as well, with a definition instead of a recording.
"""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Q

from voices.models.consents import Consent
from voices.models.daily import CloneEnd
from voices.models.keys import AltheaAccount, ApiKey
from voices.models.leases import LeasedQuerySet, LeasedRow
from voices.models.people import Team, User
from voices.models.samples import Sample


class State(models.TextChoices):
    """The state of a job. A job starts as `ready`, or as `held` if a second person has to approve it first."""

    HELD = "held"
    READY = "ready"
    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    CREATED = "created"
    FAILED = "failed"
    CANCELLED = "cancelled"


MOVES: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.READY, State.FAILED, State.CANCELLED}),
    State.READY: frozenset({State.SENDING, State.WAITING, State.CREATED, State.FAILED, State.CANCELLED}),
    State.WAITING: frozenset({State.READY, State.FAILED, State.CANCELLED}),
    State.SENDING: frozenset({State.CREATED, State.UNKNOWN, State.WAITING, State.FAILED}),
    State.UNKNOWN: frozenset({State.CREATED, State.READY, State.FAILED}),
    State.CREATED: frozenset(),
    State.FAILED: frozenset({State.READY, State.HELD, State.CANCELLED}),
    State.CANCELLED: frozenset(),
}
LIVE = (State.READY, State.WAITING, State.SENDING, State.UNKNOWN)
UNDER_WAY = (State.HELD, *LIVE)  # a held job reserves its name, and no worker claims it
_UNSENT = Q(state__in=(State.READY, State.WAITING), in_doubt=False)
ENDED = (State.CREATED, State.FAILED, State.CANCELLED)
# Problems that a retry of the same clone cannot solve: a name that is taken stays taken.
CANNOT_HELP = frozenset({"name_taken", "invalid", "consent_ended", "not_allowed", "not_approved"})


class CloneJobQuerySet(LeasedQuerySet["CloneJob"]):
    """Clone jobs."""

    def holding(self, *, account: AltheaAccount, name: str | None = None) -> "CloneJobQuerySet":
        """Return the jobs that may still create a voice of this name (or of any): in progress, or ended in doubt.

        Otherwise a voice that appears late could be adopted by a newer job with another recording.
        """
        in_doubt = Q(state=State.FAILED, in_doubt=True)
        jobs = self.filter(Q(state__in=UNDER_WAY) | in_doubt, account=account)
        return jobs if name is None else jobs.filter(name=name)

    def clones(self) -> "CloneJobQuerySet":
        """Return the jobs that send a recording, without those that send a provider's settings."""
        return self.filter(provider="")

    def of_month(self, *, team: Team, user: User, since: datetime) -> "CloneJobQuerySet":
        """Return the person's clones that count in the month since then: in progress now, or created in it."""
        created = Q(state=State.CREATED, ended_at__gte=since)
        return self.clones().filter(Q(state__in=UNDER_WAY) | created, team=team, actor=user)

    def unsent(self) -> "CloneJobQuerySet":
        """Return the live jobs that have sent nothing that could become a voice."""
        return self.filter(_UNSENT)

    def sent(self) -> "CloneJobQuerySet":
        """Return the live jobs that may have created a voice, or are about to."""
        return self.live().exclude(_UNSENT)

    def with_parts(self) -> "CloneJobQuerySet":
        """Return the jobs with everything that a step or a page reads, in one query."""
        return self.select_related(
            "key",
            "key__owner",
            "account",
            "sample",
            "consent__statement",
            "team",
            "actor",
            "voice",
            "voice__preview",
            "voice__consent",
        )


class CloneJob(LeasedRow):
    """A request for one voice, made from a recording or from a provider's settings.

    `in_doubt`: a POST may have landed, so a voice of that name is ours to adopt.
    """

    LIVE_STATES = LIVE

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="clone_jobs")
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="clone_jobs")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="clone_jobs")
    account = models.ForeignKey(AltheaAccount, on_delete=models.PROTECT, related_name="clone_jobs")
    # What is sent: a recording, or a provider's settings, which may contain secrets and are sealed for the job.
    sample = models.ForeignKey(
        Sample, null=True, blank=True, on_delete=models.PROTECT, related_name="clone_jobs"
    )
    provider = models.CharField(max_length=40, blank=True)  # its key in a definition
    sealed_definition = models.BinaryField(null=True, blank=True)
    consent = models.ForeignKey(
        Consent, null=True, blank=True, on_delete=models.SET_NULL, related_name="clone_jobs"
    )
    # The deleted or gone voice that this clone is to replace.
    replaces = models.ForeignKey(
        "voices.Voice", null=True, blank=True, on_delete=models.SET_NULL, related_name="reclones"
    )
    # Derived from the form and the submitted values: a repeated submission is the same job, any other a new one.
    form_token = models.UUIDField(unique=True)
    # Of a request by the API that named itself: the token with its Idempotency-Key, whatever else was sent.
    idempotency_key = models.UUIDField(null=True, blank=True, editable=False)
    name = models.CharField(max_length=40)
    description = models.CharField(max_length=240, blank=True)
    language = models.CharField(max_length=10, default="en")
    filename = models.CharField(max_length=200, blank=True)  # of the recording as uploaded this time
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    attempts = models.PositiveSmallIntegerField(default=0)
    sends = models.PositiveSmallIntegerField(default=0)
    lookups = models.PositiveSmallIntegerField(default=0)
    in_doubt = models.BooleanField(default=False)
    absent_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=20, blank=True)
    message = models.CharField(max_length=500, blank=True)
    field_errors = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)  # a failed job that its person has dismissed

    objects: ClassVar[CloneJobQuerySet] = CloneJobQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            # Of two tabs, teammates or servers, only one may be creating a voice of this name.
            models.UniqueConstraint(
                fields=["account", "name"], condition=Q(state__in=UNDER_WAY), name="one_live_job_a_name"
            ),
            models.UniqueConstraint(
                fields=["idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="one_job_an_idempotency_key",
            ),
            models.CheckConstraint(
                condition=Q(sample__isnull=False, provider="") | (Q(sample=None) & ~Q(provider="")),
                name="recording_or_provider",
            ),
        ]
        indexes: ClassVar = [
            # Small and always cached: the worker polls it many times a second.
            models.Index(fields=["due_at"], condition=Q(state__in=LIVE), name="live_jobs_due"),
            models.Index(fields=["team", "-created_at"], name="jobs_of_team"),
            models.Index(fields=["team", "-ended_at", "-id"], name="ended_jobs_of_team"),
            # Few among many created or dismissed ones.
            models.Index(
                fields=["team", "-created_at"],
                condition=Q(state__in=(State.FAILED, State.UNKNOWN), dismissed_at=None),
                name="jobs_that_need_a_hand",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def recording_name(self) -> str:
        """The file name of the recording, for jobs of earlier releases that of the first upload; "" without one."""
        return self.filename or (self.sample.filename if self.sample else "")

    @property
    def is_clone(self) -> bool:
        """Whether it sends a recording, not a provider's settings."""
        return not self.provider

    @property
    def is_under_way(self) -> bool:
        """Whether it has not ended: live, or held until somebody approves it."""
        return self.state in UNDER_WAY

    @property
    def can_be_retried(self) -> bool:
        """Whether retrying the failed job unchanged could succeed."""
        return self.state == State.FAILED and self.problem not in CANNOT_HELP

    def move(self, to: State, *, worker_id: str | None = None, **columns: Any) -> bool:
        """Move the job to a state. Return False if its state is no longer that of this object.

        With `worker_id`, move it only while that worker holds the lease. A final state is counted for its day in the
        same transaction. Raises ValueError off the MOVES table.
        """
        if to not in MOVES[State(self.state)]:
            raise ValueError(f"a clone job does not move from {self.state} to {to}")
        if to not in ENDED and self.state not in ENDED:
            return self._move(to, worker_id, columns)
        with transaction.atomic():
            left = self._end() if self.state in ENDED else None
            if not self._move(to, worker_id, columns):
                return False
            for end, number in ((left, -1), (self._end() if to in ENDED else None, 1)):
                if end is not None:
                    end.count(number)
        return True

    def _move(self, to: State, worker_id: str | None, columns: dict[str, Any]) -> bool:
        if worker_id is not None:
            return self.update_if_held(worker_id, Q(state=self.state), state=to, **columns)
        rows = type(self).objects.filter(pk=self.pk, state=self.state)
        return self._update_one(rows, {"state": to, **columns})

    def _end(self) -> CloneEnd | None:
        """Return how the stored clone ended, locking its row: this object may be outdated."""
        facts = ("team", "state", "problem", "created_at", "ended_at")
        rows = type(self).objects.clones().filter(pk=self.pk).exclude(ended_at=None).select_for_update()
        found = rows.values_list(*facts).first()
        return CloneEnd.of(*found) if found else None
