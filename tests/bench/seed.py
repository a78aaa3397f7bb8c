"""Rows for the bench: ready clone jobs, and many voices of one kind. Mixed ones are in `mixed_voices`."""

import hashlib
import os
import time
from datetime import timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone

from tests.sounds import speech_wav
from voices.models import ApiKey, CloneJob, Membership, Sample, Voice, search_text, sort_keys

NAMES = ("Marlene", "Sora", "Joaquim", "Nadia", "Old Tom", "Élodie", "Ravi", "Brand voice")
DESCRIPTION, PROVIDER = "Calm mid-range narrator", "Eleven Labs"


def first_key() -> ApiKey:
    """Return the studio's first key."""
    return ApiKey.objects.select_related("owner", "account").order_by("created_at")[0]


def first_member() -> Membership:
    """Return the membership of that key's owner: the admin."""
    return Membership.objects.select_related("team", "user").order_by("pk")[0]


def job_recording(number: int) -> bytes:
    """Return 1 MB of speech; no two numbers give the same bytes."""
    return speech_wav(seconds=11.34, rate=44_100)[:-8] + number.to_bytes(8, "little")


def add_jobs(count: int) -> None:
    """Add ready clone jobs, each with 1 MB of its own."""
    CloneJob.objects.bulk_create([_job(number) for number in range(count)])


def _job(number: int) -> CloneJob:
    key, member = first_key(), first_member()
    return CloneJob(
        team=member.team,
        actor=key.owner,
        key=key,
        account=key.account,
        sample=_sample(member, job_recording(number)),
        form_token=uuid4(),
        name=f"Bench {number}",
        due_at=timezone.now(),
    )


def _sample(member: Membership, content: bytes) -> Sample:
    sha256, size = hashlib.sha256(content).hexdigest(), len(content)
    sample = Sample(
        team=member.team,
        uploader=member.user,
        filename="take.wav",
        sha256=sha256,
        size_bytes=size,
        sent_sha256=sha256,
        sent_size_bytes=size,
        container="wav",
        seconds=11.3,
        rate=44_100,
        channels=1,
        finding={},
        used_at=timezone.now(),
    )
    sample.file.save("sample", ContentFile(content), save=False)
    sample.save()
    return sample


def add_voices(count: int) -> None:
    """Add voices to the admin's team, the newest first by a second each."""
    key, member = first_key(), first_member()
    begin = Voice.objects.count()
    rows = (_voice(number, key, member) for number in range(begin, begin + count))
    Voice.objects.bulk_create(rows, batch_size=2_000)


def _voice(number: int, key: ApiKey, member: Membership) -> Voice:
    now, name = timezone.now(), f"{NAMES[number % len(NAMES)]} {number}"
    return Voice(
        team=member.team,
        account=key.account,
        voice_id=str(uuid4()),
        name=name,
        description=DESCRIPTION,
        primary_language="en-US",
        provider=PROVIDER,
        language_label="🇺🇸 English (United States)",
        search_text=search_text(
            name=name, description=DESCRIPTION, provider=PROVIDER, owner=key.owner.shown_name
        ),
        **sort_keys(name=name, primary_language="en-US"),
        steward=key,
        added_by=key.owner,
        created_at=now - timedelta(seconds=number),
        changed_at=now,
        raw={"voiceId": str(number)},
        definition={"elevenLabs": {"voiceId": "x"}},
    )


def add_recordings(count: int) -> None:
    """Store recordings of a megabyte each that no job has."""
    for _ in range(count):
        _sample(first_member(), os.urandom(1_000_000))


def keep_writing() -> None:
    """Store ten recordings a second until killed."""
    while True:
        _sample(first_member(), os.urandom(100_000))
        time.sleep(0.1)
