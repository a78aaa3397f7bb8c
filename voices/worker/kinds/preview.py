"""Fetches of previews, with the key of the voice's steward."""

import asyncio
from typing import Any

from django.core.files.base import ContentFile

from voices.actions.files import delete_file, write_file
from voices.actions.keys.verdicts import record_verdict
from voices.actions.voice import previews
from voices.actions.voice.health import problem_of
from voices.actions.work import MAX_CRASHES, WorkerContext, internal_error_message
from voices.althea import AltheaError, Problem
from voices.models import KeyState, PreviewFile
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.refused_keys import test_refused_key
from voices.worker.threads import in_orm_thread

NO_STEWARD = "This preview can't be fetched: the key that added this voice has been removed. Add a key for its account."
INTERNAL_ERROR = internal_error_message(".")
PASSING = {Problem.THROTTLED, Problem.NOT_SENT, Problem.UNKNOWN, Problem.BLOCKED}


async def run(row: PreviewFile, runtime: Runtime) -> None:
    """Fetch and store one preview."""
    steward = row.voice.steward
    if row.crashes >= MAX_CRASHES:
        await _fail(row, runtime, INTERNAL_ERROR)
        return
    if steward is None or steward.state == KeyState.REMOVED:
        await _fail(row, runtime, NO_STEWARD)
        return
    try:
        client = runtime.client(steward)
        preview = await client.get_preview(row.voice.voice_id, row.voice.preview_url or None)
    except AltheaError as error:
        now = runtime.context.now()
        await in_orm_thread(record_verdict, key=steward, error=error, now=now, team=row.voice.team)
        await _fail(row, runtime, error.message, passing=error.problem in PASSING, problem=problem_of(error))
        return
    await test_refused_key(steward, client, runtime.context, team=row.voice.team)
    async with runtime.decoders:
        wave = await asyncio.to_thread(previews.draw_wave, preview)
    await _store(row, previews.Fetched(preview, wave), runtime.context)


async def _store(row: PreviewFile, fetched: previews.Fetched, context: WorkerContext) -> None:
    """Store file and row, without blocking the database thread if the storage hangs."""
    path = await in_orm_thread(
        previews.create_preview_intent, row=row, preview=fetched.preview, now=context.now()
    )
    await asyncio.to_thread(write_file, path, ContentFile(fetched.preview.content))
    older = str(row.file.name or "")
    kept = await in_orm_thread(previews.store_preview, row=row, fetched=fetched, path=path, now=context.now())
    if needless := older if kept else path:
        await asyncio.to_thread(delete_file, needless)


async def _fail(row: PreviewFile, runtime: Runtime, message: str, **facts: Any) -> None:
    facts = {"passing": False, "now": runtime.context.now(), **facts}
    await in_orm_thread(previews.preview_failed, row=row, message=message, **facts)


def _crashed(row: PreviewFile, context: WorkerContext) -> bool:
    return previews.preview_failed(row=row, message=INTERNAL_ERROR, passing=True, now=context.now())


KIND = JobKind(
    model=PreviewFile,
    load=lambda: PreviewFile.objects.select_related("voice", "voice__team", "voice__steward"),
    run=run,
    crashed=_crashed,
    slots=8,
    # Somebody is looking at the newest voice, but not at the 200 before it.
    newest_first=True,
    is_awaited=True,
)
