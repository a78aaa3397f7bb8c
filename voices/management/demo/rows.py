"""The demonstration's records: each voice by the product's own actions, then made as old as it claims to be."""

import hashlib
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from voices.actions.files import settle, store_file
from voices.actions.voice.changed import voices_changed
from voices.actions.voice.previews import Fetched, store_preview
from voices.actions.voice.upsert import upsert_voice
from voices.audio.probe import probe
from voices.management.demo.history import remember
from voices.management.demo.people import Troupe
from voices.management.demo.upstream import Made
from voices.models import (
    NEVER_PLAYED,
    CloneJob,
    Favourite,
    Membership,
    Origin,
    PreviewFile,
    Sample,
    State,
    Tag,
    Tagging,
    Voice,
    fold,
)

HOLDER = "demo"
NOTED_AFTER = timedelta(hours=3)


def add_voice(troupe: Troupe, made: Made, *, now: datetime) -> Voice:
    """The voice in the library with its preview, owner, tags, stage and past."""
    part, owner = made.part, troupe.people[made.part.owner]
    key, account = troupe.keys[part.account], troupe.account(part.account)
    born = now - timedelta(days=part.age_days)
    job = _add_job(troupe, made, owner, born) if made.recording is not None else None
    with transaction.atomic():
        origin = Origin.CLONED if part.is_clone else Origin.ADOPTED
        voice = upsert_voice(
            team=troupe.team, account=account, upstream=made.voice, origin=origin, now=born, job=job
        )
        noted = {"notes_by": owner.user, "notes_at": born + NOTED_AFTER} if part.note else {}
        Voice.objects.filter(pk=voice.pk).update(
            steward=key, added_by=owner.user, stage=part.stage, notes=part.note, created_at=born, changed_at=born,
            played_at=now - timedelta(days=part.played_days) if part.played_days is not None else NEVER_PLAYED,
            **noted,
        )  # fmt: skip
        # A worker that runs beside us must not fetch what is at hand.
        wished = PreviewFile.objects.filter(voice=voice)
        wished.update(lease_holder=HOLDER, lease_until=now + timedelta(minutes=10))
        _add_order(troupe, made, voice)
        voices_changed(troupe.team.pk, reworded=[voice.pk])
        _add_history(troupe, made, voice, born)
    preview = wished.select_related("voice").get()
    store_preview(row=preview, fetched=Fetched(made.preview, made.wave), now=now)
    return voice


def _add_order(troupe: Troupe, made: Made, voice: Voice) -> None:
    for word in made.part.tags:
        tag, _ = Tag.objects.get_or_create(team=troupe.team, key=fold(word), defaults={"name": word})
        Tagging.objects.get_or_create(tag=tag, voice=voice)
    Favourite.objects.bulk_create(
        [Favourite(user=troupe.people[one].user, voice=voice) for one in made.part.favourites]
    )


def _add_history(troupe: Troupe, made: Made, voice: Voice, born: datetime) -> None:
    part, actor = made.part, troupe.people[made.part.owner].user
    lines: list[tuple[str, timedelta, dict[str, Any]]] = [
        ("voice.cloned" if part.is_clone else "voice.adopted", timedelta(), {}),
        ("voice.tagged", timedelta(minutes=7), {"tag": ", ".join(part.tags)}),
        ("voice.staged", timedelta(hours=2), {"from": "draft", "stage": part.stage}),
        ("voice.noted", NOTED_AFTER, {}),
    ]
    happened = (True, bool(part.tags), part.stage != "draft", bool(part.note))
    for (verb, later, facts), is_true in zip(lines, happened, strict=True):
        if is_true:
            remember(actor, troupe.team, verb, voice, at=born + later, **facts)


def _add_job(troupe: Troupe, made: Made, owner: Membership, born: datetime) -> CloneJob:
    part, key = made.part, troupe.keys[made.part.account]
    account = troupe.account(part.account)
    with transaction.atomic():
        job = CloneJob.objects.create(
            team=troupe.team, actor=owner.user, key=key, account=account,
            sample=_add_sample(made, owner, born),
            form_token=uuid4(), name=part.name, description=part.description, language=part.language,
            state=State.CREATED, due_at=born, sent_at=born, ended_at=born, sends=1,
        )  # fmt: skip
        CloneJob.objects.filter(pk=job.pk).update(created_at=born)
    return job


def _add_sample(made: Made, owner: Membership, born: datetime) -> Sample:
    content = made.recording or b""
    sha256 = hashlib.sha256(content).hexdigest()
    finding = probe(io.BytesIO(content), len(content))
    sample, _ = Sample.objects.get_or_create(
        team=owner.team, sha256=sha256,
        defaults={
            "uploader": owner.user, "filename": f"{made.part.name}.wav", "size_bytes": len(content),
            "sent_sha256": sha256, "sent_size_bytes": len(content), "container": finding.container or "wav",
            "codec": finding.codec or "", "seconds": finding.seconds or 0.0, "rate": finding.rate or 0,
            "channels": finding.channels or 1, "finding": finding.to_json(), "used_at": born,
        },
    )  # fmt: skip
    if not sample.file:
        store_file(sample.file, sha256, sample.container, ContentFile(content), now=timezone.now())
        sample.save(update_fields=["file"])
        settle(sample.file)
    return sample
