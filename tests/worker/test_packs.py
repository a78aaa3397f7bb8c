"""A pack's way from one team to another, through the real worker and a real sandbox: nothing is lost but secrets."""

import hashlib
import io
import json
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils import timezone

from tests import loopback
from tests.base import Cast
from tests.builders import make_consent, make_key, make_preview, make_voice
from tests.packs import pack_bytes, voice_facts
from tests.sandbox.live import LiveSandbox
from tests.sounds import encoded, speech, speech_wav
from tests.worker.running import work_until_idle
from voices import althea, gateway
from voices.actions.clone.samples import edit_sample, store_sample
from voices.actions.organise.aliases import make_alias
from voices.actions.organise.tags import add_tags
from voices.actions.packs import steps
from voices.actions.packs.exporting import export_pack, plan_export
from voices.actions.packs.importing import RowValues, retry_import, save_import, start_import
from voices.actions.packs.receiving import receive_pack
from voices.actions.packs.reviewing import review_pack
from voices.actions.packs.sending import send
from voices.actions.voice.upsert import upsert_voice
from voices.audio.edits import Edit
from voices.kit.packed_voices import PackedVoice
from voices.kit.secret import Secret
from voices.models import (
    ApiKey,
    AuditEntry,
    CloneJob,
    Membership,
    PackImport,
    PackImportRow,
    PackRowState,
    PackState,
    Sample,
    Stage,
    State,
    Team,
    Voice,
    VoiceOrigin,
)

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "Bearer wX7pN9fM3kLj6tRq"
GENERIC = {
    "generic": {
        "url": "https://tts.example/speak",
        "headers": {"Authorization": HEADER},
        "body": {"text": "{text}", "voice": "anna"},
        "responseSampleRate": 24_000,
    }
}


def upload(content: bytes, name: str) -> tuple[TemporaryUploadedFile, str]:
    file: TemporaryUploadedFile = TemporaryUploadedFile(name, "", len(content), None)
    file.write(content)
    file.seek(0)
    return file, hashlib.sha256(content).hexdigest()


def cut_sample(member: Membership) -> Sample:
    """Return a part of a recording that was uploaded in a format that is converted."""
    file, sha256 = upload(encoded("flac", "flac", speech(20), rate=16_000), "Ana Ruiz.flac")
    with closing(file):
        whole = store_sample(member=member, file=file, sha256=sha256)
    return edit_sample(member=member, sample=whole, edit=Edit(start=2.0, end=16.5, level=True))


def clone(member: Membership, key: ApiKey) -> Voice:
    sample = cut_sample(member)
    consent = make_consent(member, sample)
    voice = make_voice(
        member, name="Ána Ruiz 😀", account=key.account, sample=sample, consent=consent, stage=Stage.APPROVED,
        description="Calm, and close", notes="Read slowly.\nTwice.", primary_language="de-AT",
    )  # fmt: skip
    make_preview(voice)
    add_tags(member=member, voice=voice, names=["news", "Früh, spät".replace(",", "")], now=timezone.now())
    make_alias(member=member, name="brand-de", voice=voice, now=timezone.now())
    return voice


def from_settings(member: Membership, key: ApiKey, **facts: Any) -> Voice:
    told = {
        "voiceId": facts.pop("voice_id", "3b1e9e4e-0000-4000-8000-000000000001"), "name": "Narrator",
        "description": "Ours", "primaryLanguage": "fr-CA", "ownership": "private", "previewUrl": None,
        "billingStyle": "VOICE_BILLING_STYLE_EXTERNAL", "provider": "Generic", "definition": GENERIC,
    }  # fmt: skip
    assert key.account is not None
    return upsert_voice(
        team=member.team, account=key.account, upstream=althea.Voice.from_json(told | facts),
        origin=VoiceOrigin.SYNCED, now=timezone.now(),
    )  # fmt: skip


def exported(member: Membership) -> bytes:
    plan = plan_export(member=member, voices=Voice.objects.of_team(member.team), now=timezone.now())
    return b"".join(export_pack(member=member, plan=plan, now=timezone.now()))


