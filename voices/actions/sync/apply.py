"""What a list of Althea's means for the library: a pure difference, and its writing down in bulk.

Never deleted, never swapped: what is not listed any more is marked as gone, and loses the mark when it returns.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter, itemgetter
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from voices import althea
from voices.actions.voice.changed import voices_changed
from voices.actions.voice.upsert import voice_columns
from voices.models import (
    LIVE,
    ApiKey,
    CloneJob,
    Ownership,
    PreviewFile,
    Scope,
    SyncRun,
    Voice,
    VoiceQuerySet,
    insert_rows,
    search_text,
)

BATCH = 500
# Althea may list a clone late; until its last look-up its absence proves nothing.
CLONE_GRACE = timedelta(minutes=15)
# A list that was under way may still name what was deleted; what is named after that is there after all.
TOMBSTONE_GRACE = timedelta(minutes=15)
EXTERNAL = "VOICE_BILLING_STYLE_EXTERNAL"
# What people see of a voice. A difference elsewhere (an address that was signed anew, a new field of the API)
# is kept as well, but nothing has changed by it.
TOLD = (
    "name", "description", "primary_language", "language_label", "ownership", "billing_style", "provider",
    "definition", "gone_at",
)  # fmt: skip
KEPT = (*TOLD, "preview_url", "raw", "name_key", "language", "language_key")
# In one step each: most voices are compared and found to be as they were.
_told, _told_now = attrgetter(*TOLD), itemgetter(*TOLD)
_kept, _kept_now = attrgetter(*KEPT), itemgetter(*KEPT)
EDITABLE = ("name", "description", "primary_language")
READ = ("voice_id", *KEPT, "changed_at", "deleted_at", "version", "steward_id")
Change = tuple[Voice, Mapping[str, Any]]


@dataclass(frozen=True)
class Plan:
    """What is to be written for some listed voices; `refreshed` differ only in what nobody sees."""

    added: tuple[althea.Voice, ...] = ()
    changed: tuple[Change, ...] = ()
    refreshed: tuple[Change, ...] = ()
    unchanged: int = 0


def plan(
    known: Mapping[str, Voice],
    seen: Sequence[althea.Voice],
    *,
    held: AbstractSet[str] = frozenset(),
    asked_at: datetime | None = None,
) -> Plan:
    """The difference between the library's rows, by voice id, and the listed voices.

    A tombstone stays as it is for 15 minutes, and is a change after that: the voice is back.
    A name in `held` is being cloned: an unknown voice of that name is left to its job. A row that was changed
    after `asked_at` knows better than an answer that was under way.
    """
    added, changed, refreshed, unchanged = [], [], [], 0
    for upstream in seen:
        row = known.get(upstream.voice_id)
        if row is None:
            if upstream.name not in held:
                added.append(upstream)
            continue
        facts = voice_columns(upstream)
        if asked_at is not None and row.changed_at > asked_at:
            unchanged += 1
        elif row.deleted_at is not None:
            if asked_at is not None and row.deleted_at <= asked_at - TOMBSTONE_GRACE:
                changed.append((row, facts))
            else:
                unchanged += 1
        elif _told(row) != _told_now(facts):
            changed.append((row, facts))
        else:
            unchanged += 1
            if _kept(row) != _kept_now(facts):
                refreshed.append((row, facts))
    return Plan(tuple(added), tuple(changed), tuple(refreshed), unchanged)


@dataclass(frozen=True)
class Batch:
    """Some listed voices, where in the list they stand, and when they were asked for."""

    voices: Sequence[althea.Voice]
    position: int
    asked_at: datetime


def rows_of(run: SyncRun) -> VoiceQuerySet:
    """The library's rows that the run's list speaks of; the public catalogue is the same for every account."""
    rows = Voice.objects.filter(team=run.team_id)
    if run.scope == Scope.PUBLIC:
        return rows.filter(account__endpoint=run.account.endpoint, ownership=Ownership.PUBLIC)
    return rows.filter(account=run.account_id).custom()


def _known(run: SyncRun, ids: Sequence[str]) -> dict[str, Voice]:
    # By account, not by scope as well: a voice whose ownership changed is still the same voice.
    rows = Voice.objects.filter(team=run.team_id, voice_id__in=ids).only(*READ)
    same = Q(account=run.account_id)
    if run.scope == Scope.PUBLIC:
        same |= Q(account__endpoint=run.account.endpoint, ownership=Ownership.PUBLIC)
    return {row.voice_id: row for row in rows.filter(same)}


def _held(run: SyncRun, names: Sequence[str]) -> set[str]:
    jobs = CloneJob.objects.filter(account=run.account_id, state__in=LIVE, name__in=names)
    return set(jobs.values_list("name", flat=True))


def apply(run: SyncRun, batch: Batch, *, worker_id: str, now: datetime, **progress: Any) -> bool:
    """Whether these voices are now in the library, with the run's progress, in one transaction.

    At most BATCH voices. False, and nothing written, where the run is no longer this worker's.
    """
    with transaction.atomic():
        known = _known(run, [voice.voice_id for voice in batch.voices])
        unknown = [voice.name for voice in batch.voices if voice.voice_id not in known]
        found = plan(known, batch.voices, held=_held(run, unknown), asked_at=batch.asked_at)
        added = _add(run, found.added, batch.position, now)
        _update(found, now)
        _adopt(run.key, known.values())
        counts = {
            "added": run.added + added,
            "changed": run.changed + len(found.changed),
            "unchanged": run.unchanged + found.unchanged,
        }
        kept = run.update_if_held(worker_id, **counts, **progress)
        if not kept:
            transaction.set_rollback(True)
        elif found.added or found.changed:
            voices_changed(run.team_id, reworded=[row.pk for row, _ in found.changed])
    return kept


def _add(run: SyncRun, voices: Sequence[althea.Voice], position: int, now: datetime) -> int:
    """How many were added. The newest of Althea's list stay the newest of ours: a microsecond tells them apart."""
    if not voices:
        return 0
    start = (run.started_at or now) - timedelta(microseconds=position)
    origin: dict[str, Any] = {"team_id": run.team_id, "account_id": run.account_id, "steward_id": run.key_id}
    owner = ""
    if run.scope == Scope.PRIVATE and run.key is not None:
        origin["added_by_id"], owner = run.key.owner_id, run.key.owner.shown_name
    rows = [
        {
            "id": uuid4(),
            "voice_id": upstream.voice_id,
            "created_at": start - timedelta(microseconds=place),
            "search_text": search_text(
                name=upstream.name, description=upstream.description, provider=upstream.provider, owner=owner
            ),
            **voice_columns(upstream),
        }
        for place, upstream in enumerate(voices)
    ]
    # A clone's job may have added its voice a moment ago (PostgreSQL): that row stands.
    return insert_rows(Voice, rows, changed_at=now, **origin)


