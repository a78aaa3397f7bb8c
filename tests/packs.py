"""Voice packs for tests: good ones by our own writer, and others byte by byte."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from voices.kit.packs import FORMAT, MANIFEST, VERSION, PackWriter

MADE_AT = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def voice_facts(**facts: Any) -> dict[str, Any]:
    """Return what a manifest says of a voice from settings."""
    given = {"id": str(uuid4()), "voice_id": str(uuid4()), "name": "Marlene", "language": "en-US"}
    given |= {"billing": "VOICE_BILLING_STYLE_EXTERNAL", "definition": {"lmnt": {"voiceId": "lily"}}}
    return given | facts


def pack_bytes(*voices: Mapping[str, Any], files: Mapping[str, bytes] | None = None, **facts: Any) -> bytes:
    """Return a pack of these voices."""
    writer, parts = PackWriter(MADE_AT), list[bytes]()
    for name, content in (files or {}).items():
        parts += writer.add(name, io.BytesIO(content))
    parts += writer.finish({"made_by": {"team": "Elsewhere"}, "voices": list(voices), **facts})
    return b"".join(parts)


def zip_bytes(
    *members: tuple[str | zipfile.ZipInfo, bytes], manifest: object = None, method: int = zipfile.ZIP_STORED
) -> bytes:
    """Return a zip of these members, each as often as it is named, with a manifest that lists them once."""
    listed = {str(getattr(name, "filename", name)): content for name, content in members}
    files = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in listed.items()
    }
    facts = {"format": FORMAT, "version": VERSION, "voices": [voice_facts()], "files": files}
    content = manifest if isinstance(manifest, bytes) else json.dumps(facts | (manifest or {})).encode()  # type: ignore[operator]  # a mapping
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, one in members:
            archive.writestr(name, one)
        archive.writestr(MANIFEST, content)
    return made.getvalue()
