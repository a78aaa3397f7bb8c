"""The demo's voices in the library: created by the product's own actions, then backdated."""

import hashlib
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from voices.actions.consents.stating import draft_consent, store_consent
from voices.actions.files import settle, store_file, write_file
from voices.actions.voice.changed import voices_changed
from voices.actions.voice.previews import Fetched, create_preview_intent, store_preview
from voices.actions.voice.upsert import upsert_voice
from voices.audio.examine import examine
from voices.management.demo.history import record_at
from voices.management.demo.people import DemoTeam
from voices.management.demo.upstream import CreatedVoice
from voices.models import (
    NEVER_PLAYED,
    Basis,
    CloneJob,
    Favourite,
    Membership,
    PreviewFile,
    Relation,
    Sample,
    State,
    Tag,
    Tagging,
    Voice,
    VoiceOrigin,
    fold,
)

LEASE_HOLDER = "demo"
NOTED_AFTER = timedelta(hours=3)


def add_voice(demo: DemoTeam, made: CreatedVoice, *, now: datetime) -> Voice:
    """Add the voice to the library with its preview, owner, tags, stage and history."""
    plan, owner = made.plan, demo.people[made.plan.owner]
    key, account = demo.keys[plan.account], demo.account(plan.account)
    born = now - timedelta(days=plan.age_days)
    job = _add_job(demo, made, owner, born) if made.recording is not None else None
    with transaction.atomic():
        origin = VoiceOrigin.CLONED if plan.is_clone else VoiceOrigin.ADOPTED
        voice = upsert_voice(
            team=demo.team, account=account, upstream=made.voice, origin=origin, now=born, job=job
        )
        noted = {"notes_by": owner.user, "notes_at": born + NOTED_AFTER} if plan.note else {}
        Voice.objects.filter(pk=voice.pk).update(
            steward=key, added_by=owner.user, stage=plan.stage, notes=plan.note, created_at=born, changed_at=born,
            played_at=now - timedelta(days=plan.played_days) if plan.played_days is not None else NEVER_PLAYED,
            **noted,
        )  # fmt: skip
        # A running worker must not fetch the preview that we already have.
        preview_rows = PreviewFile.objects.filter(voice=voice)
        preview_rows.update(lease_holder=LEASE_HOLDER, lease_until=now + timedelta(minutes=10))
        _add_tags_and_favourites(demo, made, voice)
        voices_changed(demo.team.pk, reworded=[voice.pk])
        _add_history(demo, made, voice, born)
    preview = preview_rows.select_related("voice").get()
    path = create_preview_intent(row=preview, preview=made.preview, now=now)
    write_file(path, ContentFile(made.preview.content))
    store_preview(row=preview, fetched=Fetched(made.preview, made.wave), path=path, now=now)
    return voice


def _add_tags_and_favourites(demo: DemoTeam, made: CreatedVoice, voice: Voice) -> None:
    for word in made.plan.tags:
        tag, _ = Tag.objects.get_or_create(team=demo.team, key=fold(word), defaults={"name": word})
        Tagging.objects.get_or_create(tag=tag, voice=voice)
    Favourite.objects.bulk_create(
        [Favourite(user=demo.people[one].user, voice=voice) for one in made.plan.favourites]
    )


def _add_history(demo: DemoTeam, made: CreatedVoice, voice: Voice, born: datetime) -> None:
    plan, actor = made.plan, demo.people[made.plan.owner].user
    lines: list[tuple[str, timedelta, dict[str, Any]]] = [
        ("voice.cloned" if plan.is_clone else "voice.adopted", timedelta(), {}),
        ("voice.tagged", timedelta(minutes=7), {"tag": ", ".join(plan.tags)}),
        ("voice.staged", timedelta(hours=2), {"from": "draft", "stage": plan.stage}),
        ("voice.noted", NOTED_AFTER, {}),
    ]
    happened = (True, bool(plan.tags), plan.stage != "draft", bool(plan.note))
    for (verb, later, facts), has_happened in zip(lines, happened, strict=True):
        if has_happened:
            record_at(actor, demo.team, verb, voice, at=born + later, **facts)


def _add_job(demo: DemoTeam, made: CreatedVoice, owner: Membership, born: datetime) -> CloneJob:
    plan, key = made.plan, demo.keys[made.plan.account]
    account = demo.account(plan.account)
    consent = draft_consent(team=demo.team, basis=Basis.AGREED, speaker=plan.name, relation=Relation.ACTOR)
    with transaction.atomic():
        sample = _add_sample(made, owner, born)
        job = CloneJob.objects.create(
            team=demo.team, actor=owner.user, key=key, account=account, sample=sample,
            consent=store_consent(consent, member=owner, sample=sample, now=born),
            form_token=uuid4(), name=plan.name, description=plan.description, language=plan.language,
            state=State.CREATED, due_at=born, sent_at=born, ended_at=born, sends=1,
        )  # fmt: skip
        CloneJob.objects.filter(pk=job.pk).update(created_at=born)
    return job


def _add_sample(made: CreatedVoice, owner: Membership, born: datetime) -> Sample:
    content = made.recording or b""
    sha256 = hashlib.sha256(content).hexdigest()
    done = examine(io.BytesIO(content), len(content))  # ours, so without the limits of a child
    finding, report = done.finding, done.report
    sample, _ = Sample.objects.get_or_create(
        team=owner.team, sha256=sha256,
        defaults={
            "uploader": owner.user, "filename": f"{made.plan.name}.wav", "size_bytes": len(content),
            "sent_sha256": sha256, "sent_size_bytes": len(content), "container": finding.container or "wav",
            "sent_container": finding.container or "wav",
            "codec": finding.codec or "", "seconds": finding.seconds or 0.0, "rate": finding.rate or 0,
            "channels": finding.channels or 1, "finding": finding.to_json(), "used_at": born,
            "report": report.to_json() if report else None, "report_version": report.version if report else None,
        },
    )  # fmt: skip
    if not sample.file:
        store_file(sample.file, sha256, sample.sent_container, ContentFile(content), now=timezone.now())
        sample.save(update_fields=["file"])
        settle(sample.file)
    return sample
