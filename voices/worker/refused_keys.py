"""Testing a refused key again after it has made a successful call."""

from contextlib import suppress

from voices.actions.keys.verdicts import mark_working
from voices.actions.work import WorkerContext
from voices.althea import AltheaClient, AltheaError
from voices.models import ApiKey, KeyState, Team
from voices.worker.threads import in_orm_thread


async def test_refused_key(key: ApiKey, client: AltheaClient, context: WorkerContext, *, team: Team) -> None:
    """Mark the key as working again if it was refused and its account now answers."""
    if key.state != KeyState.REFUSED:
        return
    with suppress(AltheaError):
        account = await client.get_account()
        await in_orm_thread(
            mark_working, key=key, account_id=account.account_id, now=context.now(), team=team
        )
