"""The fan-out of a notice."""

from voices.actions.notices import fan_out
from voices.models import Notice
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread


async def run(notice: Notice, runtime: Runtime) -> None:
    """Queue the notice's emails and webhook messages."""
    await in_orm_thread(fan_out.fan_out, notice, runtime.context)


KIND = JobKind(model=Notice, load=Notice.objects.all, run=run, crashed=fan_out.crashed, slots=8)
