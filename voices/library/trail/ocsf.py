"""Entries as events of the Open Cybersecurity Schema Framework, version 1.3.0 (https://schema.ocsf.io/1.3.0/)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from voices.audit import sentence
from voices.models import AuditEntry

VERSION = "1.3.0"
PRODUCT = "Voice Studio"
IAM, APPLICATION = (3, "Identity & Access Management"), (6, "Application Activity")
OTHER = 99


@dataclass(frozen=True)
class EventClass:
    """A class of events: its number, its category, and its activities by the verb or the verb's last part."""

    uid: int
    name: str
    category: tuple[int, str]
    activities: Mapping[str, int]
    names: Mapping[int, str]
    default: int = OTHER


_CRUD = {1: "Create", 2: "Read", 3: "Update", 4: "Delete"}
_BY_WORD = {
    "added": 1, "made": 1, "created": 1, "joined": 1, "submitted": 1, "cloned": 1, "adopted": 1, "stated": 1,
    "requested": 1, "asked": 1, "held": 1, "used": 2, "tested": 2, "exported": 2, "looked_up": 2, "removed": 4,
    "deleted": 4, "revoked": 4, "pruned": 4, "withdrawn": 4, "left": 4, "dismissed": 4, "cancelled": 4,
}  # fmt: skip
AUTHENTICATION = EventClass(
    3002, "Authentication", IAM,
    {"logged_in": 1, "login_failed": 1, "login_locked": 1, "login_unknown": 1, "logged_out": 2, "sessions_ended": 2},
    {1: "Logon", 2: "Logoff"},
)  # fmt: skip
ACCOUNT_CHANGE = EventClass(
    3001, "Account Change", IAM,
    {
        "added": 1, "joined": 1, "password_changed": 3, "factor_added": 10, "codes_made": 10, "factor_removed": 11,
        "factors_reset": 11,
    },
    {1: "Create", 3: "Password Change", 10: "MFA Factor Enable", 11: "MFA Factor Disable"},
)  # fmt: skip
ENTITY_MANAGEMENT = EventClass(3004, "Entity Management", IAM, _BY_WORD, _CRUD, default=3)
API_ACTIVITY = EventClass(6003, "API Activity", APPLICATION, _BY_WORD, _CRUD, default=3)

# By topic (voices/audit.py).
CLASSES = {
    "logins": AUTHENTICATION,
    "accounts": ACCOUNT_CHANGE,
    "members": ENTITY_MANAGEMENT,
    "keys": ENTITY_MANAGEMENT,
    "tokens": ENTITY_MANAGEMENT,
    "webhooks": ENTITY_MANAGEMENT,
    "clones": API_ACTIVITY,
    "voices": API_ACTIVITY,
    "bulk": API_ACTIVITY,
    "consent": ENTITY_MANAGEMENT,
    "approvals": ENTITY_MANAGEMENT,
    "organising": ENTITY_MANAGEMENT,
    "auditions": ENTITY_MANAGEMENT,
    "exports": API_ACTIVITY,
}
FAILURES = frozenset(
    {
        "person.login_failed", "person.login_unknown", "person.login_locked", "person.factor_failed", "key.refused",
        "clone.failed",
    }
)  # fmt: skip


def as_event(entry: AuditEntry) -> dict[str, Any]:
    """Return the entry as an event, ready for JSON."""
    kind = CLASSES.get(entry.topic, API_ACTIVITY)
    activity = kind.activities.get(entry.verb.rpartition(".")[2], kind.default)
    is_failure = entry.verb in FAILURES
    return {
        "activity_id": activity,
        "activity_name": kind.names.get(activity, "Other"),
        "category_uid": kind.category[0],
        "category_name": kind.category[1],
        "class_uid": kind.uid,
        "class_name": kind.name,
        "type_uid": kind.uid * 100 + activity,
        "type_name": f"{kind.name}: {kind.names.get(activity, 'Other')}",
        "time": round(entry.at.timestamp() * 1000),
        "severity_id": 2 if is_failure else 1,
        "severity": "Low" if is_failure else "Informational",
        "status_id": 2 if is_failure else 1,
        "status": "Failure" if is_failure else "Success",
        "message": sentence(entry),
        "metadata": _metadata(entry),
        "actor": {"user": _actor(entry)},
        "src_endpoint": {"ip": entry.address} if entry.address else {"name": PRODUCT},
        **_subject(entry, kind),
        "unmapped": {"facts": entry.facts, "sequence": entry.sequence, "hash": entry.hash},
    }


def _metadata(entry: AuditEntry) -> dict[str, Any]:
    found = {
        "version": VERSION,
        "product": {"name": PRODUCT, "vendor_name": PRODUCT},
        "uid": str(entry.pk),
        "event_code": entry.verb,
        "original_time": entry.at.astimezone(UTC).isoformat(),
    }
    if entry.team_id:
        found["tenant_uid"] = str(entry.team_id)
    if entry.request_id:
        found["correlation_uid"] = entry.request_id
    return found


def _actor(entry: AuditEntry) -> dict[str, str]:
    return {"name": entry.actor_name, **({"uid": str(entry.actor_id)} if entry.actor_id else {})}


def _subject(entry: AuditEntry, kind: EventClass) -> dict[str, Any]:
    """Return what the event's class requires of what was acted on."""
    thing = {"name": entry.thing_name or entry.verb, "uid": entry.thing_id, "type": entry.thing}
    whole = {name: value for name, value in thing.items() if value}
    if kind is API_ACTIVITY:
        return {"api": {"operation": entry.verb}, "resources": [whole]}
    if kind is ENTITY_MANAGEMENT:
        return {"entity": whole}
    is_person = entry.thing == "user"
    unknown = {"name": "unknown"}
    user = {"name": entry.thing_name, "uid": entry.thing_id} if is_person else unknown
    if not is_person and entry.actor_id:
        user = _actor(entry)
    return {"user": user} | ({"service": {"name": PRODUCT}} if kind is AUTHENTICATION else {})
