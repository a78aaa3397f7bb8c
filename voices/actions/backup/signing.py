"""Signatures of backups by the encryption key: they show whether a backup was changed and whether the key matches.

The signature is the manifest's SHA-256, sealed as keys are. The key itself is never in a backup.
"""

from collections.abc import Mapping
from uuid import UUID, uuid5

from voices.actions.backup.base import BackupError
from voices.gateway import sealer
from voices.kit.archives import ArchiveError
from voices.kit.sealing import SealError
from voices.kit.secret import Secret

BACKUPS = uuid5(UUID(int=0), "backups")


def sign(digest: str) -> str:
    """Return the signature of a manifest with this SHA-256, and the fingerprint of the key."""
    return f"{sealer().fingerprint} {sealer().seal(Secret(digest), row_id=BACKUPS).decode('ascii')}"


def verify(digest: str, signature: str) -> None:
    """Check a signature. Raise ArchiveError if the manifest was changed or signed with an unknown key."""
    fingerprint, _, sealed = signature.partition(" ")
    if not sealer().has(fingerprint):
        raise ArchiveError(
            f"This backup was made with another encryption key: it needs {fingerprint[:12]}, and this installation "
            f"has {sealer().fingerprint}. Put back the key that was used at the time "
            "(secrets/enc.key in the data folder, "
            "or VOICESTUDIO_ENCRYPTION_KEYS)."
        )
    try:
        signed = sealer().unseal(sealed.encode("ascii", "replace"), row_id=BACKUPS).reveal()
    except SealError:
        signed = ""
    if signed != digest:
        raise ArchiveError("It was changed after it was made: the signature doesn't match its manifest.")


def require_key_of(canary: Mapping[str, str]) -> None:
    """Check that the available keys open this canary. Raise BackupError."""
    if not canary:
        raise BackupError(
            "Nothing has been set up here yet. Start Voice Studio once (manage.py serve), then make a backup."
        )
    try:
        for row_id, sealed in canary.items():
            sealer().unseal(sealed.encode("ascii"), row_id=UUID(row_id))
    except SealError as problem:
        raise BackupError(
            "The encryption key does not open this database, so a backup of it could not be used. Put back the key "
            "that was used before (VOICESTUDIO_ENCRYPTION_KEYS, or secrets/enc.key in the data folder)."
        ) from problem
