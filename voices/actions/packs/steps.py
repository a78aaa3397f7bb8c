"""The worker's steps of an import: it submits one voice after another, then follows their jobs to the end.

Every step is one conditional UPDATE, with its records, in one transaction; it returns False if someone else won.
"""

from django.db import transaction

from voices import audit
from voices.access import Verb, may
from voices.actions.packs.finishing import finish_voice
from voices.actions.packs.receiving import drop_file
from voices.actions.packs.reviewing import Review, review_pack
from voices.actions.work import MAX_CRASHES, WorkerContext, internal_error_message
from voices.models import (
    UNDER_WAY,
    CloneJob,
    Membership,
    PackImport,
    PackImportRow,
    PackRowState,
    PackState,
    State,
)

POLL_SECONDS, HELD_SECONDS = 2.0, 60.0
NO_ROLE = "Your role in this team no longer allows this, so the rest wasn't imported."
NO_PERSON = "The person who started this import has left the team, so the rest wasn't imported."
FILE_LOST = "The stored pack is missing, so the rest wasn't imported. Upload it again."
NO_KEY = "The key for this import has been removed. Upload the pack again and choose another key."
JOB_GONE = "Its clone is no longer stored."
CANCELLED = "The clone was cancelled."
INTERNAL_ERROR = internal_error_message(", so the rest wasn't imported.")


def start(pack: PackImport, context: WorkerContext) -> bool:
    """Start or continue a claimed import. Return False if it has ended or someone else won."""
    if pack.crashes >= MAX_CRASHES:
        end(pack, context, message=INTERNAL_ERROR)
        return False
    return pack.update_if_held(context.worker_id, state=PackState.RUNNING)


def put_off(pack: PackImport, context: WorkerContext, *, seconds: float = 0.0, **columns: object) -> bool:
    """Return the import to the queue, due after `seconds`. Return False if someone else won."""
    return pack.update_if_held(context.worker_id, **context.due_in(seconds), **columns)


def crashed(pack: PackImport, context: WorkerContext) -> bool:
    """Put the import off after an internal error; the fifth one ends it. Return False if someone else won."""
    return put_off(pack, context, seconds=context.policy.crash, crashes=pack.crashes + 1)


def end(pack: PackImport, context: WorkerContext, *, message: str = "") -> bool:
    """End the import; with a message it is stopped, and all waiting items fail with that message.

    Return False if someone else won.
    """
    state = PackState.STOPPED if message else PackState.DONE
    with transaction.atomic():
        if not pack.update_if_held(context.worker_id, state=state, message=message[:500], **context.ended()):
            return False
        waiting = pack.rows.filter(state=PackRowState.WAITING)
        waiting.update(state=PackRowState.FAILED, message=message[:500])
        if not pack.rows.filter(state=PackRowState.FAILED).exists():
            drop_file(pack, context.now())  # nothing is left to retry
    return True


def acting_member(pack: PackImport, context: WorkerContext) -> Membership | None:
    """Return the importer's membership if their role still allows importing; else end the import."""
    found = Membership.objects.select_related("team", "user").filter(team=pack.team_id, user=pack.actor_id)
    member = found.filter(user__is_active=True).first()
    if member is not None and may(member, Verb.CLONE):
        return member
    end(pack, context, message=NO_PERSON if member is None else NO_ROLE)
    return None


# --- sending -----------------------------------------------------------------------------------------


def has_waiting(pack: PackImport) -> bool:
    """Whether any voice is still to be submitted."""
    return pack.rows.filter(state=PackRowState.WAITING).exists()


def next_review(pack: PackImport, context: WorkerContext) -> Review | None:
    """Return the review of the next row; None if there is none, or the worker has lost the import."""
    if not pack.update_if_held(context.worker_id, crashes=pack.crashes):
        return None
    if pack.key is None or pack.key.account is None:
        end(pack, context, message=NO_KEY)
        return None
    row = pack.rows.filter(state=PackRowState.WAITING).first()
    return review_pack(pack, [row], key=pack.key, now=context.now())[0] if row else None


# --- following ---------------------------------------------------------------------------------------


def follow(pack: PackImport, context: WorkerContext) -> bool:
    """Settle the rows whose jobs have ended; end the import, or put it off. Return False if someone else won."""
    member = acting_member(pack, context)
    if member is None:
        return False
    rows = list(pack.rows.filter(state=PackRowState.SENT).select_related("job__voice"))
    pending = [row for row in rows if not _settle(row, member, context)]
    if not pending:
        return end(pack, context)
    is_held = all(row.job is not None and row.job.state == State.HELD for row in pending)
    return put_off(pack, context, seconds=HELD_SECONDS if is_held else POLL_SECONDS)


def _settle(row: PackImportRow, member: Membership, context: WorkerContext) -> bool:
    """Settle a row whose job has ended. Return False if it has not."""
    job = row.job
    if job is not None and job.state in UNDER_WAY:
        return False
    if job is None or job.state != State.CREATED:
        row.move(PackRowState.FAILED, message=_why_not(job))
        return True
    voice = getattr(job, "voice", None)
    remarks = finish_voice(member=member, row=row, voice=voice, now=context.now()) if voice else []
    with transaction.atomic():
        if row.move(PackRowState.MADE, voice=voice, message=" ".join(remarks)[:500]) and voice is not None:
            facts = {"pack": str(row.pack_id), "source": str(row.source)}
            audit.record_by(member, "voice.imported", voice, **facts)
    return True


def _why_not(job: CloneJob | None) -> str:
    if job is None:
        return JOB_GONE
    return job.message or CANCELLED
