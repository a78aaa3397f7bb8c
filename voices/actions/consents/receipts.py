"""Consent receipts: what was stated, about which recording, and its current state, signed for verification."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from voices.access import Verb, require
from voices.kit.receipts import Signer, SigningKeyError
from voices.kit.secret import Secret
from voices.models import Consent, Membership, ReceiptKey, Sample, Voice

FORMAT = "voice-studio-consent/1"


@lru_cache(maxsize=2)
def _signer(secret: Secret) -> Signer:
    return Signer(secret)


def signer() -> Signer:
    """Return the signer with the configured key. Raises ImproperlyConfigured if the key is malformed."""
    try:
        return _signer(Secret(settings.RECEIPT_KEY))
    except SigningKeyError as problem:
        raise ImproperlyConfigured(f"VOICESTUDIO_RECEIPT_KEY cannot be used. {problem}") from problem


def publish_receipt_key(*, now: datetime) -> Signer:
    """Add the configured key's public key to the published ones, and return its signer."""
    one = signer()
    defaults = {"public_key": one.public_key, "first_used_at": now}
    ReceiptKey.objects.get_or_create(key_id=one.key_id, defaults=defaults)
    return one


def signed_receipt(*, member: Membership, consent: Consent, now: datetime) -> bytes:
    """Return the receipt of the consent's current state, in canonical JSON. Raises PermissionDenied."""
    require(member, Verb.SEE_LIBRARY)
    return publish_receipt_key(now=now).sign(receipt_facts(consent, now))


def receipt_facts(consent: Consent, now: datetime) -> dict[str, Any]:
    """Return the content of a receipt: strings, integers, lists and null. Times are in UTC."""
    return {
        "format": FORMAT,
        "issued_at": _time(now),
        "team": {"id": str(consent.team_id), "name": consent.team.name},
        "consent": {
            "id": str(consent.uid),
            "basis": consent.basis,
            "speaker": consent.speaker,
            "relation": consent.relation,
            "proof": consent.proof,
            "stated_by": consent.stated_by_name,
            "stated_at": _time(consent.stated_at),
            "expires_on": str(consent.expires_on) if consent.expires_on else None,
            "withdrawn_at": _time(consent.withdrawn_at),
            "withdrawn_by": consent.withdrawn_by_name,
            "withdrawal_reason": consent.withdrawal_reason,
        },
        "statement": _statement(consent),
        "recording": _recording(consent),
        "voices": [
            _voice(voice) for voice in consent.voices.select_related("account").order_by("created_at", "pk")
        ],
        "deletions": [
            {"voice_id": one.voice_id_at_althea, "deleted_at": _time(one.deleted_at), "answer": one.status}
            for one in consent.voice_deletions.order_by("pk")
        ],
    }


def _statement(consent: Consent) -> dict[str, Any] | None:
    statement, spoken = consent.statement, consent.spoken
    if statement is None:
        return None
    return {
        "language": statement.language,
        "version": statement.version,
        "text": statement.text,
        "sha256": statement.sha256,
        "spoken": _hashes(spoken) if spoken else None,
    }


def _hashes(sample: Sample) -> dict[str, str]:
    return {"received_sha256": sample.sha256, "sent_sha256": sample.sent_sha256}


def _recording(consent: Consent) -> dict[str, str] | None:
    if not consent.received_sha256:
        return None
    return {"received_sha256": consent.received_sha256, "sent_sha256": consent.sent_sha256}


def _voice(voice: Voice) -> dict[str, Any]:
    return {"voice_id": voice.voice_id, "account": voice.account.name, "created_at": _time(voice.created_at)}


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
