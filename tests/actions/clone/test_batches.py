"""Batches: every file has a row, one refusal stops no other, and each row becomes one clone at most."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from tests import sounds
from tests.actions.clone.test_samples import upload
from tests.base import Cast, make_cast
from tests.builders import make_batch, make_batch_row, make_job, make_key, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.actions.clone.batches import (
    BatchValues,
    FilesRefusedError,
    ListedFile,
    RowValues,
    add_files,
    discard_unsubmitted,
    open_batch,
    remove_row,
    retry_failed,
    row_token,
    save_batch,
    store_batch_file,
    submit_row,
    sweep_batches,
)
from voices.actions.clone.samples import sweep_unused_samples
from voices.actions.consents.stating import draft_consent
from voices.models import (
    CloneBatch,
    CloneBatchRow,
    CloneJob,
    Membership,
    RowState,
    Sample,
    State,
)


def listed(*names: str, size: int = 1_000) -> list[ListedFile]:
    return [ListedFile(name, size) for name in names]


def opened(member: Membership, *names: str, **facts: Any) -> tuple[CloneBatch, list[CloneBatchRow | None]]:
    key = facts.pop("key", None) or make_key(member)
    return open_batch(member=member, key=key, files=listed(*names, **facts), now=NOON)


def keep(member: Membership, row: CloneBatchRow | None, content: bytes) -> CloneBatchRow:
    assert row
    with upload(content) as file:
        sha256 = hashlib.sha256(content).hexdigest()
        kept = store_batch_file(member=member, row=row, file=file, sha256=sha256, now=lambda: NOON)
        file.close()
    return kept


def submit(member: Membership, row: CloneBatchRow, **facts: Any) -> CloneJob | None:
    given = {"key": row.batch.key, "name": row.name, "description": "", "language": "en", "now": NOON}
    given |= {"consent": draft_consent(team=member.team, basis="own"), "form_token": row_token(row)}
    return submit_row(member=member, row=row, **given | facts)


def names_of(batch: CloneBatch) -> list[str]:
    return list(batch.rows.values_list("name", flat=True))


# --- listing ---


def test_open_batch_guesses_names_and_languages(cast: Cast) -> None:
    batch, rows = opened(cast.ed, "anna_de-DE.wav", "Marie (French).m4a", "___.wav")
    assert [(row.name, row.language, row.state) for row in rows if row] == [
        ("Anna", "de-DE", RowState.MISSING),
        ("Marie", "fr", RowState.MISSING),
        ("Voice 3", "", RowState.MISSING),
    ]
    assert (batch.actor, batch.team) == (cast.ed.user, cast.northwind)


def test_guessed_names_are_unique_in_batch_and_account(cast: Cast) -> None:
    key = make_key(cast.ed)
    make_voice(cast.ed, name="Anna", account=key.account)
    make_job(cast.ed, name="Ben", key=key)
    batch, _ = opened(cast.ed, "anna.wav", "more/anna.wav", "ben.wav", key=key)
    assert names_of(batch) == ["Anna 2", "Anna 3", "Ben 2"]


def test_two_files_of_one_name_have_a_row_each(cast: Cast) -> None:
    batch, rows = opened(cast.ed, "take.wav", "take.wav")
    assert len({row.pk for row in rows if row}) == 2
    again = add_files(member=cast.ed, batch=batch, files=listed("take.wav", "take.wav"), now=NOON)
    assert {row.pk for row in again if row} == {row.pk for row in rows if row}


def test_system_files_are_counted_and_get_no_row(cast: Cast) -> None:
    names = (".DS_Store", "anna.wav", "Thumbs.db")
    batch, rows = opened(cast.ed, *names)
    add_files(member=cast.ed, batch=batch, files=listed(*names), now=NOON)
    batch.refresh_from_db()
    assert ([row and row.name for row in rows], batch.hidden_files) == ([None, "Anna", None], 2)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "There are no files in what you chose"),
        ([".DS_Store"], "only hidden system files"),
        ([f"{number}.wav" for number in range(51)], "That makes 51 files; a batch can have at most 50"),
    ],
)
def test_files_that_make_no_batch_leave_none(cast: Cast, names: list[str], told: str) -> None:
    with pytest.raises(FilesRefusedError, match=told):
        opened(cast.ed, *names)
    assert not CloneBatch.objects.exists()


def test_a_batch_takes_no_more_than_fifty_files(cast: Cast) -> None:
    batch, _ = opened(cast.ed, *(f"{number}.wav" for number in range(50)))
    with pytest.raises(FilesRefusedError, match="51 files"):
        add_files(member=cast.ed, batch=batch, files=listed("one more.wav"), now=NOON)
    assert batch.rows.count() == 50


def test_file_that_is_too_large_is_refused_unsent(cast: Cast) -> None:
    batch, rows = opened(cast.ed, "film.wav", size=50_000_001)
    row = batch.rows.get()
    assert (rows, row.state) == ([None], RowState.REFUSED)
    assert row.finding and "at most 50 MB" in row.finding["message"]


def test_files_received_before_are_not_asked_for_again(cast: Cast) -> None:
    content = sounds.speech_wav(seconds=12)
    batch, rows = opened(cast.ed, "anna.wav", "ben.wav", size=len(content))
    keep(cast.ed, rows[0], content)
    again = add_files(
        member=cast.ed, batch=batch, files=listed("anna.wav", "ben.wav", size=len(content)), now=NOON
    )
    assert [row and row.filename for row in again] == [None, "ben.wav"]


# --- examining ---


def test_one_refused_file_stops_no_other(cast: Cast) -> None:
    _, rows = opened(cast.ed, "cover.jpg", "anna.wav")
    refused = keep(cast.ed, rows[0], b"\xff\xd8\xff\xe0" + b"\0" * 3_000)
    ready = keep(cast.ed, rows[1], sounds.speech_wav(seconds=12))
    assert (refused.state, ready.state) == (RowState.REFUSED, RowState.READY)
    assert refused.finding and "JPEG picture" in refused.finding["message"]
    assert ready.sample == Sample.objects.get()


def test_same_recording_twice_is_skipped(cast: Cast) -> None:
    _, rows = opened(cast.ed, "anna.wav", "copy of anna.wav")
    content = sounds.speech_wav(seconds=12)
    kept = [keep(cast.ed, row, content) for row in rows]
    assert [row.state for row in kept] == [RowState.READY, RowState.SKIPPED]
    assert kept[1].message == "The same recording as anna.wav."


def test_file_sent_twice_is_kept_once(cast: Cast) -> None:
    _, rows = opened(cast.ed, "anna.wav")
    first = keep(cast.ed, rows[0], sounds.speech_wav(seconds=12))
    assert keep(cast.ed, first, sounds.speech_wav(seconds=13)).sample == first.sample
    assert Sample.objects.count() == 1


# --- correcting ---


def test_save_batch_stores_what_was_typed(cast: Cast) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben")
    anna, ben = batch.rows.all()
    make_batch_row(batch, cast.ed, position=3, state=RowState.SUBMITTED, name="Sent")
    typed = {
        row.pk: RowValues("x" * 400, "Klingon", "Calm", "Ana Ruiz") for row in batch.rows.exclude(pk=ben.pk)
    }
    values = BatchValues(batch.key, "de", {"consent": "agreed", "speaker": "Ben Lind"})
    save_batch(member=cast.ed, batch=batch, values=values, rows=typed, now=NOON)
    anna.refresh_from_db()
    assert (anna.name, anna.language, anna.speaker) == ("x" * 300, "Klingon", "Ana Ruiz")
    assert names_of(batch)[1:] == ["Ben", "Sent"]
    assert (batch.language, batch.consent) == ("de", {"consent": "agreed", "speaker": "Ben Lind"})


def test_submitted_rows_cannot_be_removed(cast: Cast) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben")
    anna, ben = batch.rows.all()
    submit(cast.ed, anna)
    removed = [remove_row(member=cast.ed, batch=batch, row_id=pk, now=NOON) for pk in (anna.pk, ben.pk, 0)]
    assert (removed, names_of(batch)) == ([False, True, False], ["Anna"])


def test_discard_keeps_what_was_submitted(cast: Cast) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben", "Cleo")
    submit(cast.ed, batch.rows.all()[0])
    assert discard_unsubmitted(member=cast.ed, batch=batch, now=NOON) is False
    assert (names_of(batch), CloneJob.objects.count()) == (["Anna"], 1)


def test_discard_of_a_batch_never_submitted_removes_it(cast: Cast) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben")
    assert discard_unsubmitted(member=cast.ed, batch=batch, now=NOON) is True
    assert CloneBatch.objects.count() == 0


@pytest.mark.parametrize("who", ["ada", "vera"])
def test_batch_is_changed_by_its_own_person_only(cast: Cast, who: str) -> None:
    batch, other = make_batch(cast.ed, "Anna"), getattr(cast, who)
    row = batch.rows.get()
    with pytest.raises(PermissionDenied):
        submit(other, row)
    with pytest.raises(PermissionDenied):
        remove_row(member=other, batch=batch, row_id=row.pk, now=NOON)
    with pytest.raises(PermissionDenied):
        add_files(member=other, batch=batch, files=listed("ben.wav"), now=NOON)
    with pytest.raises(PermissionDenied):
        discard_unsubmitted(member=other, batch=batch, now=NOON)
    assert (batch.rows.get().state, CloneJob.objects.count()) == (RowState.READY, 0)


def test_editor_demoted_meanwhile_submits_nothing(cast: Cast) -> None:
    batch = make_batch(cast.ed, "Anna")
    cast.ed.role = "viewer"
    with pytest.raises(PermissionDenied):
        submit(cast.ed, batch.rows.get())
    assert not CloneJob.objects.exists()


# --- submitting ---


def test_submit_row_makes_a_job_and_moves_the_row(cast: Cast) -> None:
    row = make_batch(cast.ed, "Anna").rows.get()
    job = submit(cast.ed, row)
    row.refresh_from_db()
    assert job and (row.state, row.job) == (RowState.SUBMITTED, job)
    assert (job.name, job.filename, job.sample) == ("Anna", "Anna.wav", row.sample)


def test_row_submitted_again_with_other_values_stays_one(cast: Cast) -> None:
    row = make_batch(cast.ed, "Anna").rows.get()
    submit(cast.ed, row)
    assert submit(cast.ed, row, name="Other", description="Calm") is None
    assert CloneJob.objects.get().name == "Anna"


@pytest.mark.django_db(transaction=True)
def test_row_submitted_by_four_tabs_at_once_is_one_job() -> None:
    ed = make_cast().ed
    row = make_batch(ed, "Anna").rows.get()
    jobs = at_once(lambda number: submit(ed, CloneBatchRow.objects.get(pk=row.pk), name=f"Anna {number}"))
    assert (sum(job is not None for job in jobs), CloneJob.objects.count()) == (1, 1)


def test_row_whose_name_was_taken_says_so_and_stays_ready(cast: Cast) -> None:
    row = make_batch(cast.ed, "Anna").rows.get()
    make_voice(cast.ed, name="Anna", account=row.batch.key.account)
    assert submit(cast.ed, row) is None
    row.refresh_from_db()
    assert row.state == RowState.READY
    assert "You already have a voice called “Anna”" in row.message


def test_row_does_not_move_off_its_table(cast: Cast) -> None:
    row = make_batch_row(make_batch(cast.ed), cast.ed, state=RowState.REFUSED)
    with pytest.raises(ValueError, match="does not move"):
        row.move(RowState.SUBMITTED)


def test_retry_failed_retries_what_may_help(cast: Cast) -> None:
    batch = make_batch(cast.ed)
    for position, (name, state, problem) in enumerate(
        [
            ("Anna", State.FAILED, "not_sent"),
            ("Ben", State.FAILED, "name_taken"),
            ("Cleo", State.CREATED, ""),
            ("Dora", State.FAILED, "throttled"),
        ],
        1,
    ):
        job = make_job(cast.ed, key=batch.key, name=name, state=state, problem=problem)
        make_batch_row(batch, cast.ed, position=position, state=RowState.SUBMITTED, job=job, name=name)
    make_voice(cast.ed, name="Dora", account=batch.key.account)
    retried, reasons = retry_failed(member=cast.ed, batch=batch, now=NOON)
    assert (retried, [reason.partition(":")[0] for reason in reasons]) == (1, ["Dora"])
    assert CloneJob.objects.get(state=State.READY).name == "Anna"


# --- what is left alone ---


def test_sweep_deletes_what_nobody_submitted_for_a_week(cast: Cast) -> None:
    old, new = make_batch(cast.ed, "Anna", touched_at=NOON), make_batch(cast.ed, "Ben", touched_at=NOON)
    half = make_batch(cast.ed, "Cleo", "Dora", touched_at=NOON)
    job = submit(cast.ed, half.rows.get(name="Cleo"))
    CloneBatch.objects.filter(pk=new.pk).update(touched_at=NOON + timedelta(minutes=2))
    Sample.objects.update(used_at=NOON)
    later = NOON + timedelta(days=7, minutes=1)
    assert sweep_batches(now=later) == 2
    assert (set(CloneBatch.objects.all()), names_of(half)) == ({new, half}, ["Cleo"])
    sweep_unused_samples(now=later)
    assert set(Sample.objects.all()) == {new.rows.get().sample, job.sample if job else None}
    assert sweep_batches(now=NOON + timedelta(days=31)) == 1
    assert (list(CloneBatch.objects.all()), CloneJob.objects.count()) == ([], 1)
    assert old.rows.count() == 0
