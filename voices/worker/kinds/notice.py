"""A notice: who is told of it."""

from voices.actions.notices import spreading
from voices.models import Notice
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread


async def run(notice: Notice, runtime: Runtime) -> None:
    """Ask for the notice's emails and webhook messages."""
    await in_orm_thread(spreading.spread, notice, runtime.context)


KIND = JobKind(model=Notice, load=Notice.objects.all, run=run, crashed=spreading.crashed, slots=8)
