"""The worker's steps of a sync run, between the calls to Althea; each is one transaction."""

from django.db import transaction

from voices import althea, audit
from voices.actions.keys.verdicts import mark_working, record_verdict
from voices.actions.sync.apply import BATCH, Batch, apply, mark_gone, request_some_previews
from voices.actions.sync.remote_listing import RemoteListing
from voices.actions.sync.runs import is_catalogue_account, key_for, request_sync
from voices.actions.work import MAX_CRASHES, WorkerContext, internal_error_message
from voices.althea import AltheaError, NotSentError, Problem
from voices.models import AltheaAccount, Scope, SyncRun, SyncState, Team

MAX_TRIES = 3
PASSING = {Problem.THROTTLED, Problem.NOT_SENT, Problem.UNKNOWN}
NO_KEY = "This team no longer has a key for this account. Add one, then sync again."
INTERNAL_ERROR = internal_error_message(".")


def start(run: SyncRun, context: WorkerContext) -> bool:
    """Start a claimed run with a working key, at the first page: earlier progress is not stored.

    Return False if someone else won.
    """
    if run.crashes >= MAX_CRASHES:
        end(run, context, state=SyncState.FAILED, problem="crash", message=INTERNAL_ERROR)
        return False
    key = key_for(run)
    if key is None:
        end_without_key(run, context)
        return False
    fresh = {"state": SyncState.RUNNING, "started_at": context.now(), "pages": 0, "unchanged": 0}
    return run.update_if_held(context.worker_id, key=key, **fresh)


def store_pages(run: SyncRun, context: WorkerContext, batch: Batch, *, pages: int) -> bool:
    """Store the voices of some pages and the run's progress; large pages take several transactions.

    Return False if someone else won.
    """
    for first in range(0, len(batch.voices) or 1, BATCH):
        part = Batch(batch.voices[first : first + BATCH], batch.position + first, batch.asked_at)
        if not apply(run, part, worker_id=context.worker_id, now=context.now(), pages=pages):
            return False
    return True


def accept_key_again(run: SyncRun, context: WorkerContext, account: althea.Account) -> bool:
    """Mark the run's refused key working. Return False, and end the run, if it opens another account."""
    if run.key is None or run.account.account_id != account.account_id:
        end_without_key(run, context)
        return False
    mark_working(key=run.key, account_id=account.account_id, now=context.now(), team=run.team)
    return True


def end_without_key(run: SyncRun, context: WorkerContext) -> bool:
    """End a run without a usable key. Return False if someone else won."""
    return end(run, context, state=SyncState.FAILED, problem="no_key", message=NO_KEY)


def store_limit(run: SyncRun, context: WorkerContext, account: althea.Account) -> bool:
    """Store the account's voice limit. Return False if the response is about another account."""
    rows = AltheaAccount.objects.filter(pk=run.account_id, account_id=account.account_id)
    return rows.update(allowed_voices=account.allowed_voices, read_at=context.now()) > 0


def finish(run: SyncRun, context: WorkerContext, listing: RemoteListing) -> bool:
    """Mark the run done, and unlisted voices as gone if the list can be trusted.

    Return False if someone else won.
    """
    gone = 0 if listing.doubt else mark_gone(run, listing.seen, now=context.now())
    # Voices added or changed by an earlier attempt of this run were now counted as unchanged.
    return end(run, context, state=SyncState.DONE, message=listing.doubt, gone=run.gone + gone)


def request_previews(run: SyncRun, context: WorkerContext) -> int:
    """Request missing previews and return how many. Done after the run, which it would delay."""
    total = 0
    while count := request_some_previews(run, now=context.now()):
        total += count
    return total


def end(run: SyncRun, context: WorkerContext, *, state: SyncState, **columns: object) -> bool:
    """End the run, with one audit entry for all its changes, and request the catalogue's sync.

    Return False if someone else won.
    """
    columns = {"problem": "", "message": "", **columns, **context.ended()}
    with transaction.atomic():
        if not run.update_if_held(context.worker_id, state=state, **columns):
            return False
        counts = {"added": run.added, "changed": run.changed, "gone": run.gone}
        if any(counts.values()):
            audit.record(actor=run.wanted_by, team=run.team, verb="sync.done", thing=run, **counts)
        if state == SyncState.DONE and run.scope == Scope.PRIVATE:
            _request_catalogue(run, context)
    return True


def _request_catalogue(run: SyncRun, context: WorkerContext) -> None:
    # Read again: the setting may have changed during the run.
    chosen = Team.objects.filter(pk=run.team_id, sync_catalogue=True).exists()
    if run.key is not None and chosen and is_catalogue_account(run):
        request_sync(
            team=run.team, key=run.key, now=context.now(), wanted_by=run.wanted_by, scope=Scope.PUBLIC
        )


def failed(run: SyncRun, context: WorkerContext, error: AltheaError) -> bool:
    """Put the run off, at most twice and for a temporary problem, or end it with Althea's message.

    Return False if someone else won.
    """
    hopeless = isinstance(error, NotSentError) and error.permanent
    attempts = run.attempts + 1
    if error.problem in PASSING and not hopeless and attempts < MAX_TRIES:
        seconds = context.policy.wait_after(error, attempts)
        return put_off(run, context, seconds=seconds, attempts=attempts, message=error.message[:500])
    if run.key is not None:
        record_verdict(key=run.key, error=error, now=context.now(), team=run.team)
    return end(run, context, state=SyncState.FAILED, problem=error.problem, message=error.message[:500])


def put_off(run: SyncRun, context: WorkerContext, *, seconds: float = 0.0, **columns: object) -> bool:
    """Return the run to the queue, to start over after `seconds`. Return False if someone else won."""
    return run.update_if_held(context.worker_id, state=SyncState.QUEUED, **context.due_in(seconds), **columns)


def crashed(run: SyncRun, context: WorkerContext) -> bool:
    """Put the run off after an internal error; the fifth one ends it. Return False if someone else won."""
    return put_off(run, context, seconds=context.policy.crash, crashes=run.crashes + 1)