def request_some_previews(run: SyncRun, *, now: datetime) -> int:
    """How many previews of the account's voices are now wished for that were not, at most BATCH.

    None of external voices, whose previews are made on the fly and cost, nor of the catalogue, of which few are
    ever heard: those are fetched when a person asks (contract 3.4).
    """
    if run.scope == Scope.PUBLIC:
        return 0
    silent = rows_of(run).filter(preview=None, gone_at=None, deleted_at=None).exclude(billing_style=EXTERNAL)
    wishes = [PreviewFile(voice_id=pk, due_at=now) for pk in silent.values_list("pk", flat=True)[:BATCH]]
    with transaction.atomic():
        PreviewFile.objects.bulk_create(wishes, ignore_conflicts=True)
    return len(wishes)


def _update(found: Plan, now: datetime) -> None:
    changes = (*found.changed, *found.refreshed)
    if not changes:
        return
    _forget_editors(found)
    for row, facts in changes:
        for name, value in facts.items():
            setattr(row, name, value)
    for row, _ in found.changed:
        row.changed_at, row.version = now, row.version + 1
    _restore(found)
    fields = [*changes[0][1], "changed_at", "version"]
    Voice.objects.bulk_update([row for row, _ in changes], fields, batch_size=BATCH)


def _forget_editors(found: Plan) -> None:
    """What somebody changed at Althea is not the last editor's work any more."""
    ids = [
        row.pk for row, facts in found.changed if any(getattr(row, name) != facts[name] for name in EDITABLE)
    ]
    Voice.objects.filter(pk__in=ids, edited_at__isnull=False).update(edited_by=None, edited_at=None)


def _restore(found: Plan) -> None:
    """Voices that a person deleted and that are there after all lose their tombstones."""
    back = [row.pk for row, _ in found.changed if row.deleted_at is not None]
    if back:
        # On its own, not with the other columns: those of a voice that is being deleted now would be undone.
        Voice.objects.filter(pk__in=back).update(deleted_at=None, deleted_by=None)


def _adopt(key: ApiKey | None, rows: Any) -> None:
    """A voice whose steward was removed is looked after by the key that finds it."""
    orphans = [row.pk for row in rows if row.steward_id is None]
    if key is not None and orphans:
        Voice.objects.filter(pk__in=orphans, steward=None).update(steward=key)


def mark_gone(run: SyncRun, seen: AbstractSet[str], *, now: datetime) -> int:
    """How many rows are now marked as gone: those of the run's list that it did not name, old enough to be named."""
    start = run.started_at or now
    old = rows_of(run).filter(gone_at=None, deleted_at=None, created_at__lt=start)
    old = old.filter(Q(job=None) | Q(created_at__lt=start - CLONE_GRACE))
    rows = old.values_list("pk", "voice_id").iterator(chunk_size=2_000)
    missing = [pk for pk, voice_id in rows if voice_id not in seen]
    gone = 0
    for first in range(0, len(missing), BATCH):
        with transaction.atomic():
            batch = Voice.objects.filter(pk__in=missing[first : first + BATCH], gone_at=None)
            gone += batch.change(now, gone_at=now)
            voices_changed(run.team_id)
    return gone
