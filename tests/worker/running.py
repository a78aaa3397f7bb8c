"""A worker in the test's own process."""

from voices.actions.work import RetryPolicy, WorkerContext
from voices.althea import new_http
from voices.kit.clock import SystemClock
from voices.worker.kinds.base import Runtime
from voices.worker.loop import Worker


async def work_until_idle() -> None:
    """Everything that is due is done; what is put off stays."""
    clock = SystemClock()
    context = WorkerContext(worker_id="test", policy=RetryPolicy(), now=clock.now)
    async with new_http() as http:
        await Worker(runtime=Runtime(http=http, context=context), clock=clock).run_until_idle()
