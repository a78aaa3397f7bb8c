"""Dry runs: everything is checked, nothing is kept."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.base import Cast
from tests.builders import make_key, make_voice
from tests.sounds import speech_wav
from tests.web.api.programs import program
from voices.models import Alias, AuditEntry, CloneJob, Consent, Tag

VOICES = "/api/v1/voices"
WAV = speech_wav(seconds=12)


def clone(client: Client, *, dry_run: bool = True, consent: str = "made") -> Any:
    """The answer to a clone of a generated voice."""
    sent = {
        "file": SimpleUploadedFile("marlene.wav", WAV, "audio/wav"),
        "name": "Marlene",
        "consent": consent,
    }
    path = f"{VOICES}?dryRun=true" if dry_run else VOICES
    return client.post(path, sent, headers={"Idempotency-Key": str(dry_run)})


def put(cast: Cast, path: str, sent: Any) -> Any:
    """The answer to a dry run by Ed's program."""
    return program(cast.ed, "manage").put(f"/api/v1/{path}?dryRun=true", sent, "application/json")


def test_dry_run_of_a_clone_makes_no_job(cast: Cast) -> None:
    make_key(cast.ed)
    client = program(cast.ed, "clone")
    others = AuditEntry.objects.exclude(verb="token.used")
    audited = others.count()
    answer = clone(client)
    assert (answer.status_code, answer.json()["name"], "Location" in answer) == (200, "Marlene", False)
    assert (CloneJob.objects.count(), Consent.objects.count(), others.count()) == (0, 0, audited)


def test_dry_run_of_a_clone_names_what_is_wrong(cast: Cast) -> None:
    make_key(cast.ed)
    client = program(cast.ed, "clone")
    assert clone(client, dry_run=False).status_code == 202
    answer = clone(client)
    assert (answer.status_code, answer.json()["code"]) == (409, "name_in_use")
    assert clone(client, consent="").json()["field"] == "consent"


def test_dry_run_of_a_change_answers_as_it_would_be(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    version, revision = voice.version, cast.northwind.library_revision
    assert put(cast, f"voices/{voice.pk}/tags", {"tags": ["Brand"]}).json()["tags"] == ["Brand"]
    assert put(cast, f"voices/{voice.pk}/stage", {"stage": "approved"}).json()["stage"] == "approved"
    assert put(cast, "aliases/brand-de", {"voice": str(voice.pk)}).json()["voiceId"] == voice.voice_id
    voice.refresh_from_db()
    cast.northwind.refresh_from_db()
    assert (voice.stage, voice.version, cast.northwind.library_revision) == ("draft", version, revision)
    assert (Tag.objects.count(), Alias.objects.count()) == (0, 0)
    late = put(cast, f"voices/{voice.pk}/stage", {"stage": "retired", "seen": "approved"})
    assert late.json()["code"] == "changed_meanwhile"


def test_dry_run_needs_the_same_rights(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    path = f"/api/v1/voices/{voice.pk}/stage?dryRun=true"
    for client in (program(cast.vera, "manage"), program(cast.ed, "read")):
        assert client.put(path, {"stage": "approved"}, "application/json").status_code == 403
