"""Imports of voice packs: recordings are stored one by one, and their clones followed to the end."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

from voices.actions.clone.samples import RefusedSampleError, examine
from voices.actions.files import MissingFileError, open_file
from voices.actions.packs import sending, steps
from voices.actions.packs.reviewing import Review
from voices.audio.edits import UNCHANGED
from voices.kit.packs import Pack, PackError
from voices.models import PackImport
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread


async def run(pack: PackImport, runtime: Runtime) -> None:
    """Submit the waiting voices, and settle those whose jobs have ended."""
    context = runtime.context
    if not await in_orm_thread(steps.start, pack, context):
        return
    if await in_orm_thread(steps.has_waiting, pack) and not await _send_all(pack, runtime):
        return
    await in_orm_thread(steps.follow, pack, context)


async def _send_all(pack: PackImport, runtime: Runtime) -> bool:
    """Submit every waiting voice. Return False if the import does not continue."""
    context = runtime.context
    with ExitStack() as stack:
        try:
            stored = stack.enter_context(await asyncio.to_thread(open_file, pack.file))
            opened = stack.enter_context(await asyncio.to_thread(Pack.open, cast(BinaryIO, stored)))
        except (MissingFileError, PackError, ValueError):  # ValueError: the row names no file
            await in_orm_thread(steps.end, pack, context, message=steps.FILE_LOST)
            return False
        while review := await in_orm_thread(steps.next_review, pack, context):
            if not await _send(pack, review, opened, runtime):
                return False
    return pack.is_live


async def _send(pack: PackImport, review: Review, opened: Pack, runtime: Runtime) -> bool:
    """Submit one voice, or mark it failed. Return False if the import does not continue."""
    context, row = runtime.context, review.row
    member = await in_orm_thread(steps.acting_member, pack, context)
    if member is None:
        return False
    sample, edit = None, sending.edit_of(review.packed)
    try:
        with ExitStack() as stack:
            recording = sending.recording_of(opened, review.packed)
            file = await asyncio.to_thread(stack.enter_context, recording)
            if file is not None:
                path = Path(file.temporary_file_path())
                async with runtime.decoders:
                    whole = await asyncio.to_thread(stack.enter_context, examine(path))
                    part = None
                    if edit != UNCHANGED:
                        part = await asyncio.to_thread(stack.enter_context, examine(path, edit))
                sample = await in_orm_thread(
                    sending.take_in,
                    member=member,
                    file=file,
                    whole=whole,
                    part=part,
                    edit=edit,
                    context=context,
                )
    except (RefusedSampleError, PackError) as problem:
        await in_orm_thread(sending.refuse, row, str(problem))
        return True
    await in_orm_thread(sending.send, member=member, pack=pack, row=row, sample=sample, now=context.now())
    return True


KIND = JobKind(
    model=PackImport,
    load=lambda: PackImport.objects.select_related("team", "actor", "key__account", "key__owner"),
    run=run,
    crashed=steps.crashed,
    release=steps.put_off,
    slots=1,  # examining recordings uses a core
)
