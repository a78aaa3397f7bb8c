"""Secrets of definitions leave the rows that were stored before secrets were sealed.

They are dropped, not sealed: Althea has them, and the next sync brings them, sealed, with everything else it lists.
Until then a definition of them cannot be changed here (docs/decisions/0084-secrets-of-definitions-are-sealed.md).
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH = 500
MARKER = "sealed:"
MAX_DEPTH = 64
SECRET_PARTS = (
    "apikey", "auth", "bearer", "cookie", "credential", "header", "jwt", "key", "passphrase", "passwd", "password",
    "private", "pwd", "secret", "session", "signature", "token",
)  # fmt: skip


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Put markers in the places of secrets, 500 rows at a time."""
    voices = apps.get_model("voices", "Voice").objects.using(editor.connection.alias)
    changed = []
    for voice in voices.only("id", "definition", "raw").iterator(chunk_size=BATCH):
        definition = without_secrets(voice.definition)
        if definition == voice.definition:
            continue
        voice.definition = definition
        if isinstance(voice.raw, dict) and "definition" in voice.raw:
            voice.raw = {**voice.raw, "definition": definition}
        changed.append(voice)
    voices.bulk_update(changed, ["definition", "raw"], batch_size=BATCH)


def without_secrets(value: Any, *, is_secret: bool = False, depth: int = 0) -> Any:
    """Return the value with a marker for each text under a name that tells of a secret."""
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [without_secrets(item, is_secret=is_secret, depth=depth + 1) for item in value]
    if isinstance(value, dict):
        is_pair = tells_of_secret(value.get("name"))
        return {
            name: without_secrets(
                inner,
                is_secret=is_secret or tells_of_secret(name) or (is_pair and name != "name"),
                depth=depth + 1,
            )
            for name, inner in value.items()
        }
    return MARKER if is_secret and isinstance(value, str) and value and "{text}" not in value else value


def tells_of_secret(name: Any) -> bool:
    """Whether a value of this name is probably a secret."""
    letters = (
        "".join(letter for letter in name.casefold() if letter.isalnum()) if isinstance(name, str) else ""
    )
    return letters == "sig" or any(part in letters for part in SECRET_PARTS)


class Migration(migrations.Migration):
    dependencies = [("voices", "0031_sealed_secrets")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
