"""The steps of a bulk change, one by one: what a worker finds, what others do meanwhile, what stays done."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_account, make_bulk_run, make_key, make_voice
from voices.actions.bulk import deletes, steps
from voices.actions.bulk.changes import FULL, NoTagError, change_voices, prepare
from voices.actions.bulk.submit import (
    MAX_AT_ONCE,
    BulkOperation,
    cancel_bulk,
    delete_old_bulk_runs,
    request_bulk_change,
    retry_bulk,
)
from voices.actions.organise.tags import MAX_ON_VOICE
from voices.actions.voice.upstream_change import ChangeStatus, Outcome
from voices.actions.work import RetryPolicy, WorkerContext
from voices.althea import KeyRefusedError, NotSentError, ThrottledError, UnknownOutcomeError
from voices.models import (
    AltheaAccount,
    ApiKey,
    AuditEntry,
    BulkItem,
    BulkRun,
    BulkState,
    BulkVerb,
    ItemState,
    KeyState,
    Membership,
    Tag,
    Tagging,
    Team,
    Voice,
)

STEP = WorkerContext(worker_id="one", policy=RetryPolicy(), now=timezone.now)
OTHER = WorkerContext(worker_id="two", policy=RetryPolicy(), now=timezone.now)
DONE = Outcome(ChangeStatus.DONE)


@pytest.fixture
def account(db: None) -> AltheaAccount:
    return make_account()


@pytest.fixture
def key(cast: Cast, account: AltheaAccount) -> ApiKey:
    return make_key(cast.ed, account=account)


@pytest.fixture
def voices(cast: Cast, account: AltheaAccount) -> list[Voice]:
    return [make_voice(cast.ed, name=f"Voice {number}", account=account) for number in range(6)]


def claimed(run: BulkRun, context: WorkerContext = STEP) -> BulkRun:
    """The run in the hands of that worker, taken up."""
    assert BulkRun.objects.filter(pk=run.pk).claim(
        worker_id=context.worker_id, now=context.now(), seconds=60, limit=1
    )
    run = BulkRun.objects.select_related("team", "actor").get(pk=run.pk)
    assert steps.start(run, context)
    return run


def tag_run(cast: Cast, *voices: Voice, name: str = "Brand") -> BulkRun:
    operation = prepare(member=cast.ed, operation=BulkOperation(BulkVerb.TAG, {"tag": name}))
    return request_bulk_change(
        member=cast.ed, operation=operation, voices=[voice.pk for voice in voices], now=timezone.now()
    )


def states(run: BulkRun) -> dict[str, str]:
    return {item.name: item.state for item in run.items.all()}


def all_states(run: BulkRun) -> set[tuple[str, str]]:
    return set(run.items.values_list("state", "message"))


# --- local ones -------------------------------------------------------------------------------------------


def test_run_part_changes_voices_and_items_and_ends_the_run(cast: Cast, voices: list[Voice]) -> None:
    tag = Tag.objects.create(team=cast.northwind, name="Brand", key="brand")
    Tagging.objects.create(tag=tag, voice=voices[0])
    run = claimed(tag_run(cast, *voices))
    Voice.objects.filter(pk=voices[1].pk).update(deleted_at=timezone.now())
    Voice.objects.filter(pk=voices[2].pk).delete()
    assert steps.change_some(run, STEP)
    assert not steps.change_some(run, STEP)
    run.refresh_from_db()
    assert (run.state, run.lease_until, run.message) == (BulkState.DONE, None, "")
    assert states(run) == {
        "Voice 0": "skipped", "Voice 1": "skipped", "Voice 2": "skipped", "Voice 3": "done", "Voice 4": "done",
        "Voice 5": "done",
    }  # fmt: skip
    assert run.items.get(name="Voice 2").message == steps.NOT_HERE
    assert Tagging.objects.filter(tag=tag).count() == 4
    assert AuditEntry.objects.get(verb="bulk.done").facts == {"state": "done", "done": 3, "skipped": 3}


def test_bulk_tag_fails_only_the_voice_at_its_tag_limit(cast: Cast, voices: list[Voice]) -> None:
    for number in range(MAX_ON_VOICE):
        tag = Tag.objects.create(team=cast.northwind, name=str(number), key=str(number))
        Tagging.objects.create(tag=tag, voice=voices[0])
    run = claimed(tag_run(cast, *voices))
    assert steps.change_some(run, STEP)
    assert not steps.change_some(run, STEP)
    assert sorted(states(run).values()) == ["done"] * 5 + ["failed"]
    assert run.items.get(state=ItemState.FAILED).message == FULL


def test_bulk_tag_stops_with_a_message_if_the_tag_was_merged(cast: Cast, voices: list[Voice]) -> None:
    run = claimed(tag_run(cast, *voices))
    Tag.objects.all().delete()
    assert not steps.change_some(run, STEP)
    run.refresh_from_db()
    assert run.state == BulkState.STOPPED
    assert "“Brand” was removed or merged" in run.message
    assert all_states(run) == {(ItemState.FAILED, run.message)}
    assert not Tagging.objects.exists()


@pytest.mark.parametrize("change", ["lowered", "removed", "inactive"])
def test_bulk_run_checks_the_role_again_in_the_worker(cast: Cast, voices: list[Voice], change: str) -> None:
    run = claimed(tag_run(cast, *voices))
    if change == "lowered":
        Membership.objects.filter(pk=cast.ed.pk).update(role="viewer")
    elif change == "removed":
        Membership.objects.filter(pk=cast.ed.pk).delete()
    else:
        cast.ed.user.is_active = False
        cast.ed.user.save()
    assert not steps.change_some(run, STEP)
    words = steps.NO_ROLE if change == "lowered" else steps.NO_PERSON
    assert BulkRun.objects.get().message == words
    assert all_states(run) == {(ItemState.FAILED, words)}
    assert not Tagging.objects.exists()


def test_cancelled_bulk_run_finishes_its_current_part(cast: Cast, voices: list[Voice]) -> None:
    run = claimed(tag_run(cast, *voices))
    run.items.filter(voice__in=voices[:2]).update(state=ItemState.DONE)
    assert cancel_bulk(member=cast.ed, run=BulkRun.objects.get(), now=timezone.now())
    assert not steps.change_some(run, STEP)
    assert not Tagging.objects.exists()
    assert sorted(states(run).values()) == ["done"] * 2 + ["failed"] * 4
    assert not cancel_bulk(member=cast.ed, run=BulkRun.objects.get(), now=timezone.now())


def test_bulk_run_is_left_to_the_worker_that_took_it_over(cast: Cast, voices: list[Voice]) -> None:
    run = claimed(tag_run(cast, *voices))
    BulkRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    again = claimed(run, OTHER)
    assert again.crashes == 1
    assert not steps.change_some(run, STEP)
    assert not steps.put_off(run, STEP)
    assert not Tagging.objects.exists()
    assert steps.change_some(again, OTHER)


def test_bulk_run_fails_after_too_many_crashes(cast: Cast, voices: list[Voice]) -> None:
    run = tag_run(cast, *voices)
    BulkRun.objects.update(crashes=5, lease_holder="one", lease_until=timezone.now() + timedelta(minutes=1))
    run.refresh_from_db()
    assert not steps.start(run, STEP)
    run.refresh_from_db()
    assert (run.state, run.message) == (BulkState.STOPPED, steps.INTERNAL_ERROR)


def test_bulk_run_is_postponed_by_an_error_of_our_own(cast: Cast, voices: list[Voice]) -> None:
    run = claimed(tag_run(cast, *voices))
    assert steps.crashed(run, STEP)
    run.refresh_from_db()
    assert (run.state, run.crashes, run.lease_until) == (BulkState.QUEUED, 1, None)


# --- deletions --------------------------------------------------------------------------------------------


def test_bulk_delete_leaves_tombstones_and_a_report(cast: Cast, voices: list[Voice], key: ApiKey) -> None:
    run = claimed(make_bulk_run(cast.ed, *voices))
    seen = 0
    while doomed := deletes.next_deletes(run, STEP):
        assert {one.key for one in doomed} == {key}
        seen += len(doomed)
        assert deletes.store_deletes(run, STEP, [(one, DONE) for one in doomed])
    assert (seen, set(states(run).values())) == (6, {"done"})
    assert Voice.objects.filter(deleted_by=cast.ed.user).count() == 6
    assert AuditEntry.objects.filter(verb="voice.deleted").count() == 6
    assert BulkRun.objects.get().state == BulkState.DONE


def test_bulk_delete_settles_gone_voices_without_a_call(cast: Cast, voices: list[Voice], key: ApiKey) -> None:
    run = claimed(make_bulk_run(cast.ed, *voices))
    now = timezone.now()
    Voice.objects.filter(pk=voices[0].pk).update(deleted_at=now)
    Voice.objects.filter(pk=voices[1].pk).delete()
    Voice.objects.filter(pk=voices[2].pk).update(gone_at=now)
    Voice.objects.filter(pk=voices[3].pk).update(ownership="public")
    Voice.objects.filter(pk__in=[voices[4].pk, voices[5].pk]).update(account=make_account(name="Elsewhere"))
    assert deletes.next_deletes(run, STEP) == []
    told = {item.name: (item.state, item.message) for item in run.items.all()}
    assert told["Voice 0"] == ("skipped", deletes.DELETED_BEFORE)
    assert told["Voice 1"] == ("skipped", steps.NOT_HERE)
    assert told["Voice 2"][0] == "done"
    assert "public catalogue" in told["Voice 3"][1]
    assert "Elsewhere" in told["Voice 4"][1]
    assert BulkRun.objects.get().state == BulkState.DONE


def test_two_bulk_deletes_of_a_voice_leave_one_tombstone(
    cast: Cast, voices: list[Voice], key: ApiKey
) -> None:
    first, second = (claimed(make_bulk_run(cast.ed, *voices), context) for context in (STEP, OTHER))
    mine, theirs = deletes.next_deletes(first, STEP), deletes.next_deletes(second, OTHER)
    assert {one.voice.pk for one in mine} == {one.voice.pk for one in theirs}
    deletes.store_deletes(first, STEP, [(one, DONE) for one in mine])
    deletes.store_deletes(second, OTHER, [(one, DONE) for one in theirs])
    assert sorted(states(second).values()) == ["skipped"] * 4 + ["waiting"] * 2
    assert AuditEntry.objects.filter(verb="voice.deleted").count() == 4
    rest = deletes.next_deletes(first, STEP)
    deletes.store_deletes(first, STEP, [(one, DONE) for one in rest])
    assert deletes.next_deletes(second, OTHER) == []
    assert set(states(second).values()) == {"skipped"}


def test_bulk_delete_stops_and_reports_when_the_key_is_refused(
    cast: Cast, voices: list[Voice], key: ApiKey
) -> None:
    run = claimed(make_bulk_run(cast.ed, *voices))
    doomed = deletes.next_deletes(run, STEP)
    refused = Outcome(ChangeStatus.KEY_REFUSED, error=KeyRefusedError("Althea refused this key.", status=401))
    assert not deletes.store_deletes(run, STEP, [(doomed[0], DONE), *((one, refused) for one in doomed[1:])])
    run.refresh_from_db()
    key.refresh_from_db()
    assert (run.state, key.state) == (BulkState.STOPPED, KeyState.REFUSED)
    assert "was refused by Althea" in run.message
    assert sorted(states(run).values()) == ["done"] + ["failed"] * 5
    assert {message for _, message in all_states(run)} == {"", run.message}
    assert Voice.objects.filter(deleted_at=None).count() == 5
    assert retry_bulk(member=cast.ed, run=run, now=timezone.now())
    assert sorted(states(run).values()) == ["done"] + ["waiting"] * 5


def test_bulk_delete_continues_with_another_key_of_the_person(
    cast: Cast, voices: list[Voice], key: ApiKey, account: AltheaAccount
) -> None:
    spare = make_key(cast.ed, account=account)
    run = claimed(make_bulk_run(cast.ed, *voices))
    refused = Outcome(ChangeStatus.KEY_REFUSED, error=KeyRefusedError("No.", status=401))
    doomed = deletes.next_deletes(run, STEP)
    assert deletes.store_deletes(run, STEP, [(one, refused) for one in doomed])
    assert {one.key for one in deletes.next_deletes(run, STEP)} == {spare}


def test_bulk_delete_waits_as_long_as_retry_after_says(cast: Cast, voices: list[Voice], key: ApiKey) -> None:
    run = claimed(make_bulk_run(cast.ed, *voices))
    doomed = deletes.next_deletes(run, STEP)
    slow = [ThrottledError("Busy.", retry_after_seconds=seconds, status=429) for seconds in (5, 120, 7)]
    waits = [Outcome(ChangeStatus.LATER, error=why) for why in slow]
    came = list(zip(doomed, [DONE, *waits], strict=True))
    assert not deletes.store_deletes(run, STEP, came)
    run.refresh_from_db()
    assert (run.state, run.message, run.attempts, run.lease_until) == (BulkState.QUEUED, "Busy.", 0, None)
    assert timedelta(seconds=110) < run.due_at - timezone.now() <= timedelta(seconds=120)
    assert sorted(states(run).values()) == ["done"] + ["waiting"] * 5


def test_bulk_delete_fails_after_five_pauses_without_progress(
    cast: Cast, voices: list[Voice], key: ApiKey
) -> None:
    run = make_bulk_run(cast.ed, *voices)
    away = Outcome(ChangeStatus.LATER, error=NotSentError("Can't reach Althea."))
    for attempt in range(1, 6):
        BulkRun.objects.update(due_at=timezone.now())
        run = claimed(run)
        assert not deletes.store_deletes(run, STEP, [(one, away) for one in deletes.next_deletes(run, STEP)])
        run.refresh_from_db()
        assert run.is_live is (attempt < 5)
    assert run.message == "Can't reach Althea. The rest wasn't done."
    assert all_states(run) == {(ItemState.FAILED, run.message)}


def test_bulk_delete_retries_an_unclear_answer_once_at_the_end(
    cast: Cast, voices: list[Voice], key: ApiKey
) -> None:
    run = claimed(make_bulk_run(cast.ed, *voices))
    unclear = Outcome(ChangeStatus.UNCLEAR, error=UnknownOutcomeError("Althea didn't respond in time."))
    tries: list[str] = []
    while doomed := deletes.next_deletes(run, STEP):
        tries += [one.item.name for one in doomed]
        came = [(one, unclear if one.voice == voices[0] else DONE) for one in doomed]
        assert deletes.store_deletes(run, STEP, came)
    assert (tries[0], tries[-1], len(tries)) == ("Voice 0", "Voice 0", 7)
    item = run.items.get(voice=voices[0])
    assert item.state == ItemState.FAILED
    assert item.message.startswith("Althea didn't respond in time.")


def test_bulk_delete_reports_calls_that_ended_after_a_cancel(
    cast: Cast, voices: list[Voice], key: ApiKey
) -> None:
    run = claimed(make_bulk_run(cast.ed, *voices))
    doomed = deletes.next_deletes(run, STEP)
    assert cancel_bulk(member=cast.ed, run=BulkRun.objects.get(), now=timezone.now())
    deletes.store_deletes(run, STEP, [(one, DONE) for one in doomed])
    assert deletes.next_deletes(run, STEP) == []
    assert sorted(states(run).values()) == ["done"] * 4 + ["failed"] * 2
    assert Voice.objects.exclude(deleted_at=None).count() == 4


# --- asking and forgetting --------------------------------------------------------------------------------


def test_bulk_operation_is_refused_to_a_viewer(cast: Cast, voices: list[Voice]) -> None:
    operation = BulkOperation(BulkVerb.DELETE)
    with pytest.raises(PermissionDenied):
        request_bulk_change(member=cast.vera, operation=operation, voices=[voices[0].pk], now=timezone.now())
    with pytest.raises(PermissionDenied):
        change_voices(
            member=cast.vera,
            operation=BulkOperation(BulkVerb.STAGE, {"stage": "draft"}),
            voices=[voices[0].pk],
            now=timezone.now(),
        )


def test_bulk_tag_refuses_a_tag_of_another_team(cast: Cast, voices: list[Voice]) -> None:
    foreign = Tag.objects.create(team=cast.southwind, name="South", key="south")
    operation = BulkOperation(BulkVerb.TAG, {"tag": "South", "tag_id": foreign.pk})
    with pytest.raises(NoTagError):
        change_voices(member=cast.ed, operation=operation, voices=[voices[0].pk], now=timezone.now())


def test_bulk_run_drops_duplicate_and_foreign_voices(cast: Cast, voices: list[Voice]) -> None:
    ids = [voices[0].pk, voices[0].pk, make_voice(cast.sam).pk]
    run = request_bulk_change(
        member=cast.ed, operation=BulkOperation(BulkVerb.FAVOURITE), voices=ids, now=timezone.now()
    )
    assert (run.total, run.items.count()) == (1, 1)


def test_bulk_sweep_deletes_old_runs_and_keeps_live_ones(cast: Cast, voices: list[Voice]) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    make_bulk_run(cast.ed, *voices, state=BulkState.DONE, ended_at=long_ago)
    stays = make_bulk_run(cast.ed, *voices)
    assert delete_old_bulk_runs(now=timezone.now()) == 1
    assert BulkRun.objects.get() == stays
    assert BulkItem.objects.count() == len(voices)


def test_favourites_leave_the_team_s_counts_alone(cast: Cast, voices: list[Voice]) -> None:
    """They are one person's: nobody's cached counts are thrown away for them."""
    ids = [voice.pk for voice in voices]
    Team.objects.filter(pk=cast.northwind.pk).update(library_revision=7)

    def change(verb: BulkVerb, **argument: str) -> tuple[int, int]:
        operation = BulkOperation(verb, argument)
        result = change_voices(member=cast.ed, operation=operation, voices=ids, now=timezone.now())
        return len(result.changed), Team.objects.get(pk=cast.northwind.pk).library_revision

    assert change(BulkVerb.FAVOURITE) == (6, 7)
    assert change(BulkVerb.UNFAVOURITE) == (6, 7)
    assert change(BulkVerb.STAGE, stage="approved") == (6, 8)
    assert change(BulkVerb.STAGE, stage="approved") == (0, 8)


def test_bulk_operation_is_immediate_only_if_local_and_small() -> None:
    assert BulkOperation(BulkVerb.TAG).is_quick(MAX_AT_ONCE)
    assert not BulkOperation(BulkVerb.TAG).is_quick(MAX_AT_ONCE + 1)
    assert not BulkOperation(BulkVerb.DELETE).is_quick(1)
