"""Applying Althea's list of voices to the library: a pure diff, and bulk writes.

Nothing is deleted or replaced: a voice that is no longer listed is marked as gone until it is listed again.
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
from voices.actions.voice.definitions import sealed_secrets
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
from voices.notices.kinds import GONE, listed

BATCH = 500
# Althea may list a new clone late: until its last look-up, absence proves nothing.
CLONE_GRACE = timedelta(minutes=15)
# A list in progress may still contain a deleted voice; a voice listed after that time does exist.
TOMBSTONE_GRACE = timedelta(minutes=15)
# The fields that people see. A difference in others (a newly signed preview URL, a new field of the API) is
# stored too, but does not count as a change.
VISIBLE = (
    "name", "description", "primary_language", "language_label", "ownership", "billing_style", "provider",
    "definition", "gone_at",
)  # fmt: skip
STORED = (*VISIBLE, "model", "preview_url", "raw", "name_key", "language", "language_tag", "language_key")
# Compared as tuples, which is fast: most voices have not changed.
_visible_row, _visible_columns = attrgetter(*VISIBLE), itemgetter(*VISIBLE)
_stored_row, _stored_columns = attrgetter(*STORED), itemgetter(*STORED)
EDITABLE = ("name", "description", "primary_language")
NOTICED = ("voice_id", "name", "primary_language")
COLUMNS = ("voice_id", *STORED, "changed_at", "deleted_at", "version", "steward_id")
Change = tuple[Voice, Mapping[str, Any]]


@dataclass(frozen=True)
class Plan:
    """What to write for some listed voices; those in `refreshed` differ only in fields that nobody sees."""

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
    """Return the difference between the library's rows, by voice id, and the listed voices.

    A tombstone is ignored for 15 minutes; after that, a listed voice counts as restored. A name in `held` is being
    cloned: an unknown voice of that name is left to its job. A row changed after `asked_at` is newer than the list and
    stays.
    """
    added, changed, refreshed, unchanged = [], [], [], 0
    for upstream in seen:
        row = known.get(upstream.voice_id)
        if row is None:
            if upstream.name not in held:
                added.append(upstream)
            continue
        columns = voice_columns(upstream)
        if asked_at is not None and row.changed_at > asked_at:
            unchanged += 1
        elif row.deleted_at is not None:
            if asked_at is not None and row.deleted_at <= asked_at - TOMBSTONE_GRACE:
                changed.append((row, _with_secrets(columns, upstream, row)))
            else:
                unchanged += 1
        elif _visible_row(row) != _visible_columns(columns):
            changed.append((row, _with_secrets(columns, upstream, row)))
        else:
            unchanged += 1
            if _stored_row(row) != _stored_columns(columns):
                refreshed.append((row, _with_secrets(columns, upstream, row)))
    return Plan(tuple(added), tuple(changed), tuple(refreshed), unchanged)


def _with_secrets(columns: Mapping[str, Any], upstream: althea.Voice, row: Voice) -> Mapping[str, Any]:
    # Unwritten secrets have not changed either: a changed one has another marker in the definition.
    return {**columns, "sealed_secrets": sealed_secrets(upstream.definition, row_id=row.pk)}


@dataclass(frozen=True)
class Batch:
    """A batch of listed voices, its position in the list, and when it was requested."""

    voices: Sequence[althea.Voice]
    position: int
    asked_at: datetime


def rows_of(run: SyncRun) -> VoiceQuerySet:
    """Return the library's rows that the run's list covers. The public catalogue is shared by all accounts."""
    rows = Voice.objects.filter(team=run.team_id)
    if run.scope == Scope.PUBLIC:
        return rows.filter(account__endpoint=run.account.endpoint, ownership=Ownership.PUBLIC)
    return rows.filter(account=run.account_id).custom()


def _known(run: SyncRun, ids: Sequence[str]) -> dict[str, Voice]:
    # By account only, not by scope: a voice whose ownership changed is still the same voice.
    rows = Voice.objects.filter(team=run.team_id, voice_id__in=ids).only(*COLUMNS)
    same = Q(account=run.account_id)
    if run.scope == Scope.PUBLIC:
        same |= Q(account__endpoint=run.account.endpoint, ownership=Ownership.PUBLIC)
    return {row.voice_id: row for row in rows.filter(same)}


def _held(run: SyncRun, names: Sequence[str]) -> set[str]:
    jobs = CloneJob.objects.filter(account=run.account_id, state__in=LIVE, name__in=names)
    return set(jobs.values_list("name", flat=True))


def apply(run: SyncRun, batch: Batch, *, worker_id: str, now: datetime, **progress: Any) -> bool:
    """Write up to BATCH voices and the run's progress in one transaction.

    Return False, with nothing written, if another worker won.
    """
    with transaction.atomic():
        known = _known(run, [voice.voice_id for voice in batch.voices])
        unknown = [voice.name for voice in batch.voices if voice.voice_id not in known]
        difference = plan(known, batch.voices, held=_held(run, unknown), asked_at=batch.asked_at)
        added = _add(run, difference.added, batch.position, now)
        _update(difference, now)
        _adopt(run.key, known.values())
        counts = {
            "added": run.added + added,
            "changed": run.changed + len(difference.changed),
            "unchanged": run.unchanged + difference.unchanged,
        }
        is_held = run.update_if_held(worker_id, **counts, **progress)
        if not is_held:
            transaction.set_rollback(True)
        elif difference.added or difference.changed:
            voices_changed(run.team_id, reworded=[row.pk for row, _ in difference.changed])
    return is_held


def _add(run: SyncRun, voices: Sequence[althea.Voice], position: int, now: datetime) -> int:
    """Add these voices. Return how many. Timestamps a microsecond apart keep Althea's order, newest first."""
    if not voices:
        return 0
    start = (run.started_at or now) - timedelta(microseconds=position)
    origin: dict[str, Any] = {"team_id": run.team_id, "account_id": run.account_id, "steward_id": run.key_id}
    owner = ""
    if run.scope == Scope.PRIVATE and run.key is not None:
        origin["added_by_id"], owner = run.key.owner_id, run.key.owner.shown_name
    rows = [
        {
            "id": (row_id := uuid4()),
            "voice_id": upstream.voice_id,
            "created_at": start - timedelta(microseconds=place),
            "search_text": search_text(
                name=upstream.name, description=upstream.description, provider=upstream.provider, owner=owner
            ),
            **voice_columns(upstream),
            "sealed_secrets": sealed_secrets(upstream.definition, row_id=row_id),
        }
        for place, upstream in enumerate(voices)
    ]
    # A clone job may have just added its voice (on PostgreSQL): that row stays.
    return insert_rows(Voice, rows, changed_at=now, **origin)


