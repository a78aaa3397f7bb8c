"""Giving voices another model, through the real worker and a real sandbox, which misbehaves where told to."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_sample, make_voice
from tests.sandbox.live import LiveSandbox
from tests.sandbox_voices import Living
from tests.worker.running import work_until_idle
from voices import althea
from voices.actions.bulk.models import CHANGED, GONE, HAS_IT, request_model_change
from voices.actions.voice.upsert import voice_columns
from voices.actions.voice.upstream_change import acquire_lock, release_lock
from voices.models import AuditEntry, BulkItem, BulkRun, BulkState, Voice

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = "sonic-english", "sonic-3.5"
SETTINGS = {"voiceId": "narrator", "model": OLD, "generationConfig": {"speed": 1.1}}
PATCH = {"method": "PATCH", "path": "/api/voices/.+"}


@pytest.fixture
def living(living: Living, cast: Cast) -> Living:
    living.key(cast.ed)
    return living


def defined(living: Living, cast: Cast, name: str, **facts: Any) -> Voice:
    """A voice of Cartesia at the sandbox, and its row in Ed's library."""
    with living.asking() as http:
        body = {"name": name, "definition": {"cartesia": SETTINGS}}
        upstream = althea.Voice.from_json(http.post("/api/voices", json=body).raise_for_status().json())
    columns = voice_columns(upstream) | facts
    return make_voice(cast.ed, account=living.account, voice_id=upstream.voice_id, **columns)


def ask(cast: Cast, *voices: Voice) -> BulkRun:
    return request_model_change(member=cast.ed, old=OLD, new=NEW, voices=voices, now=timezone.now())


def work(run: BulkRun) -> dict[str, tuple[str, str]]:
    """The state and the message of each item after the worker did what it could, by the voice's name."""
    async_to_sync(work_until_idle)()
    run.refresh_from_db()
    return {item.name: (item.state, item.message) for item in run.items.all()}


def engine(living: Living, voice: Voice) -> dict[str, Any]:
    """The settings that the sandbox has of the voice."""
    told = living.told(voice)
    assert told is not None
    found: dict[str, Any] = told["definition"]["cartesia"]
    return found


def test_model_is_changed_where_it_is_still_the_old_one(living: Living, cast: Cast) -> None:
    done, moved, touched, gone = (defined(living, cast, name) for name in ("A", "B", "C", "D"))
    clone = defined(living, cast, "E", sample=make_sample(cast.ed))
    # Elsewhere: B was given the new model, C another speed, and D was deleted.
    living.change(moved, definition={"cartesia": {**SETTINGS, "model": NEW}})
    living.change(touched, definition={"cartesia": {**SETTINGS, "generationConfig": {"speed": 0.9}}})
    living.delete(gone)
    run = ask(cast, done, moved, touched, gone, clone)
    found = work(run)
    assert run.state == BulkState.DONE
    assert found.pop("E")[0] == "failed"
    assert found == {
        "A": ("done", ""), "B": ("skipped", HAS_IT), "C": ("left", CHANGED), "D": ("left", GONE),
    }  # fmt: skip
    assert engine(living, done) == {**SETTINGS, "model": NEW}
    assert engine(living, touched) == {**SETTINGS, "generationConfig": {"speed": 0.9}}
    assert engine(living, clone) == SETTINGS
    rows = {voice.name: voice for voice in Voice.objects.all()}
    assert {name: voice.model for name, voice in rows.items()} == {
        "A": NEW, "B": NEW, "C": OLD, "D": OLD, "E": OLD,
    }  # fmt: skip
    assert rows["C"].definition["cartesia"]["generationConfig"] == {"speed": 0.9}
    assert (rows["D"].gone_at is not None, rows["A"].changing_until) == (True, None)
    entry = AuditEntry.objects.get(verb="voice.redefined")
    assert (entry.thing_name, entry.facts) == ("A", {"settings": ["model"]})


def test_model_that_a_killed_worker_sent_is_done(living: Living, cast: Cast) -> None:
    voice = defined(living, cast, "A")
    run = ask(cast, voice)
    BulkItem.objects.update(is_sent=True)
    living.change(voice, definition={"cartesia": {**SETTINGS, "model": NEW}})
    assert work(run) == {"A": ("done", "")}
    assert Voice.objects.get().model == NEW


def test_unclear_answers_of_model_changes_are_checked(
    living: Living, cast: Cast, sandbox: LiveSandbox
) -> None:
    first, second = defined(living, cast, "A"), defined(living, cast, "B")
    for voice, commit in ((first, True), (second, False)):
        path = f"/api/voices/{voice.voice_id}"
        sandbox.fault(method="PATCH", path=path, effect="status", status=500, commit=commit)
    assert work(ask(cast, first, second)) == {"A": ("done", ""), "B": ("done", "")}
    assert len(sandbox.log(**PATCH)) == 3


def test_model_of_a_voice_that_is_being_edited_waits(living: Living, cast: Cast) -> None:
    voice = defined(living, cast, "A")
    acquire_lock(voice, timezone.now())
    run = ask(cast, voice)
    assert work(run) == {"A": ("waiting", "")}
    assert run.state == BulkState.QUEUED
    release_lock(voice)
    BulkRun.objects.update(due_at=timezone.now())
    assert work(run) == {"A": ("done", "")}
