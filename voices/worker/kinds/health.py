"""The check of a voice: its preview is asked for with the voice's steward key, and not read."""

from django.conf import settings

from voices.actions.voice import probing
from voices.althea import AltheaError
from voices.models import HealthRound
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread


async def run(row: HealthRound, runtime: Runtime) -> None:
    """Check one voice of the account, and put the next one off."""
    context, hours = runtime.context, settings.HEALTH_HOURS
    check = await in_orm_thread(probing.next_check, row, context, hours=hours)
    if check is None or check.voice.steward is None:
        return
    try:
        await runtime.client(check.voice.steward).check_preview(check.voice.voice_id)
    except AltheaError as error:
        await in_orm_thread(probing.refused, row, context, check, error, hours=hours)
        return
    await in_orm_thread(probing.passed, row, context, check, hours=hours)


KIND = JobKind(model=HealthRound, load=HealthRound.objects.all, run=run, crashed=probing.crashed, slots=4)
