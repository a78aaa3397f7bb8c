"""A stranger verifies a receipt with the lines of docs/consent-receipts.md, and no changed byte passes."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_consent, make_sample, make_voice
from tests.kit.fakes import NOON
from voices.actions.consents.ending import withdraw_consent
from voices.actions.consents.receipts import publish_receipt_key, signed_receipt
from voices.actions.voice.delete import finish_delete
from voices.kit.receipts import make_signing_key
from voices.models import Consent, ReceiptKey

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "consent-receipts.md"
PROGRAM = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[0]
Verify = Callable[[bytes, bytes], dict[str, Any]]


def verifier() -> Verify:
    """The function that the document shows."""
    names: dict[str, Any] = {"__name__": "verify"}
    exec(PROGRAM, names)  # noqa: S102  # our own document
    verify: Verify = names["verify"]
    return verify


def published() -> bytes:
    """The public keys, as a stranger gets them."""
    answer = Client().get("/consents/keys.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    return answer.content


def receipt_of(cast: Cast, **facts: Any) -> bytes:
    sample = make_sample(cast.ed)
    consent = make_consent(cast.ed, sample, **facts)
    make_voice(cast.ed, name="Ana", voice_id="v-1", sample=sample, consent=consent)
    return signed_receipt(member=cast.ed, consent=consent, now=NOON)


def test_verifier_of_the_document_has_30_lines_at_most() -> None:
    assert len(PROGRAM.strip().splitlines()) <= 30


def test_stranger_verifies_a_receipt_by_the_document(cast: Cast, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("verify.py", "receipt.json", "keys.json")]
    for path, content in zip(paths, (PROGRAM.encode(), receipt_of(cast), published()), strict=True):
        path.write_bytes(content)
    run = subprocess.run([sys.executable, *map(str, paths)], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout)["consent"]["speaker"] == "Ana Ruiz"


def test_receipt_says_what_was_stated_and_what_became_of_it(cast: Cast) -> None:
    sample = make_sample(cast.ed)
    consent = make_consent(cast.ed, sample, stated_at=NOON, expires_on=date(2027, 3, 31))
    voice = make_voice(cast.ed, voice_id="v-1", sample=sample, consent=consent, created_at=NOON)
    finish_delete(member=cast.ada, voice=voice, answer=204, now=NOON + timedelta(hours=2))
    withdraw_consent(member=cast.ada, consent=consent, reason="She asked.", now=NOON + timedelta(hours=1))
    kept = Consent.objects.get()
    facts = verifier()(signed_receipt(member=cast.vera, consent=kept, now=NOON), published())
    assert facts["consent"] == {
        "id": str(consent.uid), "basis": "agreed", "speaker": "Ana Ruiz", "relation": "actor",
        "proof": "Contract 17", "stated_by": "Ed", "stated_at": "2026-03-02T12:00:00Z", "expires_on": "2027-03-31",
        "withdrawn_at": "2026-03-02T13:00:00Z", "withdrawn_by": "Ada", "withdrawal_reason": "She asked.",
    }  # fmt: skip
    assert facts["recording"] == {"received_sha256": sample.sha256, "sent_sha256": sample.sent_sha256}
    assert (facts["statement"]["language"], facts["statement"]["version"]) == ("en", 1)
    assert facts["statement"]["text"].startswith("I am the person who speaks")
    assert facts["voices"] == [
        {"voice_id": "v-1", "account": "Northwind", "created_at": "2026-03-02T12:00:00Z"}
    ]
    assert facts["deletions"] == [{"voice_id": "v-1", "deleted_at": "2026-03-02T14:00:00Z", "answer": 204}]


def test_any_changed_byte_of_a_receipt_fails(cast: Cast) -> None:
    """Each byte by one bit, letters by their case, and every eighth place by a byte too few or too many."""
    receipt, keys, verify = receipt_of(cast, speaker="Ána Ruiz 😀"), published(), verifier()
    assert verify(receipt, keys)["consent"]["speaker"] == "Ána Ruiz 😀"
    passed = []
    for place in range(len(receipt)):
        before, byte, after = receipt[:place], receipt[place], receipt[place + 1 :]
        changes = [bytes([byte ^ 1])] + [bytes([byte ^ 32])] * bytes([byte]).isalpha()
        for changed in changes + [b"", bytes([byte]) + b" "] * (place % 8 == 0):
            try:
                verify(before + changed + after, keys)
            except Exception:  # noqa: S112  # whatever it is, it is refused
                continue
            passed.append((place, changed))
    assert passed == []


def test_receipts_of_an_older_key_stay_verifiable(cast: Cast, settings: Settings) -> None:
    old = receipt_of(cast)
    settings.RECEIPT_KEY = make_signing_key()
    new = publish_receipt_key(now=NOON)
    assert len(json.loads(published())["keys"]) == ReceiptKey.objects.count() == 2
    assert json.loads(published())["keys"][0]["kid"] == new.key_id
    assert verifier()(old, published())["key_id"] != new.key_id


def test_receipt_of_another_installation_is_refused(cast: Cast) -> None:
    with pytest.raises(KeyError):
        verifier()(receipt_of(cast), b'{"keys":[]}')


def test_published_keys_hold_no_private_key(cast: Cast, settings: Settings) -> None:
    receipt = receipt_of(cast)
    for text in (published(), receipt):
        assert settings.RECEIPT_KEY.encode() not in text


def test_malformed_receipt_key_is_refused_in_words(settings: Settings) -> None:
    settings.RECEIPT_KEY = "not-a-key"
    with pytest.raises(ImproperlyConfigured, match="VOICESTUDIO_RECEIPT_KEY cannot be used") as caught:
        publish_receipt_key(now=NOON)
    assert "not-a-key" not in str(caught.value)
