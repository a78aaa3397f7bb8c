"""What the worker does to a sync run between two calls to Althea; each a transaction, False where another has won."""

from datetime import timedelta

from django.db import transaction

from voices import althea, audit
from voices.actions.clone.steps import OWN_FAULT, WorkerContext
from voices.actions.keys.store import mark_refused
from voices.actions.sync.apply import BATCH, Batch, apply, mark_gone, request_some_previews
from voices.actions.sync.remote_listing import RemoteListing
from voices.actions.sync.runs import ask_sync, is_catalogue_account, key_for
from voices.althea import AltheaError, NotSentError, Problem, ThrottledError
from voices.models import AltheaAccount, Scope, SyncRun, SyncState, Team

MAX_TRIES = 3
MAX_CRASHES = 5
PASSING = {Problem.THROTTLED, Problem.NOT_SENT, Problem.UNKNOWN}
NO_KEY = "No stored key of this team opens this account any more. Add one, then sync again."


def start(run: SyncRun, context: WorkerContext) -> bool:
    """Whether the run may go on, with a key that works. From the first page: what it saw before is not kept."""
    if run.crashes >= MAX_CRASHES:
        end(run, context, state=SyncState.FAILED, problem="crash", message=OWN_FAULT)
        return False
    key = key_for(run)
    if key is None:
        end(run, context, state=SyncState.FAILED, problem=Problem.KEY_REFUSED, message=NO_KEY)
        return False
    fresh = {"state": SyncState.RUNNING, "started_at": context.now(), "pages": 0, "unchanged": 0}
    return run.take(worker_id=context.worker_id, key=key, **fresh)


def keep_pages(run: SyncRun, context: WorkerContext, batch: Batch, *, pages: int) -> bool:
    """Whether the voices of some pages and the run's progress are written; huge pages in several transactions."""
    for first in range(0, len(batch.voices) or 1, BATCH):
        part = Batch(batch.voices[first : first + BATCH], batch.position + first, batch.asked_at)
        if not apply(run, part, worker_id=context.worker_id, now=context.now(), pages=pages):
            return False
    return True


def keep_limit(run: SyncRun, context: WorkerContext, account: althea.Account) -> bool:
    """Whether the account's limit of voices is now as Althea tells it; not where it tells of another account."""
    rows = AltheaAccount.objects.filter(pk=run.account_id, account_id=account.account_id)
    return rows.update(allowed_voices=account.allowed_voices, read_at=context.now()) > 0


def finish(run: SyncRun, context: WorkerContext, listing: RemoteListing) -> bool:
    """Whether the run is now done: what its list did not name is marked as gone, if the list can be trusted."""
    gone = 0 if listing.doubt else mark_gone(run, listing.seen, now=context.now())
    # Added or changed by an earlier try of this run, these were met again as unchanged.
    return end(run, context, state=SyncState.DONE, message=listing.doubt, gone=run.gone + gone)


def request_previews(run: SyncRun, context: WorkerContext) -> int:
    """How many previews are now wished for; after the run, which they would make wait, and made up for by the next."""
    wished = 0
    while found := request_some_previews(run, now=context.now()):
        wished += found
    return wished


def end(run: SyncRun, context: WorkerContext, *, state: SyncState, **facts: object) -> bool:
    """Whether the run has ended now; one audit line tells of all its changes, and the catalogue comes next."""
    facts = {"problem": "", "message": "", **facts, "ended_at": context.now(), "lease_until": None}
    with transaction.atomic():
        if not run.take(worker_id=context.worker_id, state=state, **facts):
            return False
        counts = {"added": run.added, "changed": run.changed, "gone": run.gone}
        if any(counts.values()):
            audit.record(actor=run.wanted_by, team=run.team, verb="sync.done", thing=run, **counts)
        if state == SyncState.DONE and run.scope == Scope.PRIVATE:
            _ask_catalogue(run, context)
    return True


def _ask_catalogue(run: SyncRun, context: WorkerContext) -> None:
    # Read anew: somebody may have chosen while the run was on its way.
    chosen = Team.objects.filter(pk=run.team_id, sync_catalogue=True).exists()
    if run.key is not None and chosen and is_catalogue_account(run):
        ask_sync(team=run.team, key=run.key, now=context.now(), wanted_by=run.wanted_by, scope=Scope.PUBLIC)


def failed(run: SyncRun, context: WorkerContext, error: AltheaError) -> bool:
    """Whether the run is put off (twice at most, where the problem may pass) or ended with Althea's words."""
    hopeless = isinstance(error, NotSentError) and error.permanent
    attempts = run.attempts + 1
    if error.problem in PASSING and not hopeless and attempts < MAX_TRIES:
        seconds = context.policy.retries[min(attempts, len(context.policy.retries)) - 1]
        if isinstance(error, ThrottledError):
            seconds = error.retry_after_seconds
        return put_off(run, context, seconds=seconds, attempts=attempts, message=error.message[:500])
    if isinstance(error, althea.KeyRefusedError) and run.key is not None:
        mark_refused(key=run.key, message=error.message, now=context.now(), team=run.team)
    return end(run, context, state=SyncState.FAILED, problem=error.problem, message=error.message[:500])


def put_off(run: SyncRun, context: WorkerContext, *, seconds: float = 0.0, **facts: object) -> bool:
    """Whether the run is back in the queue, to start over in so many seconds."""
    due = context.now() + timedelta(seconds=seconds)
    return run.take(
        worker_id=context.worker_id, state=SyncState.QUEUED, due_at=due, lease_until=None, **facts
    )


def crashed(run: SyncRun, context: WorkerContext) -> bool:
    """Whether the run was put off after an error of our own; the fifth one ends it."""
    return put_off(run, context, seconds=context.policy.crash, crashes=run.crashes + 1)
