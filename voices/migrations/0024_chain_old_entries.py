"""Earlier entries get their topic, the address of a login, their MAC and their place in the chain, by their ids.

What this writes is what voices/models/audit.py and voices/kit/hash_chain.py read; it stays as it is here.
"""

import hashlib
import hmac
import json
from datetime import UTC
from decimal import Decimal
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH = 500
COLUMNS = ("id", "topic", "address", "mac", "sequence", "previous_hash", "hash")
TOPICS = {
    "logins": ("person.log", "person.sessions_ended"),
    "accounts": ("person.",),
    "members": ("member.", "invitation.", "team."),
    "keys": ("key.", "keys."),
    "tokens": ("token.",),
    "clones": ("clone.", "speaker."),
    "voices": ("voice.", "preview.", "sync."),
    "bulk": ("bulk.", "agent."),
    "consent": ("consent.",),
    "approvals": ("approval.",),
    "organising": ("tag.", "alias.", "view."),
    "auditions": ("audition.",),
    "exports": ("library.exported",),
}


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Chain all entries, 500 at a time."""
    entries = apps.get_model("voices", "AuditEntry")._base_manager
    key = hashlib.sha256(b"voicestudio activity|" + settings.ACTIVITY_KEY.encode()).digest()
    last, sequence, link = 0, 0, ""
    while rows := list(entries.filter(pk__gt=last, sequence=None).order_by("pk")[:BATCH]):
        values = []
        for row in rows:
            topic, address = _topic(row.verb), _address(row)
            content = _content(row, topic, address)
            mac, sequence, previous = _mac(key, content), sequence + 1, link
            link = hashlib.sha256(f"{previous}|{sequence}|{mac}|".encode() + content).hexdigest()
            values.append((row.pk, topic, address, mac, sequence, previous, link))
        _store(editor, values)
        last = rows[-1].pk
    if sequence:
        mac = _mac(key, f"{sequence}|{link}|0|".encode())
        apps.get_model("voices", "AuditChain")(id=1, sequence=sequence, hash=link, mac=mac).save()


def _topic(verb: str) -> str:
    return next((key for key, starts in TOPICS.items() if verb.startswith(starts)), "")


def _address(row: Any) -> str:
    is_login = row.verb == "person.logged_in" and isinstance(row.facts, dict)
    return str(row.facts.get("address") or "")[:64] if is_login else ""


def _content(row: Any, topic: str, address: str) -> bytes:
    texts = [
        row.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"), row.team_id.hex if row.team_id else "",
        str(row.actor_id or ""), row.actor_name, row.verb, topic, row.thing, row.thing_id, row.thing_name, address, "",
    ]  # fmt: skip
    texts.append(_dump(json.loads(json.dumps(row.facts), parse_float=_number)))
    joined = "\x1f".join(texts)
    return (joined if joined.count("\x1f") == len(texts) - 1 else _dump(texts)).encode()


def _number(text: str) -> float | int:
    return int(Decimal(text)) if "e+" in text else float(text) + 0.0


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _mac(key: bytes, content: bytes) -> str:
    key_id = hashlib.sha256(b"id|" + key).hexdigest()[:8]
    return f"{key_id}:{hmac.digest(key, content, 'sha256').hex()}"


def _store(editor: BaseDatabaseSchemaEditor, values: list[tuple[Any, ...]]) -> None:
    rows = ", ".join([f"({', '.join(['%s'] * len(COLUMNS))})"] * len(values))
    filled = ", ".join(f"{column} = link.{column}" for column in COLUMNS[1:])
    with editor.connection.cursor() as cursor:
        cursor.execute(
            f"WITH link({', '.join(COLUMNS)}) AS (VALUES {rows}) UPDATE voices_auditentry SET {filled}"
            " FROM link WHERE voices_auditentry.id = link.id",
            list(chain.from_iterable(values)),
        )


class Migration(migrations.Migration):
    dependencies = [("voices", "0023_audit_chain")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
