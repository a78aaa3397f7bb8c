"""A year of work for the demo's dashboard: clones and why some failed, and for each day plays, calls, slots, syncs."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from voices import gateway
from voices.actions.figures.recount import recount_clones
from voices.actions.figures.samples import sample_slots, sample_storage
from voices.kit.sandbox_keys import make_sandbox_key
from voices.kit.secret import Secret
from voices.management.demo.history import record_at
from voices.management.demo.people import DemoTeam
from voices.management.demo.plan import SEED
from voices.management.demo.texts import NAMES
from voices.management.demo.upstream import DemoCalls
from voices.models import (
    AltheaAccount,
    ApiKey,
    CloneJob,
    DailyCalls,
    DailyPlays,
    Endpoint,
    KeyState,
    Role,
    Sample,
    Scope,
    SlotSample,
    State,
    StorageSample,
    SyncRun,
    SyncState,
    Voice,
    insert_rows,
)

DAYS, SYNCED_DAYS, UNREAD_DAYS = 365, 30, 4
PLAYED_VOICES = 60
BATCH = 100
USUAL_SECONDS, SPREAD = 2.9, 0.55  # of the natural logarithm: e^2.9 = 18 s
# problem | share | message
FAILURES = (
    ("limit_reached", 30, "Althea says: The account has no free voice slot."),
    ("name_taken", 22, "A voice of this name exists already. Your recording is kept."),
    ("not_sent", 16, "Althea could not be reached."),
    ("invalid", 14, "Althea says: The recording is too noisy."),
    ("key_refused", 10, "Althea refused this key."),
    ("unknown", 8, "Althea didn't say whether it created the voice, and it isn't in the account so far."),
)
Dice = random.Random


def add_year(demo: DemoTeam, calls: Sequence[DemoCalls], *, now: datetime) -> int:
    """Add a year of work, the same for the same seed, which leads up to these calls. Return how many clones it has.

    In many short transactions: on SQLite nobody else, such as a running worker, can write during one. An interrupted
    year is not continued: the team has the demo's people by then, and so gets no second demo.
    """
    dice = random.Random(SEED)  # noqa: S311  # sample data, no secret
    jobs = list(_jobs(demo, dice, now))
    for first in range(0, len(jobs), BATCH):
        with transaction.atomic():
            insert_rows(CloneJob, jobs[first : first + BATCH])
            _add_history(demo, jobs[first : first + BATCH])
    _add_plays(demo, dice, now)
    _add_syncs(demo, dice, now)
    _add_samples(demo, dice, now)
    _add_refused_key(demo, now)
    _add_calls(demo, calls, dice, now)
    recount_clones(now=now)
    return len(jobs)


def _jobs(demo: DemoTeam, dice: Dice, now: datetime) -> Iterator[dict[str, Any]]:
    sample = Sample.objects.filter(team=demo.team).order_by("pk").first()
    people = [one for one in demo.people if one.role != Role.VIEWER]
    for age in range(DAYS, 0, -1) if sample else ():
        day = now - timedelta(days=age)
        usual = 3 + 7 * (DAYS - age) / DAYS  # more from month to month
        for _ in range(int(dice.gauss(usual, 2) * (0.25 if day.weekday() > 4 else 1))):
            begin = day + timedelta(seconds=dice.uniform(0, 80_000))
            who, account = (
                dice.choice(people),
                dice.choices(range(len(demo.keys)), [3, 2][: len(demo.keys)])[0],
            )
            yield {
                **_end(dice, begin, now),
                "id": UUID(int=dice.getrandbits(128), version=4),
                "form_token": UUID(int=dice.getrandbits(128), version=4),
                "team_id": demo.team.pk, "actor_id": who.user_id, "key_id": demo.keys[account].pk,
                "account_id": demo.account(account).pk, "sample_id": sample.pk if sample else None,
                "name": _name(dice), "created_at": begin, "due_at": begin, "sends": 1,
            }  # fmt: skip


def _name(dice: Dice) -> str:
    return f"{dice.choice(NAMES[dice.choice(list(NAMES))][1])} {dice.randrange(2, 90)}"


def _end(dice: Dice, begin: datetime, now: datetime) -> dict[str, Any]:
    """Return the columns of a clone that ended: in most cases with a voice."""
    ended = begin + timedelta(seconds=dice.lognormvariate(USUAL_SECONDS, SPREAD))
    columns = {"ended_at": ended, "problem": "", "message": "", "dismissed_at": None}
    luck = dice.random()
    if luck < 0.9:
        return {**columns, "state": State.CREATED}
    if luck < 0.925:
        return {**columns, "state": State.CANCELLED}
    problem, _, message = dice.choices(FAILURES, [share for _, share, _ in FAILURES])[0]
    is_read = ended < now - timedelta(days=UNREAD_DAYS)
    failed = {"state": State.FAILED, "problem": problem, "message": message}
    return columns | failed | {"dismissed_at": ended + timedelta(hours=1) if is_read else None}


def _add_history(demo: DemoTeam, jobs: Sequence[dict[str, Any]]) -> None:
    users = {one.user_id: one.user for one in demo.people}
    for row in jobs:
        job = CloneJob(id=row["id"], name=row["name"])
        who, failed = users[row["actor_id"]], row["state"] == State.FAILED
        record_at(who, demo.team, "clone.submitted", job, at=row["created_at"])
        if failed:
            record_at(who, demo.team, "clone.failed", job, at=row["ended_at"], problem=row["problem"])


def _add_plays(demo: DemoTeam, dice: Dice, now: datetime) -> None:
    voices = list(Voice.objects.of_team(demo.team).order_by("created_at", "pk")[:PLAYED_VOICES])
    dice.shuffle(voices)
    for rank, voice in enumerate(voices, 1):
        days = [now.date() - timedelta(days=age) for age in range(DAYS) if dice.random() < 3 / (rank + 3)]
        played = [
            DailyPlays(team=demo.team, voice=voice, day=day, count=dice.randrange(1, 9)) for day in days
        ]
        DailyPlays.objects.bulk_create(played, ignore_conflicts=True)


def _add_calls(demo: DemoTeam, calls: Sequence[DemoCalls], dice: Dice, now: datetime) -> None:
    """Add those calls, and of the same voices some of the months before, more from month to month."""
    called = Voice.objects.of_team(demo.team).filter(voice_id__in={one.voice_id for one in calls})
    known = {voice.voice_id: voice for voice in called.order_by("created_at", "pk")}
    found = [(one.voice_id, one.days_ago, one.count) for one in calls]
    for voice_id in known:
        ages = [age for age in range(31, DAYS) if dice.random() < 0.4 * (1 - age / DAYS)]
        found += [(voice_id, age, dice.randrange(1, 40)) for age in ages]
    rows = [
        DailyCalls(team=demo.team, voice=known[voice_id], day=now.date() - timedelta(days=age), count=count)
        for voice_id, age, count in found
    ]
    DailyCalls.objects.bulk_create(rows, ignore_conflicts=True)


def _add_syncs(demo: DemoTeam, dice: Dice, now: datetime) -> None:
    """Add a sync every six hours and account; the last two of the last account failed."""
    rows = []
    for number, key in enumerate(demo.keys):
        for turn in range(SYNCED_DAYS * 4, 0, -1):
            at = now - timedelta(hours=6 * turn - 5)
            has_failed = turn < 3 and number == len(demo.keys) - 1
            outage = {"problem": "not_sent", "message": "Althea could not be reached."} if has_failed else {}
            rows.append(
                {
                    "id": UUID(int=dice.getrandbits(128), version=4), "team_id": demo.team.pk, "key_id": key.pk,
                    "account_id": demo.account(number).pk, "scope": Scope.PRIVATE, "due_at": at, "created_at": at,
                    "started_at": at, "ended_at": at + timedelta(seconds=dice.uniform(2, 9)), "pages": 3,
                    "state": SyncState.FAILED if has_failed else SyncState.DONE, "problem": "", "message": "",
                    **outage,
                }
            )  # fmt: skip
    insert_rows(SyncRun, rows)


def _add_samples(demo: DemoTeam, dice: Dice, now: datetime) -> None:
    """Add the samples of each day, which lead up to what is counted today: one account is nearly full."""
    accounts = [demo.account(number) for number in range(len(demo.keys))]
    for number, account in enumerate(accounts):
        used = Voice.objects.of_team(demo.team).filter(account=account).count()
        allowed = used + 1 + used // 25 if number == 0 else round(used * 1.6, -1) or 10
        AltheaAccount.objects.filter(pk=account.pk).update(allowed_voices=allowed)
        slots = [
            SlotSample(
                team=demo.team, account=account, allowed=allowed, taken_at=now, day=now.date() - timedelta(days=age),
                used=max(0, round(used * (1 - 0.7 * age / DAYS) + dice.uniform(-2, 2))),
            )
            for age in range(DAYS, 0, -1)
        ]  # fmt: skip
        SlotSample.objects.bulk_create(slots)
    sample_slots(demo.team, now=now)
    sample_storage(demo.team, now=now)
    today = StorageSample.objects.get(team=demo.team, day=now.date())
    storage = [
        StorageSample(
            team=demo.team, taken_at=now, day=now.date() - timedelta(days=age),
            recording_bytes=round(today.recording_bytes * (1 - 0.8 * age / DAYS)),
            preview_bytes=round(today.preview_bytes * (1 - 0.6 * age / DAYS)),
        )
        for age in range(DAYS, 0, -1)
    ]  # fmt: skip
    StorageSample.objects.bulk_create(storage)


def _add_refused_key(demo: DemoTeam, now: datetime) -> None:
    secret, row_id, owner = Secret(make_sandbox_key()), uuid4(), demo.people[-2]
    ApiKey.objects.create(
        id=row_id, owner=owner.user, label="Studio, last year", endpoint=Endpoint.SANDBOX,
        sealed=gateway.seal(secret, row_id=row_id), prefix=secret.prefix, last4=secret.last4, state=KeyState.REFUSED,
        checked_at=now - timedelta(hours=7), last_problem="Althea refused this key.",
    )  # fmt: skip
