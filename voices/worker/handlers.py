"""One claimed row, taken as far as it goes: calls to Althea between steps that are each one transaction."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, cast

from voices import gateway
from voices.actions.bulk import steps as bulk_steps
from voices.actions.clone import steps
from voices.actions.clone.steps import WorkerContext
from voices.actions.sync import steps as sync_steps
from voices.actions.voice import previews
from voices.althea import (
    AltheaClient,
    AltheaError,
    HttpClients,
    KeyRefusedError,
    SampleFile,
    UnknownOutcomeError,
)
from voices.althea import Voice as AltheaVoice
from voices.models import ApiKey, BulkRun, CloneJob, KeyState, PreviewFile, State, SyncRun
from voices.worker import queue
from voices.worker.bulk import BulkWork
from voices.worker.syncs import read_list
from voices.worker.threads import in_orm_thread

logger = logging.getLogger(__name__)
KEY_REMOVED = (
    "The key of this clone was removed meanwhile. Start the clone again with another key; "
    "your recording is kept."
)
NO_STEWARD = "No key may fetch this preview: the key that brought this voice in was removed."
OWN_FAULT = "Something went wrong in Voice Studio itself."
LOOKUP_SECONDS = 60.0  # for all pages of a look-up: each of 50 pages has its own deadline
Connect = Callable[[HttpClients, ApiKey], AltheaClient]


@dataclass(frozen=True)
class Handlers:
    """What a claimed row needs: an HTTP pair, who takes the step at which pace, and how a key becomes a client."""

    http: HttpClients
    context: WorkerContext
    connect: Connect = gateway.client_for
    # Decoding takes a core for half a second; one at a time leaves the calls to Althea theirs.
    decoders: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def clone(self, job: CloneJob) -> None:
        """Takes a clone job as far as it goes now; another worker's win is not an error."""
        if not job.is_live:
            return  # cancelled between the claim and the load
        if job.state == State.SENDING:
            # Its worker died in mid-call, so the voice may be there: look before anything else.
            await in_orm_thread(
                steps.mark_unknown, job, self.context, message="The worker stopped in the middle of the call."
            )
            return
        if job.crashes >= steps.MAX_CRASHES:
            await in_orm_thread(steps.give_up, job, self.context)
            return
        client = self._client(job)
        if client is None:
            await in_orm_thread(steps.fail, job, self.context, problem="key_refused", message=KEY_REMOVED)
        elif job.state == State.UNKNOWN:
            await self._look_again(job, client)
        elif await in_orm_thread(steps.start, job, self.context):
            await self._look_and_send(job, client)

    def _client(self, job: CloneJob) -> AltheaClient | None:
        if job.key is None or job.key.state == KeyState.REMOVED:
            return None
        return self.connect(self.http, job.key)

    async def _find(self, job: CloneJob, client: AltheaClient) -> AltheaVoice | None:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                return await client.find_by_name(job.name)
        except TimeoutError as problem:
            raise UnknownOutcomeError("Althea's list of voices took too long.") from problem

    async def _look_again(self, job: CloneJob, client: AltheaClient) -> None:
        try:
            found = await self._find(job, client)
        except KeyRefusedError as error:
            await in_orm_thread(steps.fail, job, self.context, problem=error.problem, message=error.message)
            return
        except AltheaError as error:
            logger.info("Looking for the voice of job %s failed: %s", job.pk, error.message)
            await in_orm_thread(steps.look_again, job, self.context, looked=False)
            return
        if found is None:
            await in_orm_thread(steps.look_again, job, self.context, looked=True)
        else:
            await in_orm_thread(steps.finish_created, job, found, self.context, adopted=True)

    async def _look_and_send(self, job: CloneJob, client: AltheaClient) -> None:
        try:
            found = await self._find(job, client)
        except AltheaError as error:
            await in_orm_thread(steps.lookup_failed, job, self.context, error)
            return
        if found is None:
            await self._send(job, client)
        elif job.in_doubt:
            await in_orm_thread(steps.finish_created, job, found, self.context, adopted=True)
        else:
            await in_orm_thread(steps.fail_name_taken, job, self.context)

    async def _send(self, job: CloneJob, client: AltheaClient) -> None:
        was_in_doubt = job.in_doubt
        with job.sample.file.open("rb") as file:
            sample = SampleFile(
                file=cast(BinaryIO, file),
                filename=f"sample.{job.sample.container}",
                content_type=job.sample.content_type,
                size=job.sample.sent_size_bytes,
            )
            if not await in_orm_thread(steps.begin_send, job, self.context):
                return
            try:
                voice = await client.clone_voice(
                    sample=sample, name=job.name, description=job.description, language=job.language
                )
            except AltheaError as error:
                await in_orm_thread(steps.send_failed, job, self.context, error, was_in_doubt=was_in_doubt)
                return
        await in_orm_thread(steps.finish_created, job, voice, self.context, adopted=False)

    async def preview(self, row: PreviewFile) -> None:
        """Fetches and keeps one preview with the voice's steward key."""
        now = self.context.now
        if row.crashes >= steps.MAX_CRASHES:
            await in_orm_thread(previews.preview_failed, row=row, message=OWN_FAULT, passing=False, now=now())
            return
        steward = row.voice.steward
        if steward is None or steward.state == KeyState.REMOVED:
            await in_orm_thread(
                previews.preview_failed, row=row, message=NO_STEWARD, passing=False, now=now()
            )
            return
        try:
            client = self.connect(self.http, steward)
            preview = await client.get_preview(row.voice.voice_id, row.voice.preview_url or None)
        except AltheaError as error:
            await self._preview_failed(row, error)
        else:
            async with self.decoders:
                wave = await asyncio.to_thread(previews.draw_wave, preview)
            fetched = previews.Fetched(preview, wave)
            await in_orm_thread(previews.keep_preview, row=row, fetched=fetched, now=now())

    async def _preview_failed(self, row: PreviewFile, error: AltheaError) -> None:
        passing = error.problem in {"throttled", "not_sent", "unknown"}
        await in_orm_thread(
            previews.preview_failed, row=row, message=error.message, passing=passing, now=self.context.now()
        )

    async def sync(self, run: SyncRun) -> None:
        """Reads one account's list of voices into a team's library."""
        if await in_orm_thread(sync_steps.start, run, self.context) and run.key is not None:
            await read_list(run, self.context, self.connect(self.http, run.key))

    async def bulk(self, run: BulkRun) -> None:
        """Changes many voices, or goes on with it."""
        if await in_orm_thread(bulk_steps.start, run, self.context):
            await BulkWork(self.context, partial(self.connect, self.http)).carry_out(run)

    async def crashed(self, row: CloneJob | PreviewFile | SyncRun | BulkRun) -> None:
        """Puts off a row whose handling raised an error of our own."""
        if isinstance(row, SyncRun):
            await in_orm_thread(sync_steps.crashed, row, self.context)
            return
        if isinstance(row, BulkRun):
            await in_orm_thread(bulk_steps.crashed, row, self.context)
            return
        if isinstance(row, CloneJob):
            job = await in_orm_thread(queue.reload_job, row.pk)
            await in_orm_thread(steps.crashed, job, self.context)
        else:
            await in_orm_thread(
                previews.preview_failed, row=row, message=OWN_FAULT, passing=True, now=self.context.now()
            )
