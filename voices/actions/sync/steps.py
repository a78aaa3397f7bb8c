"""What the worker does to a sync run between two calls to Althea; each step is one transaction."""

from django.db import transaction

from voices import althea, audit
from voices.actions.keys.verdicts import mark_working, record_verdict
from voices.actions.sync.apply import BATCH, Batch, apply, mark_gone, request_some_previews
from voices.actions.sync.remote_listing import RemoteListing
from voices.actions.sync.runs import ask_sync, is_catalogue_account, key_for
from voices.actions.work import MAX_CRASHES, WorkerContext, own_fault
from voices.althea import AltheaError, NotSentError, Problem
from voices.models import AltheaAccount, Scope, SyncRun, SyncState, Team

MAX_TRIES = 3
PASSING = {Problem.THROTTLED, Problem.NOT_SENT, Problem.UNKNOWN}
NO_KEY = "This team no longer has a key for this account. Add one, then sync again."
OWN_FAULT = own_fault(".")


def start(run: SyncRun, context: WorkerContext) -> bool:
    """Start a claimed run with a key that works, at the first page: what it saw before is not stored.

    Return False if someone else won.
    """
    if run.crashes >= MAX_CRASHES:
        end(run, context, state=SyncState.FAILED, problem="crash", message=OWN_FAULT)
        return False
    key = key_for(run)
    if key is None:
        end_without_key(run, context)
        return False
    fresh = {"state": SyncState.RUNNING, "started_at": context.now(), "pages": 0, "unchanged": 0}
    return run.update_if_held(context.worker_id, key=key, **fresh)


def store_pages(run: SyncRun, context: WorkerContext, batch: Batch, *, pages: int) -> bool:
    """Store the voices of some pages and the run's progress, huge pages in several transactions.

    Return False if someone else won.
    """
    for first in range(0, len(batch.voices) or 1, BATCH):
        part = Batch(batch.voices[first : first + BATCH], batch.position + first, batch.asked_at)
        if not apply(run, part, worker_id=context.worker_id, now=context.now(), pages=pages):
            return False
    return True


def trust_again(run: SyncRun, context: WorkerContext, account: althea.Account) -> bool:
    """Mark the run's refused key as working again. Return False, and end the run, if it opens another account."""
    if run.key is None or run.account.account_id != account.account_id:
        end_without_key(run, context)
        return False
    mark_working(key=run.key, account_id=account.account_id, now=context.now(), team=run.team)
    return True


def end_without_key(run: SyncRun, context: WorkerContext) -> bool:
    """End a run that has no key to read with. Return False if someone else won."""
    return end(run, context, state=SyncState.FAILED, problem="no_key", message=NO_KEY)


def store_limit(run: SyncRun, context: WorkerContext, account: althea.Account) -> bool:
    """Store the account's limit of voices. Return False if the answer is about another account."""
    rows = AltheaAccount.objects.filter(pk=run.account_id, account_id=account.account_id)
    return rows.update(allowed_voices=account.allowed_voices, read_at=context.now()) > 0


def finish(run: SyncRun, context: WorkerContext, listing: RemoteListing) -> bool:
    """Mark the run done, and as gone what its list did not name if the list can be trusted.

    Return False if someone else won.
    """
    gone = 0 if listing.doubt else mark_gone(run, listing.seen, now=context.now())
    # Added or changed by an earlier try of this run, these were seen again as unchanged.
    return end(run, context, state=SyncState.DONE, message=listing.doubt, gone=run.gone + gone)


def request_previews(run: SyncRun, context: WorkerContext) -> int:
    """Request the previews that are missing, and return how many. After the run, which they would delay."""
    total = 0
    while count := request_some_previews(run, now=context.now()):
        total += count
    return total


def end(run: SyncRun, context: WorkerContext, *, state: SyncState, **columns: object) -> bool:
    """End the run, with one audit entry for all its changes; the catalogue comes next.

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
            _ask_catalogue(run, context)
    return True


def _ask_catalogue(run: SyncRun, context: WorkerContext) -> None:
    # Read again: somebody may have chosen while the run was under way.
    chosen = Team.objects.filter(pk=run.team_id, sync_catalogue=True).exists()
    if run.key is not None and chosen and is_catalogue_account(run):
        ask_sync(team=run.team, key=run.key, now=context.now(), wanted_by=run.wanted_by, scope=Scope.PUBLIC)


def failed(run: SyncRun, context: WorkerContext, error: AltheaError) -> bool:
    """Put the run off (twice at most, where the problem may pass), or end it with Althea's message.

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
    """Return the run to the queue, to start over in so many seconds. Return False if someone else won."""
    return run.update_if_held(context.worker_id, state=SyncState.QUEUED, **context.due_in(seconds), **columns)


def crashed(run: SyncRun, context: WorkerContext) -> bool:
    """Put the run off after an error of our own; the fifth one ends it. Return False if someone else won."""
    return put_off(run, context, seconds=context.policy.crash, crashes=run.crashes + 1)
