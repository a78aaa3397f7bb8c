"""Every kind of notice, in the order of the pages."""

from collections.abc import Iterable
from typing import Any

from voices.models import ApiKey, CloneJob, Consent, Voice, WebhookEndpoint
from voices.models import Choice as When
from voices.notices.base import NoticeKind

_VOICE = {
    "id": "0b6f4f5e-6c0e-4a55-9c39-0a4f1f0c3a11",
    "voice_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
    "name": "Marlene",
    "language": "en-US",
}
_CONSENT = {"id": "a3c1f0de-8a1b-4f43-93f1-5b8f0a0f2c77", "expires_on": "2026-12-31"}
MAX_LISTED = 500  # voices in one notice


def voice_facts(voice: Voice) -> dict[str, str]:
    """Return the facts about a voice for notices."""
    return {
        "id": str(voice.pk),
        "voice_id": voice.voice_id,
        "name": voice.name,
        "language": voice.primary_language,
    }


def listed(voices: Iterable[Voice]) -> dict[str, Any]:
    """Return the facts about several voices for notices: each, the count, and some names for a sentence."""
    found = [voice_facts(voice) for voice in voices]
    names = ", ".join(f"“{one['name']}”" for one in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return {"voices": found[:MAX_LISTED], "count": len(found), "names": f"{names}{more}"}


def clone_facts(job: CloneJob) -> dict[str, str]:
    """Return the facts about a clone for notices."""
    return {"id": str(job.pk), "name": job.name}


def key_facts(key: ApiKey) -> dict[str, str]:
    """Return the facts about a key for notices, without its value."""
    return {"id": str(key.pk), "label": key.label, "account": str(key.account or "")}


def consent_facts(consent: Consent) -> dict[str, str]:
    """Return the facts about a consent for notices, without the speaker, whom programs need not know."""
    return {"id": str(consent.uid), "expires_on": str(consent.expires_on)}


def endpoint_facts(endpoint: WebhookEndpoint) -> dict[str, str]:
    """Return the facts about an endpoint for notices."""
    return {"id": str(endpoint.pk), "url": endpoint.url}


_SEVERAL: dict[str, Any] = {"voices": [_VOICE], "count": 1, "names": "“Marlene”"}

CREATED = NoticeKind(
    name="voice.created",
    label="Voice created",
    help="A voice was cloned or created here, and is in the library.",
    subject="{voice[name]} is ready",
    sentence="The voice “{voice[name]}” was created and is in the library.",
    page="/voices/{voice[id]}/",
    sample={"voice": _VOICE},
    concerned=When.DAILY,
)
CLONE_FAILED = NoticeKind(
    name="clone.failed",
    label="Clone failed",
    help="A clone or another new voice could not be created. What was sent is kept.",
    subject="{clone[name]} was not created",
    sentence="The voice “{clone[name]}” was not created. {message}",
    page="/clones/{clone[id]}/",
    sample={
        "clone": {"id": "5d1a6f0e-0f0b-4f7b-8f0e-3b1f2a0c9d22", "name": "Marlene"},
        "problem": "invalid",
        "message": "Althea refused the request.",
    },
    concerned=When.AT_ONCE,
    admins=When.DAILY,
    is_private=True,
)
GONE = NoticeKind(
    name="voice.gone",
    label="Voice missing at Althea",
    help="A sync no longer finds a voice in its Althea account.",
    subject="Missing at Althea: {names}",
    sentence="Missing at Althea, in the account {account}: {names}. Agents that use them can no longer find them.",
    page="/?gone=gone",
    sample={"account": "Northwind", **_SEVERAL},
    admins=When.AT_ONCE,
)
UNHEALTHY = NoticeKind(
    name="voice.unhealthy",
    label="Voice failing",
    help="Althea can no longer play the voice.",
    subject="{voice[name]} is failing at Althea",
    sentence="The voice “{voice[name]}” is failing. {problem}",
    page="/voices/{voice[id]}/",
    sample={"voice": _VOICE, "problem": "Althea refused the request."},
    concerned=When.AT_ONCE,
    admins=When.DAILY,
)
RECOVERED = NoticeKind(
    name="voice.recovered",
    label="Voice works again",
    help="A voice that was failing passed its check.",
    subject="{voice[name]} works again",
    sentence="The voice “{voice[name]}” works again.",
    page="/voices/{voice[id]}/",
    sample={"voice": _VOICE, "problem": "Althea refused the request."},
    concerned=When.DAILY,
    admins=When.DAILY,
)
CONSENT_DUE = NoticeKind(
    name="consent.due",
    label="Consent expires soon",
    help="30 and 7 days before the last day of a consent that covers voices.",
    subject="A consent expires in {days} days",
    sentence="The consent for {names} expires on {consent[expires_on]}. After that, nobody can play them here.",
    page="/consents/{consent[id]}/",
    sample={"consent": _CONSENT, "days": 30, **_SEVERAL},
    concerned=When.AT_ONCE,
    admins=When.AT_ONCE,
)
CONSENT_EXPIRED = NoticeKind(
    name="consent.expired",
    label="Consent expired",
    help="The last day of a consent is over, and its voices are in quarantine.",
    subject="A consent expired",
    sentence="The consent for {names} has expired, so nobody can play them here. They stay at "
    "Althea until you delete them there.",
    page="/consents/{consent[id]}/",
    sample={"consent": _CONSENT, **_SEVERAL},
    concerned=When.AT_ONCE,
    admins=When.AT_ONCE,
)
KEY_REFUSED = NoticeKind(
    name="key.refused",
    label="Key refused",
    help="Althea no longer accepts a stored key.",
    subject="Althea refused the key {key[label]}",
    sentence="Althea refused the key “{key[label]}”. {problem} Its owner can replace it on the Keys page.",
    page="/keys/",
    sample={
        "key": {"id": "c0b6d3ae-2a51-4f7e-9f53-0d7d1f1b6e33", "label": "Althea", "account": "Northwind"},
        "problem": "Althea refused this key.",
    },
    concerned=When.AT_ONCE,
    admins=When.DAILY,
    is_private=True,
)
WEBHOOK_DISABLED = NoticeKind(
    name="webhook.disabled",
    label="Webhook disabled",
    help="An endpoint failed for five days or said that it's gone for good.",
    subject="A webhook was disabled",
    sentence="Nothing is sent to {endpoint[url]} any more. {problem} Fix it, then enable the webhook.",
    page="/team/webhooks/{endpoint[id]}/",
    sample={
        "endpoint": {"id": "f2a9c7de-5b0e-4c27-a1a4-6f3d2b1c0e44", "url": "https://example.com/hooks"},
        "problem": "It failed for five days.",
    },
    admins=When.AT_ONCE,
    is_private=True,
)
# Sent to one endpoint when a person asks; nobody gets it by email.
TEST = NoticeKind(
    name="webhook.test",
    label="Test event",
    help="Sent when an admin asks for it.",
    subject="Test event",
    sentence="This is a test event.",
    page="/team/webhooks/",
    sample={"message": "This is a test event."},
)

KINDS = (
    CREATED,
    CLONE_FAILED,
    GONE,
    UNHEALTHY,
    RECOVERED,
    CONSENT_DUE,
    CONSENT_EXPIRED,
    KEY_REFUSED,
    WEBHOOK_DISABLED,
)
_BY_NAME = {kind.name: kind for kind in (*KINDS, TEST)}


def kind_of(name: str) -> NoticeKind | None:
    """Return the kind of that name; None for an unknown one, as of an earlier version."""
    return _BY_NAME.get(name)