@dataclass
class Importer:
    """Somebody who imports packs with their own key."""

    member: Membership
    key: ApiKey

    def receive(self, content: bytes) -> PackImport:
        file, sha256 = upload(content, "voices.zip")
        with closing(file):
            return receive_pack(
                member=self.member, key=self.key, file=file, sha256=sha256, now=timezone.now()
            )

    def fill_in(self, pack: PackImport, secret: str = HEADER) -> None:
        rows = {}
        for one in review_pack(pack, pack.rows.all(), key=self.key, now=timezone.now()):
            rows[one.row.pk] = RowValues(one.row.name, True, {path: Secret(secret) for path in one.secrets})
        consent = {"statement": "en.1", "agreed": "on"}
        save_import(
            member=self.member, pack=pack, key=self.key, consent=consent, rows=rows, now=timezone.now()
        )

    def run(self, pack: PackImport) -> list[PackImportRow]:
        start_import(member=self.member, pack=pack, now=timezone.now())
        return self.work(pack)

    def work(self, pack: PackImport) -> list[PackImportRow]:
        """Let the worker do what it can, as often as its waits are over."""
        for _ in range(6):
            async_to_sync(work_until_idle)()
            PackImport.objects.filter(pk=pack.pk).update(due_at=timezone.now() - timedelta(seconds=1))
            pack.refresh_from_db()
            if pack.has_ended:
                break
        return list(pack.rows.select_related("voice__sample__parent", "voice__consent", "job"))

    def bring(self, content: bytes) -> list[PackImportRow]:
        pack = self.receive(content)
        self.fill_in(pack)
        return self.run(pack)


@pytest.fixture
def sam(cast: Cast, sandbox: LiveSandbox) -> Importer:
    return Importer(cast.sam, make_key(cast.sam, secret=sandbox.key()))


def facts_of(content: bytes) -> list[dict[str, Any]]:
    """Return what a pack's manifest says, with each file's hash instead of its name."""
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        manifest = json.loads(pack.read("manifest.json"))
    hashes = {name: one["sha256"] for name, one in manifest["files"].items()}
    voices = json.loads(
        json.dumps(manifest["voices"]),
        object_hook=lambda one: {k: hashes.get(str(v), v) for k, v in one.items()},
    )
    return sorted(voices, key=lambda one: str(one["name"]))


# What the other installation says anew: identities, times, its own preview, and its own receipt.
# (What a voice has beside that is ours, or derived: it has no place in a pack.)
ANEW = {"id", "voice_id", "created_at", "account", "origin", "preview", "provider"}


def test_a_round_trip_loses_nothing_but_secrets(cast: Cast, sam: Importer) -> None:
    key = make_key(cast.ed)
    clone(cast.ed, key)
    from_settings(cast.ed, key)
    first = exported(cast.ed)
    assert HEADER.encode() not in first
    with zipfile.ZipFile(io.BytesIO(first)) as pack:
        assert all(HEADER.encode() not in pack.read(name) for name in pack.namelist())

    rows = sam.bring(first)
    assert [(row.state, row.message) for row in rows] == [(PackRowState.MADE, "")] * 2
    before, after = facts_of(first), facts_of(exported(cast.sam))
    assert {name for one in before for name in one} == set(PackedVoice.__dataclass_fields__)
    for old, new in zip(before, after, strict=True):
        # A clone's definition is the id that its account has for it.
        kept = set(old) - ANEW - {"consent"} - ({"definition"} if old["sample"] else set())
        assert {name: new[name] for name in kept} == {name: old[name] for name in kept}
        consents = [{k: v for k, v in (one["consent"] or {}).items() if k != "receipt"} for one in (old, new)]
        assert consents[0] == consents[1]
        assert json.loads(rows[0].receipt)["consent"]["speaker"] == "Ana Ruiz"
    made = {row.name: row for row in rows}
    assert made["Ána Ruiz 😀"].voice.sample.sent_sha256 == cut_sample(cast.ed).sent_sha256
    assert AuditEntry.objects.filter(verb__in=["pack.imported", "voice.imported"]).count() == 3


def test_a_column_is_packed_or_left_out_by_name() -> None:
    renamed = {"primary_language": "language", "billing_style": "billing", "consent_state": "consent"}
    left_out = (
        "team job steward added_by notes_by notes_at edited_by edited_at deleted_at deleted_by gone_at changed_at "
        "played_at version changing_until search_text name_key language_tag language_key language_label "
        "model preview_url ownership raw sealed_secrets health health_problem health_since health_checked_at"
    )
    columns = {field.name for field in Voice._meta.concrete_fields} - set(left_out.split())
    assert {renamed.get(name, name) for name in columns} == set(PackedVoice.__dataclass_fields__) - {
        "tags", "aliases", "secrets", "preview",
    }  # fmt: skip


