"""Django on a house's data folder, in a process of its own: `python -m tests.bench.ground <command> <folder>`.

The bench itself never loads Django, so that each part gets a database of its own.
"""

import hashlib
import json
import sys
from datetime import timedelta
from uuid import uuid4

import django
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

django.setup()

from tests.bench.mixed import add_mixed  # noqa: E402  # after Django is set up
from tests.bench.searches import searches  # noqa: E402  # after Django is set up
from tests.sounds import speech_wav  # noqa: E402  # after Django is set up
from voices.gateway import unseal  # noqa: E402
from voices.models import ApiKey, CloneJob, Membership, Sample, SyncRun, Team, Voice, search_text, sort_keys  # noqa: E402

NAMES = ("Marlene", "Sora", "Joaquim", "Nadia", "Old Tom", "Élodie", "Ravi", "Brand voice")


def first_key() -> tuple[ApiKey, Team]:
    """The house's first key and its owner's team; a house that others worked in may have more."""
    key = ApiKey.objects.select_related("owner", "account").order_by("created_at")[0]
    return key, Membership.objects.filter(user=key.owner).order_by("pk")[0].team


def add_jobs(count: int) -> None:
    """So many ready jobs, each with 1 MB of its own."""
    key, team = first_key()
    content = speech_wav(seconds=11.34, rate=44_100)
    jobs, now = [], timezone.now()
    for number in range(count):
        # One sample a job: the last bytes differ, as recordings do.
        own = content[:-8] + number.to_bytes(8, "little")
        sha256 = hashlib.sha256(own).hexdigest()
        sample = Sample(
            team=team,
            uploader=key.owner,
            filename="take.wav",
            sha256=sha256,
            size_bytes=len(own),
            sent_sha256=sha256,
            sent_size_bytes=len(own),
            container="wav",
            seconds=11.3,
            rate=44_100,
            channels=1,
            finding={},
            used_at=now,
        )
        sample.file.save("sample", ContentFile(own), save=False)
        sample.save()
        jobs.append(
            CloneJob(
                team=team,
                actor=key.owner,
                key=key,
                account=key.account,
                sample=sample,
                form_token=uuid4(),
                name=f"Bench {number}",
                due_at=now,
            )
        )
    CloneJob.objects.bulk_create(jobs)


def add_voices(count: int) -> None:
    """So many voices in the bench's team, the newest first by a second each."""
    key, team = first_key()
    now, start = timezone.now(), Voice.objects.count()
    rows = (
        Voice(
            team=team,
            account=key.account,
            voice_id=str(uuid4()),
            name=f"{NAMES[number % len(NAMES)]} {number}",
            description="Calm mid-range narrator",
            primary_language="en-US",
            provider="Eleven Labs",
            language_label="🇺🇸 English (United States)",
            search_text=search_text(
                name=f"{NAMES[number % len(NAMES)]} {number}",
                description="Calm mid-range narrator",
                provider="Eleven Labs",
                owner=key.owner.shown_name,
            ),
            **sort_keys(name=f"{NAMES[number % len(NAMES)]} {number}", primary_language="en-US"),
            steward=key,
            added_by=key.owner,
            created_at=now - timedelta(seconds=number),
            changed_at=now,
            raw={"voiceId": str(number)},
            definition={"elevenLabs": {"voiceId": "x"}},
        )
        for number in range(start, start + count)
    )
    Voice.objects.bulk_create(rows, batch_size=2_000)


def add_mixed_voices(count: int) -> None:
    """So many voices of many kinds in the bench's team."""
    key, team = first_key()
    add_mixed(team, key, count)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # What autovacuum does to a library that has lain for a while; SQLite does nothing of itself.
            cursor.execute("VACUUM ANALYZE")


def print_searches() -> None:
    """What the library is asked in the bench, by kind, and the most queries that one of them takes."""
    key, team = first_key()
    asked = searches(team)
    browser = Client(HTTP_HOST="localhost", headers={"HX-Request": "true"})
    browser.force_login(key.owner)
    most = 0
    for query in [query for queries in asked.values() for query in queries]:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"/?{query}").status_code == 200, query
        most = max(most, len(queries))
    print(json.dumps({"searches": asked, "queries": most}))


def count_queries() -> None:
    """How many queries the library page takes for the bench's admin."""
    browser = Client(HTTP_HOST="localhost")
    browser.force_login(first_key()[0].owner)
    browser.get("/")
    with CaptureQueriesContext(connection) as queries:
        assert browser.get("/").status_code == 200
    print(len(queries))


def print_jobs() -> None:
    """How many jobs there are in each state."""
    for state in CloneJob.objects.values_list("state", flat=True):
        print(state)


def print_key() -> None:
    """The bench's sandbox key, which opens nothing but the bench's own sandbox."""
    print(unseal(ApiKey.objects.get()).reveal())


def print_sync() -> None:
    """Seconds and counts of the last sync."""
    run = SyncRun.objects.latest("created_at")
    assert run.started_at
    assert run.ended_at
    seconds = (run.ended_at - run.started_at).total_seconds()
    print(seconds, run.added, run.changed, run.gone, run.unchanged)


def forget_voices() -> None:
    """An empty library."""
    Voice.objects.all().delete()


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    commands = {
        "add_jobs": add_jobs,
        "add_voices": add_voices,
        "add_mixed_voices": add_mixed_voices,
        "print_searches": print_searches,
        "print_jobs": print_jobs,
        "count_queries": count_queries,
        "print_key": print_key,
        "print_sync": print_sync,
        "forget_voices": forget_voices,
    }
    commands[command](*map(int, arguments))
