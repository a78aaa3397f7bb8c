"""Secrets of a definition are sealed for their row, whoever stores it, and stand nowhere else in the database."""

from typing import Any

import pytest
from django.db import connection

from tests.actions.sync.listed import listed
from tests.base import Cast
from tests.builders import make_account, make_voice
from tests.kit.fakes import NOON
from tests.models.test_fill_facts import fill
from voices import althea
from voices.actions.sync.apply import Batch, apply
from voices.actions.voice.definitions import full_definition
from voices.actions.voice.edit import finish_edit
from voices.actions.voice.upsert import upsert_voice
from voices.kit.sealing import SealError
from voices.models import AltheaAccount, SyncRun, Voice, VoiceOrigin
from voices.providers.redaction import MARKER
from voices.providers.secrets import MissingSecretError

pytestmark = pytest.mark.django_db
CANARY = "cAnArY-7-of-tts"


def generic(secret: str = CANARY, voice_id: str = "v-1", **more: Any) -> althea.Voice:
    """A voice of a custom engine with a secret in a header and one in its body."""
    body = {"text": "{text}", "api_key": f"{secret}-body", "voice": "anna"}
    headers = {"Authorization": f"Bearer {secret}"}
    return listed(voice_id, definition={"generic": {"headers": headers, "body": body}}, **more)


def revealed(voice: Voice) -> tuple[str, str]:
    engine = full_definition(voice)["generic"]
    return engine["headers"]["Authorization"].reveal(), engine["body"]["api_key"].reveal()


def stored_text() -> str:
    """All that the database has of voices."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM voices_voice")
        return repr([[bytes(one) if isinstance(one, memoryview) else one for one in row] for row in cursor])


def stored(cast: Cast, upstream: althea.Voice, account: AltheaAccount) -> Voice:
    upsert_voice(team=cast.northwind, account=account, upstream=upstream, origin=VoiceOrigin.SYNCED, now=NOON)
    return Voice.objects.get(voice_id=upstream.voice_id)


def test_upsert_seals_the_secrets_for_the_row(cast: Cast) -> None:
    account = make_account()
    voice = stored(cast, generic(), account)
    assert CANARY not in stored_text()
    assert voice.definition["generic"]["body"]["voice"] == "anna"
    assert voice.raw["definition"] == voice.definition
    assert revealed(voice) == (f"Bearer {CANARY}", f"{CANARY}-body")
    Voice.objects.update(sealed_secrets=stored(cast, generic("other", "v-2"), account).sealed_secrets)
    with pytest.raises(SealError):
        full_definition(Voice.objects.get(voice_id="v-1"))


def test_upsert_replaces_and_removes_secrets(cast: Cast) -> None:
    account = make_account()
    first = stored(cast, generic(), account)
    second = stored(cast, generic("n3w"), account)
    assert revealed(second) == ("Bearer n3w", "n3w-body")
    assert first.definition != second.definition, "a changed secret is a changed definition"
    third = stored(cast, listed("v-1", definition={"google": {"voiceId": "a"}}), account)
    assert (third.sealed_secrets, full_definition(third)) == (None, {"google": {"voiceId": "a"}})


def test_edits_and_syncs_seal_the_secrets_too(cast: Cast) -> None:
    account = make_account()
    voice = stored(cast, generic(), account)
    finish_edit(member=cast.ada, voice=voice, upstream=generic("n3w", name="New name"), now=NOON)
    voice.refresh_from_db()
    assert revealed(voice) == ("Bearer n3w", "n3w-body")
    lease: dict[str, Any] = {"lease_holder": "w", "lease_until": NOON, "started_at": NOON}
    run = SyncRun.objects.create(team=cast.northwind, account=account, due_at=NOON, **lease)
    batch = Batch([generic("n3wer"), generic("added", "v-2")], position=0, asked_at=NOON)
    assert apply(run, batch, worker_id="w", now=NOON)
    assert revealed(Voice.objects.get(voice_id="v-1"))[0] == "Bearer n3wer"
    assert revealed(Voice.objects.get(voice_id="v-2"))[0] == "Bearer added"
    assert "n3wer" not in stored_text()


def test_secrets_of_earlier_rows_are_out_until_a_sync(cast: Cast) -> None:
    account, upstream = make_account(), generic()
    before = {**upstream.raw["definition"], "acme": {"extras": [{"name": "X-Auth", "value": CANARY}]}}
    make_voice(
        cast.ada,
        account=account,
        voice_id="v-1",
        definition=before,
        raw={**upstream.raw, "definition": before},
    )
    assert CANARY in stored_text()
    fill("0031_take_secrets_out")
    assert CANARY not in stored_text()
    voice = Voice.objects.get()
    body = voice.definition["generic"]["body"]
    assert body == {"text": "{text}", "api_key": MARKER, "voice": "anna"}
    with pytest.raises(MissingSecretError):
        full_definition(voice)
    assert revealed(stored(cast, upstream, account)) == (f"Bearer {CANARY}", f"{CANARY}-body")
