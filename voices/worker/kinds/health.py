"""Health checks: a voice's calls are read and its preview is requested, with its steward's key."""

from django.conf import settings

from voices.actions.voice import calls, health_checks
from voices.althea import AltheaClient, AltheaError, KeyRefusedError, ThrottledError
from voices.models import HealthRound, Voice
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread


async def run(row: HealthRound, runtime: Runtime) -> None:
    """Check one voice of the account, and schedule the next check."""
    context, hours = runtime.context, settings.HEALTH_HOURS
    check = await in_orm_thread(health_checks.next_check, row, context, hours=hours)
    if check is None or check.voice.steward is None:
        return
    client = runtime.client(check.voice.steward)
    try:
        await _read_calls(row, runtime, client, check.voice)
        await client.check_preview(check.voice.voice_id)
    except AltheaError as error:
        await in_orm_thread(health_checks.refused, row, context, check, error, hours=hours)
        return
    await in_orm_thread(health_checks.passed, row, context, check, hours=hours)


async def _read_calls(row: HealthRound, runtime: Runtime, client: AltheaClient, voice: Voice) -> None:
    """Store the voice's calls. Raise KeyRefusedError and ThrottledError, which prevent further calls, too."""
    now = runtime.context.now()
    if not calls.are_due(row, now):
        return
    first, last = calls.days_to_read(now)
    try:
        usage = await client.get_call_usage(voice.voice_id, first=first, last=last)
    except (KeyRefusedError, ThrottledError):
        raise
    except AltheaError as error:
        await in_orm_thread(calls.pause_reads, row, runtime.context, error)
        return
    await in_orm_thread(calls.store_calls, voice, usage, now=now)


KIND = JobKind(
    model=HealthRound, load=HealthRound.objects.all, run=run, crashed=health_checks.crashed, slots=4
)
