"""Clones: the name is looked up, the recording sent once, and an unknown outcome looked up again.

Voices from a provider's settings work the same way, with the settings instead of a recording.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import BinaryIO, cast

from django.views.decorators.debug import sensitive_variables

from voices.actions.clone import steps
from voices.actions.clone.submit import kept_note
from voices.actions.files import MissingFileError, open_file
from voices.actions.voice.create import definition_of
from voices.actions.work import MAX_CRASHES, WorkerContext
from voices.althea import AltheaClient, AltheaError, KeyRefusedError, SampleFile, UnknownOutcomeError
from voices.althea import Voice as AltheaVoice
from voices.kit.sealing import SealError
from voices.models import CloneJob, KeyState, Sample, State
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.refused_keys import test_refused_key
from voices.worker.threads import in_orm_thread

logger = logging.getLogger(__name__)
KEY_REMOVED = "The key for this clone has been removed. Start the clone again with another key."
RECORDING_LOST = (
    "The stored recording is missing, so nothing was sent. Choose the recording again and send it."
)
WORKER_DIED = "The worker stopped in the middle of the call."
SETTINGS_LOST = "The stored settings can't be decrypted, so nothing was sent. Enter them again in a new form."
LOOKUP_SECONDS = 60.0  # for all pages of a look-up, of which each has its own deadline


async def run(job: CloneJob, runtime: Runtime) -> None:
    """Process a clone job as far as possible now."""
    context = runtime.context
    if not job.is_live:
        return  # cancelled between the claim and the load
    if job.state == State.SENDING:
        # Its worker died during the call, so the voice may exist: look it up first.
        await in_orm_thread(steps.mark_unknown, job, context, message=WORKER_DIED)
    elif job.crashes >= MAX_CRASHES:
        await in_orm_thread(steps.give_up, job, context)
    elif job.key is None or job.key.state == KeyState.REMOVED:
        await in_orm_thread(
            steps.fail, job, context, problem="key_refused", message=KEY_REMOVED + kept_note(job)
        )
    elif job.state == State.UNKNOWN:
        await _look_again(job, context, runtime.client(job.key))
    else:
        client = runtime.client(job.key)
        if await in_orm_thread(steps.start, job, context):
            await _look_and_send(job, context, client)


async def _find(job: CloneJob, client: AltheaClient) -> AltheaVoice | None:
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            return await client.find_by_name(job.name)
    except TimeoutError as problem:
        raise UnknownOutcomeError("Althea's list of voices took too long.") from problem


async def _look_again(job: CloneJob, context: WorkerContext, client: AltheaClient) -> None:
    try:
        found = await _find(job, client)
    except KeyRefusedError as error:
        await in_orm_thread(steps.fail_with, job, context, error)
        return
    except AltheaError as error:
        logger.info("Looking for the voice of job %s failed: %s", job.pk, error.message)
        await in_orm_thread(steps.not_found, job, context, was_answered=False)
        return
    if found is None:
        await in_orm_thread(steps.not_found, job, context, was_answered=True)
    else:
        await _finish(job, found, context, client, adopted=True)


async def _finish(
    job: CloneJob, voice: AltheaVoice, context: WorkerContext, client: AltheaClient, *, adopted: bool
) -> None:
    await in_orm_thread(steps.finish_created, job, voice, context, adopted=adopted)
    if job.key is not None:
        await test_refused_key(job.key, client, context, team=job.team)


async def _look_and_send(job: CloneJob, context: WorkerContext, client: AltheaClient) -> None:
    try:
        found = await _find(job, client)
    except AltheaError as error:
        await in_orm_thread(steps.lookup_failed, job, context, error)
        return
    if found is None:
        await (_send_recording if job.is_clone else _send_definition)(job, context, client)
    elif job.in_doubt:
        await _finish(job, found, context, client, adopted=True)
    else:
        await in_orm_thread(steps.fail_name_taken, job, context)


async def _send_recording(job: CloneJob, context: WorkerContext, client: AltheaClient) -> None:
    recording = cast(Sample, job.sample)
    try:
        stored = await asyncio.to_thread(open_file, recording.file)
    except MissingFileError:
        await in_orm_thread(steps.fail, job, context, problem="recording_lost", message=RECORDING_LOST)
        return
    with stored as file:
        sample = SampleFile(
            file=cast(BinaryIO, file),
            filename=f"sample.{recording.sent_container}",
            content_type=recording.content_type,
            size=recording.sent_size_bytes,
        )
        texts = {"name": job.name, "description": job.description, "language": job.language}
        await _send(job, context, client, lambda: client.clone_voice(sample=sample, **texts))


@sensitive_variables()
async def _send_definition(job: CloneJob, context: WorkerContext, client: AltheaClient) -> None:
    try:
        definition = await asyncio.to_thread(definition_of, job)
    except SealError:
        await in_orm_thread(steps.fail, job, context, problem="settings_lost", message=SETTINGS_LOST)
        return
    texts = {"description": job.description or None, "primary_language": job.language or None}
    await _send(
        job, context, client, lambda: client.create_voice(name=job.name, definition=definition, **texts)
    )


async def _send(
    job: CloneJob, context: WorkerContext, client: AltheaClient, post: Callable[[], Awaitable[AltheaVoice]]
) -> None:
    was_in_doubt = job.in_doubt
    if not await in_orm_thread(steps.begin_send, job, context):
        return
    try:
        voice = await post()
    except AltheaError as error:
        await in_orm_thread(steps.send_failed, job, context, error, was_in_doubt=was_in_doubt)
        return
    await _finish(job, voice, context, client, adopted=False)


def _reloaded(job: CloneJob) -> CloneJob:
    return CloneJob.objects.with_parts().get(pk=job.pk)


def _crashed(job: CloneJob, context: WorkerContext) -> bool:
    return steps.crashed(_reloaded(job), context)


def _release(job: CloneJob, context: WorkerContext) -> bool:
    return steps.release(_reloaded(job), context)


KIND = JobKind(
    model=CloneJob,
    load=CloneJob.objects.with_parts,
    run=run,
    crashed=_crashed,
    release=_release,
    is_urgent=True,
    is_awaited=True,
)
