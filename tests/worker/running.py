"""A worker in the test's own process."""

from voices.actions.clone.steps import RetryPolicy, WorkerContext
from voices.althea import new_http
from voices.kit.clock import SystemClock
from voices.worker.handlers import Handlers
from voices.worker.loop import Worker


async def work_until_idle() -> None:
    """Everything that is due is done; what is put off stays."""
    clock = SystemClock()
    context = WorkerContext(worker_id="test", policy=RetryPolicy(), now=clock.now)
    async with new_http() as http:
        await Worker(
            handlers=Handlers(http=http, context=context), clock=clock, context=context
        ).run_until_idle()
