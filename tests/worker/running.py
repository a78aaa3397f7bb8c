"""A worker in the test's own process."""

from voices.actions.clone.steps import Pace, Step
from voices.althea import new_http
from voices.kit.clock import SystemClock
from voices.worker.handlers import Handlers
from voices.worker.loop import Worker


async def work_until_idle() -> None:
    """Everything that is due is done; what is put off stays."""
    clock = SystemClock()
    step = Step(holder="test", pace=Pace(), now=clock.now)
    async with new_http() as http:
        await Worker(handlers=Handlers(http=http, step=step), clock=clock, step=step).run_until_idle()