def test_secrets_arrive_at_althea_and_are_not_kept(cast: Cast, sandbox: LiveSandbox, sam: Importer) -> None:
    from_settings(cast.ed, make_key(cast.ed))
    [row] = sam.bring(exported(cast.ed))
    address, secret = f"{sandbox.url}/api/voices/{row.voice.voice_id}", gateway.unseal(sam.key).reveal()
    told = loopback.get(address, headers={"X-API-Key": secret}).raise_for_status().json()
    assert told["definition"] == GENERIC
    row.refresh_from_db()
    assert row.sealed_secrets is None
    assert HEADER not in json.dumps(row.content)
    assert HEADER not in json.dumps(row.voice.definition)


def test_the_same_pack_twice_makes_nothing_twice(cast: Cast, sandbox: LiveSandbox, sam: Importer) -> None:
    key = make_key(cast.ed)
    from_settings(cast.ed, key)
    content = exported(cast.ed)
    pack = sam.receive(content)
    assert sam.receive(content) == pack
    sam.fill_in(pack)
    sam.run(pack)
    again = sam.receive(content)
    assert again != pack
    [review] = review_pack(again, again.rows.all(), key=sam.key, now=timezone.now())
    assert review.existing is not None
    assert not review.can_be_made
    # Where it was exported it is there as well.
    own = Importer(cast.ed, key)
    [review] = review_pack(
        own.receive(content),
        PackImportRow.objects.filter(pack__actor=cast.ed.user),
        key=key,
        now=timezone.now(),
    )
    assert review.existing is not None
    assert len(sandbox.voices(private=True)) == 1


def test_a_worker_that_died_makes_nothing_twice(cast: Cast, sandbox: LiveSandbox, sam: Importer) -> None:
    """The row moves with its job in one transaction: a second try finds it sent."""
    pack = sam.receive(pack_bytes(voice_facts(name="One"), voice_facts(name="Two")))
    sam.fill_in(pack)
    start_import(member=cast.sam, pack=pack, now=timezone.now())
    stale = list(pack.rows.all())
    sam.work(pack)
    assert not send(member=cast.sam, pack=pack, row=stale[0], sample=None, now=timezone.now())
    assert len(sandbox.voices(private=True)) == 2
    assert CloneJob.objects.count() == 2


def test_what_failed_is_told_and_can_be_tried_again(cast: Cast, sandbox: LiveSandbox, sam: Importer) -> None:
    noise = b"this is no recording" * 100
    sound = speech_wav(seconds=12)
    clone_of = {"definition": {}, "billing": "VOICE_BILLING_STYLE_INCLUDED"}
    consent = {"basis": "own"}
    content = pack_bytes(
        voice_facts(name="Noise", sample={"original": "files/1.wav"}, consent=consent, **clone_of),
        voice_facts(name="Sound", sample={"sent": "files/2.wav"}, consent=consent, tags=["a,b"], **clone_of),
        files={"files/1.wav": noise, "files/2.wav": sound},
    )
    sandbox.fault(effect="unpaid", path="/api/voices", method="POST")
    pack = sam.receive(content)
    sam.fill_in(pack)
    noisy, refused = sam.run(pack)
    assert (noisy.state, refused.state) == ("failed", "failed")
    assert noisy.message.startswith("This is a text file, not a recording.")
    assert refused.job is not None
    assert (refused.job.state, refused.message) == (State.FAILED, refused.job.message)
    sandbox.clear()
    assert retry_import(member=cast.sam, pack=pack, now=timezone.now()) == 2
    noisy, made = sam.work(pack)
    assert (noisy.state, made.state) == ("failed", "made")
    assert made.message == "A tag's name can't contain a comma, which separates tags."
    assert made.job == refused.job  # retried, and not sent as another one
    assert PackImport.objects.get().state == PackState.DONE


def test_an_import_stops_with_its_person(cast: Cast, sandbox: LiveSandbox, sam: Importer) -> None:
    pack = sam.receive(pack_bytes(voice_facts()))
    sam.fill_in(pack)
    start_import(member=cast.sam, pack=pack, now=timezone.now())
    Membership.objects.filter(pk=cast.sam.pk).delete()
    [row] = sam.work(pack)
    assert (pack.state, row.state) == (PackState.STOPPED, PackRowState.FAILED)
    assert row.message == pack.message == steps.NO_PERSON
    assert sandbox.voices(private=True) == []


def test_the_two_person_rule_covers_an_imports_stage(cast: Cast, sam: Importer) -> None:
    Team.objects.filter(pk=cast.southwind.pk).update(two_person_rule=True)
    [row] = sam.bring(pack_bytes(voice_facts(stage="approved")))
    assert (row.state, row.message) == (PackRowState.MADE, "Its stage is waiting for approval.")
    assert row.voice is not None
    assert row.voice.stage == Stage.DRAFT