def request_some_previews(run: SyncRun, *, now: datetime) -> int:
    """Request up to BATCH missing previews of the account's voices. Return how many.

    It skips external voices, whose previews are generated on request at a cost, and the catalogue, of which few are
    ever played: those are fetched when a person asks.
    """
    if run.scope == Scope.PUBLIC:
        return 0
    missing = rows_of(run).available().with_free_preview().filter(preview=None)
    requests = [PreviewFile(voice_id=pk, due_at=now) for pk in missing.values_list("pk", flat=True)[:BATCH]]
    with transaction.atomic():
        PreviewFile.objects.bulk_create(requests, ignore_conflicts=True)
    return len(requests)


def _update(difference: Plan, now: datetime) -> None:
    changes = (*difference.changed, *difference.refreshed)
    if not changes:
        return
    _clear_editors(difference)
    for row, columns in changes:
        for name, value in columns.items():
            setattr(row, name, value)
    for row, _ in difference.changed:
        row.changed_at, row.version = now, row.version + 1
    _restore(difference)
    fields = [*changes[0][1], "changed_at", "version"]
    Voice.objects.bulk_update([row for row, _ in changes], fields, batch_size=BATCH)


def _clear_editors(difference: Plan) -> None:
    """Clear the last editor of voices whose editable fields were changed at Althea."""
    ids = [
        row.pk
        for row, columns in difference.changed
        if any(getattr(row, name) != columns[name] for name in EDITABLE)
    ]
    Voice.objects.filter(pk__in=ids, edited_at__isnull=False).update(edited_by=None, edited_at=None)


def _restore(difference: Plan) -> None:
    """Restore deleted voices that are listed again."""
    restored = [row.pk for row, _ in difference.changed if row.deleted_at is not None]
    if restored:
        # A separate statement: together with the other columns it would undo a concurrent deletion.
        Voice.objects.filter(pk__in=restored).update(deleted_at=None, deleted_by=None)


def _adopt(key: ApiKey | None, rows: Any) -> None:
    """Make the key the steward of voices without one."""
    orphans = [row.pk for row in rows if row.steward_id is None]
    if key is not None and orphans:
        Voice.objects.filter(pk__in=orphans, steward=None).update(steward=key)


def mark_gone(run: SyncRun, seen: AbstractSet[str], *, now: datetime) -> int:
    """Mark rows as gone that the run's list covers but does not contain. Return how many."""
    start = run.started_at or now
    old = rows_of(run).filter(gone_at=None, deleted_at=None, created_at__lt=start)
    old = old.filter(Q(job=None) | Q(created_at__lt=start - CLONE_GRACE))
    rows = old.values_list("pk", "voice_id").iterator(chunk_size=2_000)
    missing = [pk for pk, voice_id in rows if voice_id not in seen]
    gone = 0
    for first in range(0, len(missing), BATCH):
        with transaction.atomic():
            batch = Voice.objects.filter(pk__in=missing[first : first + BATCH], gone_at=None)
            lost = list(batch.only(*NOTICED).order_by("name_key", "pk"))
            gone += batch.change(now, gone_at=now)
            if lost:
                GONE.write(team=run.team, now=now, account=run.account.name, **listed(lost))
            voices_changed(run.team_id)
    return gone
