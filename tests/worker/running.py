"""A worker in the test's own process, at a pace for tests."""

from voices.actions.clone_steps import Pace, Step
from voices.althea import new_http
from voices.kit.clock import SystemClock
from voices.worker.handlers import Handlers
from voices.worker.loop import Worker


async def work_until_idle(*, pace: float = 0.01) -> None:
    """Everything that is due is done; what is put off stays."""
    clock = SystemClock()
    step = Step(holder="test", pace=Pace(lease=60).scaled(1), now=clock.now)
    async with new_http() as http:
        await Worker(handlers=Handlers(http=http, step=step), clock=clock, step=step).run_until_idle()
