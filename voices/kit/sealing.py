"""Encrypts secrets at rest, bound to their row.

Fernet has no associated data, so the row's id is encrypted along and compared on opening: a token copied to
another row cannot be opened there. Errors never contain the value, and no frame that raises has it in a local
variable (traceback pages print those).
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from voices.kit.secret import Secret

_VERSION = "v1"


class SealError(Exception):
    """A secret cannot be sealed or opened; the message is a sentence for people."""


def make_key() -> str:
    """Return a new random encryption key: URL-safe base64 of 32 bytes."""
    return Fernet.generate_key().decode("ascii")


def fingerprint(secret: Secret) -> str:
    """Return 12 hexadecimal digits that distinguish secrets without revealing them."""
    digest = hashlib.sha256(b"voicestudio fingerprint|" + secret.reveal().encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:12]


class Sealer:
    """Encrypts with the first key, decrypts with any of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise SealError(
                "There is no encryption key: set VOICESTUDIO_ENCRYPTION_KEYS or restore the key file."
            )
        self._fernets = [_fernet(key) for key in keys]
        self._all = MultiFernet(self._fernets)
        self._fingerprints = [fingerprint(Secret(key)) for key in keys]

    def __repr__(self) -> str:
        return f"Sealer({len(self._fernets)} keys, {self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the key that encrypts."""
        return self._fingerprints[0]

    def has(self, fingerprint: str) -> bool:
        """Whether one of the keys has this fingerprint."""
        return fingerprint in self._fingerprints

    def seal(self, secret: Secret, *, row_id: UUID) -> bytes:
        """Return a token that can be opened only for this row and with these keys."""
        return self._all.encrypt(f"{_VERSION}|{row_id}|{secret.reveal()}".encode("utf-8", "surrogatepass"))

    def unseal(self, token: bytes | memoryview, *, row_id: UUID) -> Secret:
        """Return the secret. Raise SealError for a wrong key, another row's token or a damaged one."""
        secret = _secret_inside(self._decrypted(token), row_id)
        if secret is None:
            raise SealError("This stored key belongs to another record, so it wasn't decrypted.")
        return secret

    def rotate(self, token: bytes | memoryview) -> bytes:
        """Return the same content encrypted with the first key. Raise SealError if no key opens it."""
        try:
            return self._all.rotate(bytes(token))
        except InvalidToken as exc:
            raise _not_opened() from exc

    def is_current(self, token: bytes | memoryview) -> bool:
        """Whether the token is encrypted with the first key, so that a rotation may skip it."""
        try:
            self._fernets[0].decrypt(bytes(token))
        except InvalidToken:
            return False
        return True

    def _decrypted(self, token: bytes | memoryview) -> bytes:
        # PostgreSQL's driver returns a BinaryField as memoryview, SQLite's as bytes.
        try:
            return self._all.decrypt(bytes(token))
        except InvalidToken as exc:
            raise _not_opened() from exc


def _not_opened() -> SealError:
    return SealError(
        "This stored key can't be decrypted: it was encrypted with another encryption key, or the record is damaged."
    )


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except (ValueError, TypeError):
        # Not chained: the inner error may quote the key.
        raise SealError("An encryption key is malformed: expected URL-safe base64 of 32 bytes.") from None


def _secret_inside(plain: bytes, row_id: UUID) -> Secret | None:
    version, _, rest = plain.decode("utf-8", "surrogatepass").partition("|")
    owner, _, value = rest.partition("|")
    return Secret(value) if (version, owner) == (_VERSION, str(row_id)) else None


def split_keys(text: str) -> list[str]:
    """Return the encryption keys in a list separated by commas."""
    return [key.strip() for key in text.split(",") if key.strip()]


def read_secret_file(path: Path) -> str:
    """Return the secret in the file, or "" if there is no such file. Raise SealError if it is empty."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    if not text:
        raise SealError(
            f"The secret file {path} is empty: restore it, or delete it if nothing was ever encrypted with it."
        )
    return text


def load_or_make_secret_file(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in the file, creating it if missing (0600, folder 0700). Safe for concurrent starts."""
    if not path.exists():
        _make_secret_file(path, make())
    return read_secret_file(path)


def _make_secret_file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    # Written and synced under a temporary name, then linked: the first link wins, and nobody can read
    # a file that is half written or, after a power cut, empty.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write_synced(draft, text)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first: use its secret
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _write_synced(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
