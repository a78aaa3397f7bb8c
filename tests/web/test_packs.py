"""The pages of voice packs: what an export holds, what an import would make and what it lacks, and its report."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_consent, make_key, make_pack_import, make_sample, make_voice
from tests.packs import pack_bytes, voice_facts
from voices.actions.consents.receipts import signed_receipt
from voices.models import (
    ApiKey,
    AuditEntry,
    Consent,
    FileIntent,
    PackImport,
    PackImportRow,
    PackRowState,
    PackState,
    Stage,
    Voice,
)

SECRET = "Bearer wX7pN9fM3kLj6tRq"
GENERIC = {
    "generic": {
        "url": "https://tts.example/",
        "headers": {"Authorization": "sealed:"},
        "body": {"text": "{text}"},
    }
}
CLONE = {"definition": {}, "billing": "VOICE_BILLING_STYLE_INCLUDED"}
SOUND = b"RIFF" + bytes(200)


@pytest.fixture
def key(cast: Cast) -> ApiKey:
    return make_key(cast.ed)


@pytest.fixture
def ed(cast: Cast, key: ApiKey) -> Client:
    return cast.login(cast.ed)


def text(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def upload(browser: Client, content: bytes) -> HttpResponse:
    file = SimpleUploadedFile("voices.zip", content, "application/zip")
    return browser.post(reverse("voices:pack-imports"), {"file": file, "complete": "1"})


def received(browser: Client, *voices: dict[str, Any], **files: Any) -> PackImport:
    answer = upload(browser, pack_bytes(*voices, **files))
    assert answer.status_code == 303, text(answer)
    return PackImport.objects.get()


def page_of(browser: Client, pack: PackImport) -> str:
    return text(browser.get(reverse("voices:pack-import", args=[pack.pk])))


def start(browser: Client, pack: PackImport, **typed: str) -> HttpResponse:
    """Send the form as its page would, with what was typed."""
    rows = {f"name-{row.pk}": row.name for row in pack.rows.all()}
    rows |= {f"chosen-{row.pk}": "on" for row in pack.rows.all()}
    return browser.post(reverse("voices:pack-import-start", args=[pack.pk]), rows | typed)


def test_export_shows_what_is_in_the_pack_then_sends_it(cast: Cast, ed: Client) -> None:
    good = make_voice(cast.ed, name="Marlene", sample=make_sample(cast.ed))
    public = make_voice(cast.ed, name="Stock", ownership="public")
    ended = make_consent(cast.ed, withdrawn_at=timezone.now())
    quarantined = make_voice(cast.ed, name="Gone silent", consent=ended)
    address = {"generic": {"url": "https://tts.example/speak?api_key=short", "body": {"text": "{text}"}}}
    keyed = make_voice(cast.ed, name="Own engine", definition=address)
    voices = (good, public, quarantined, keyed)
    where, chosen = reverse("voices:pack-export"), [str(one.pk) for one in voices]
    shown = text(ed.post(where, {"voice": chosen}))
    assert "Export 1 voice as a pack" in shown
    assert "Stock</span>: It belongs to Althea&#x27;s public catalogue" in shown
    assert (
        "Own engine</span>: The address of its engine contains what looks like a key. Move it to a header"
        in shown
    )
    assert "Gone silent</span>: The consent for this voice was withdrawn" in shown
    answer = ed.post(where, {"voice": chosen, "sure": "1"})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as pack:  # type: ignore[attr-defined]  # streamed
        manifest = json.loads(pack.read("manifest.json"))
    assert [voice["name"] for voice in manifest["voices"]] == ["Marlene"]
    assert manifest["made_by"]["team"] == "Northwind"
    assert AuditEntry.objects.get(verb="pack.exported").facts == {"voices": 1, "names": ["Marlene"]}
    assert ed.post(where, {}).status_code == 303


def test_bad_packs_are_refused_beside_the_field(ed: Client) -> None:
    for content, sentence in (
        (b"ID3", "This isn&#x27;t a voice pack"),
        (pack_bytes(voice_facts())[:-9], "This pack is incomplete."),
        (pack_bytes(voice_facts(sample={"edit": {"start": "now"}})), "the edits of"),
    ):
        answer = upload(ed, content)
        assert answer.status_code == 422
        assert sentence in text(answer)
    assert not PackImport.objects.exists()
    assert not FileIntent.objects.exists()


def test_import_asks_for_missing_secrets_and_keeps_them(ed: Client) -> None:
    pack = received(ed, voice_facts(name="Narrator", definition=GENERIC))
    shown = page_of(ed, pack)
    assert "Headers › Authorization" in shown
    refused = start(ed, pack)
    assert refused.status_code == 422
    assert "Enter this value. Packs don&#x27;t include secrets." in text(refused)
    row = pack.rows.get()
    typed = {f"secret-{row.pk}-0": SECRET, f"name-{row.pk}": "x" * 41}
    refused = start(ed, pack, **typed)
    assert "Althea allows at most 40 characters; this name has 41." in text(refused)
    assert "x" * 41 in text(refused)
    assert SECRET not in text(refused)
    assert "Entered. Leave empty to keep it" in page_of(ed, pack)
    row.refresh_from_db()
    assert SECRET.encode() not in bytes(row.sealed_secrets or b"")
    assert start(ed, pack).status_code == 422  # the stored name is still too long
    PackImportRow.objects.update(name="Narrator")
    assert start(ed, pack).status_code == 303
    pack.refresh_from_db()
    assert pack.state == PackState.QUEUED


def test_secrets_inside_a_pack_are_sealed(ed: Client) -> None:
    leaky = {"generic": GENERIC["generic"] | {"headers": {"Authorization": SECRET}}}
    pack = received(ed, voice_facts(definition=leaky))
    assert SECRET not in json.dumps(pack.rows.get().content)
    assert start(ed, pack).status_code == 303


def test_taken_names_are_replaced_and_told(cast: Cast, ed: Client, key: ApiKey) -> None:
    make_voice(cast.ed, name="Marlene", account=key.account)
    pack = received(ed, voice_facts(name="Marlene"), voice_facts(name="Sora"))
    first, second = pack.rows.all()
    assert first.name == "Marlene 2"
    typed = {f"name-{first.pk}": "Marlene", f"name-{second.pk}": "Marlene"}
    refused = text(start(ed, pack, **typed))
    assert refused.count("You already have a voice called “Marlene” in the account Northwind.") == 2
    refused = text(start(ed, pack, **dict.fromkeys(typed, "Anna")))
    assert refused.count("Another voice in this pack has this name. Change one of them.") == 2
    assert (
        start(ed, pack, **{f"name-{first.pk}": "Marlene B", f"name-{second.pk}": "Sora"}).status_code == 303
    )


def test_voices_that_cannot_be_made_say_why(cast: Cast, ed: Client, key: ApiKey) -> None:
    here = make_voice(cast.ed, name="Ours", account=key.account)
    pack = received(
        ed,
        voice_facts(name="Ours", voice_id=here.voice_id),
        voice_facts(name="No recording", **CLONE),
        voice_facts(name="Unknown engine", definition={"whisper": {}}),
        voice_facts(name="Two engines", definition={"lmnt": {}, "google": {}}),
    )
    shown = page_of(ed, pack)
    assert "Already in your library" in shown
    assert "the pack doesn&#x27;t include its recording" in shown
    assert shown.count("The pack doesn&#x27;t include settings for it that this Voice Studio supports.") == 2
    assert "disabled>Import selected voices" in shown
    assert "Choose at least one voice." in text(start(ed, pack))


def clone_in_pack(**consent: str) -> dict[str, Any]:
    sample = {"sent": "files/1.wav", "filename": "Ana.wav"}
    return voice_facts(name="Ana", sample=sample, consent=consent or None, **CLONE)


def test_consent_is_stated_where_the_pack_has_none(ed: Client) -> None:
    pack = received(ed, clone_in_pack(), files={"files/1.wav": SOUND})
    assert "Choose whose voice it is." in text(start(ed, pack))
    typed = {"consent": "agreed", "speaker": "Ana Ruiz", "relation": "actor", "statement": "en.1"}
    refused = text(start(ed, pack, **typed))
    assert "Confirm that the speaker agreed to this statement." in refused
    assert "Ana Ruiz" in refused
    assert start(ed, pack, **typed, agreed="on").status_code == 303


def test_consent_of_a_pack_is_confirmed(ed: Client) -> None:
    told = {"basis": "agreed", "speaker": "Ana Ruiz", "relation": "actor", "proof": "Contract 17"}
    pack = received(ed, clone_in_pack(**told), files={"files/1.wav": SOUND})
    shown = page_of(ed, pack)
    assert "Ana Ruiz, voice actor, Contract 17" in shown
    assert "Whose voice is it?" not in shown
    assert "Confirm that the speaker agreed to this statement." in text(start(ed, pack))
    assert start(ed, pack, statement="en.1", agreed="on").status_code == 303


@pytest.mark.parametrize(
    ("change", "asks_for"),
    [
        ("none", "nothing"),
        ("receipt", "the statement"),
        ("recording", "the statement"),
        ("withdrawn", "a consent"),
    ],
)
def test_our_own_receipt_is_consent_enough(cast: Cast, ed: Client, change: str, asks_for: str) -> None:
    sample = make_sample(cast.ada, content=SOUND)
    consent = make_consent(cast.ada, sample)
    receipt = signed_receipt(member=cast.ada, consent=consent, now=timezone.now())
    if change == "receipt":
        receipt = receipt.replace(b"Contract 17", b"Contract 18")
    if change == "withdrawn":
        Consent.objects.all().withdraw(by=cast.ada.user, reason="Asked to", now=timezone.now())
    told = {"basis": "agreed", "speaker": "Ana Ruiz", "relation": "actor", "receipt": "files/2.json"}
    files = {"files/1.wav": SOUND + b"!" if change == "recording" else SOUND, "files/2.json": receipt}
    pack = received(ed, clone_in_pack(**told), files=files)
    shown = page_of(ed, pack)
    found = "a consent" if "Whose voice is it?" in shown else "nothing"
    assert ("the statement" if "Consent from the pack" in shown else found) == asks_for
    download = ed.get(reverse("voices:pack-import-receipt", args=[pack.rows.get().pk]))
    assert download.content == receipt


def test_report_tells_every_voice(cast: Cast, ed: Client) -> None:
    pack = make_pack_import(cast.ed, "One", "Two", "Three", state=PackState.DONE, ended_at=timezone.now())
    one, two, three = pack.rows.all()
    made = make_voice(cast.ed, name="One", stage=Stage.DRAFT)
    one.move(PackRowState.MADE, voice=made, message="Its stage is waiting for approval.")
    two.move(PackRowState.FAILED, message="Althea refused it.")
    three.move(PackRowState.SKIPPED, message="It's already in your library.")
    shown = page_of(ed, pack)
    for words in (
        "1 of 3 failed",
        "Its stage is waiting",
        "Althea refused it.",
        "It&#x27;s already in your library.",
    ):
        assert words in shown
    assert reverse("voices:voice", args=[made.pk]) in shown
    # Its file is gone, so nothing can be tried again.
    assert "Retry" not in shown
    ed.post(reverse("voices:pack-import-retry", args=[pack.pk]))
    listed = text(ed.get(reverse("voices:pack-imports")))
    assert "This pack is no longer stored." in listed
    assert "1 failed" in listed


def test_a_discarded_pack_leaves_nothing(ed: Client) -> None:
    pack = received(ed, voice_facts())
    path = str(pack.file.name)
    assert not FileIntent.objects.exists()
    assert ed.post(reverse("voices:pack-import-discard", args=[pack.pk])).status_code == 303
    assert not PackImport.objects.exists()
    assert FileIntent.objects.get().path == path
    assert Voice.objects.count() == 0
