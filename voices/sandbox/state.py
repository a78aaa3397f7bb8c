"""Storage: one SQLite file and a folder of recordings. It survives a restart and SIGKILL.

Calls are short and synchronous: one process serves few users, and a commit takes well under a millisecond.
"""

import json
import sqlite3
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voices.sandbox.agent_state import AgentState
from voices.sandbox.keys import digest_of, is_genuine, prefix_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS keys (
    digest TEXT PRIMARY KEY, prefix TEXT NOT NULL, account TEXT NOT NULL REFERENCES accounts,
    revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS voices (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, account TEXT REFERENCES accounts,
    name TEXT NOT NULL, description TEXT, language TEXT, billing TEXT NOT NULL, engine TEXT NOT NULL,
    definition TEXT NOT NULL, preview TEXT NOT NULL, sample_type TEXT, visible_at REAL NOT NULL DEFAULT 0,
    UNIQUE (account, name));
CREATE TABLE IF NOT EXISTS provider_keys (
    account TEXT NOT NULL REFERENCES accounts, engine TEXT NOT NULL, prefix TEXT NOT NULL,
    PRIMARY KEY (account, engine));
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
COLUMNS = (
    "id, account, name, description, language, billing, engine, definition, preview, sample_type, visible_at"
)


class NameTakenError(Exception):
    """The account already has a voice with that name."""


@dataclass(frozen=True)
class VoiceRow:
    """A voice; `account` is None in the public catalogue, `sample_type` is None if it was not cloned."""

    id: str
    account: str | None
    name: str
    description: str | None
    language: str | None
    billing: str
    engine: str
    definition: dict[str, Any]
    preview: str  # how its preview is served, see previews.py
    sample_type: str | None = None
    visible_at: float = 0.0
    seq: int = 0


@dataclass(frozen=True)
class Clause:
    """A fixed piece of SQL and its values."""

    sql: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True)
class Account:
    """An account that owns voices."""

    id: str
    name: str


class State:
    """The only code that touches the sandbox's files."""

    def __init__(self, folder: Path) -> None:
        self.samples = folder / "samples"
        self.previews = folder / "previews"
        self.incoming = folder / "incoming"
        for place in (self.samples, self.previews, self.incoming):
            place.mkdir(parents=True, exist_ok=True)
        self._clear(self.incoming)  # unfinished uploads of an earlier process
        self._db = sqlite3.connect(folder / "sandbox.sqlite3", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing; power loss may
        self._db.executescript(SCHEMA)
        self._db.create_function(
            "fold", 1, str.casefold, deterministic=True
        )  # SQLite's lower() is ASCII only
        self.agents = AgentState(self._db)
        self._drop_orphans()

    def _drop_orphans(self) -> None:
        """Remove recordings whose voice was never committed: the process was killed between file and row."""
        known = {name for (name,) in self._db.execute("SELECT id FROM voices")}
        for file in self.samples.iterdir():
            if file.name not in known:
                file.unlink()

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    # accounts and keys

    def account_of(self, key: str) -> Account | None:
        """Return the account of a key, creating it on first use; None for a forged or revoked key."""
        found = self._db.execute(
            "SELECT accounts.id, accounts.name, revoked FROM keys JOIN accounts ON accounts.id = account"
            " WHERE digest = ?",
            (digest_of(key),),
        ).fetchone()
        if found is None:
            return self._open_account(key) if is_genuine(key) else None
        return None if found[2] else Account(found[0], found[1])

    def _open_account(self, key: str) -> Account:
        account = Account(str(uuid.uuid4()), f"Sandbox account {prefix_of(key)}")
        self._db.execute("INSERT INTO accounts VALUES (?, ?)", (account.id, account.name))
        self.add_key(key, account)
        return account

    def add_key(self, key: str, account: Account) -> None:
        """Add a key to the account."""
        self._db.execute(
            "INSERT INTO keys (digest, prefix, account) VALUES (?, ?, ?)",
            (digest_of(key), prefix_of(key), account.id),
        )

    def revoke_key(self, key: str) -> None:
        """Refuse the key from now on, even if it was never used."""
        if self.account_of(key) is not None:
            self._db.execute("UPDATE keys SET revoked = 1 WHERE digest = ?", (digest_of(key),))

    def key_prefixes(self) -> list[dict[str, Any]]:
        """Return all known keys, by their prefixes."""
        rows = self._db.execute("SELECT prefix, account, revoked FROM keys ORDER BY rowid")
        names = ("prefix", "account", "revoked")
        return [dict(zip(names, (*row[:2], bool(row[2])), strict=True)) for row in rows]

    def provider_keys(self, account: Account) -> dict[str, dict[str, str]]:
        """Return the prefixes of the stored provider keys by engine."""
        rows = self._db.execute("SELECT engine, prefix FROM provider_keys WHERE account = ?", (account.id,))
        return {engine: {"prefix": prefix} for engine, prefix in rows}

    def set_provider_key(self, account: Account, engine: str, key: str | None) -> None:
        """Store the first characters of a provider key, or delete it."""
        self._db.execute("DELETE FROM provider_keys WHERE account = ? AND engine = ?", (account.id, engine))
        if key is not None:
            shown = key[: min(8, len(key) // 2)]
            self._db.execute("INSERT INTO provider_keys VALUES (?, ?, ?)", (account.id, engine, shown))

    # voices

    def add_voice(self, row: VoiceRow) -> None:
        """Store a new voice. Raise NameTakenError."""
        placeholders = ", ".join("?" for _ in COLUMNS.split(","))
        sql = f"INSERT INTO voices ({COLUMNS}) VALUES ({placeholders})"  # noqa: S608  # fixed text
        try:
            self._db.execute(sql, _values(row))
        except sqlite3.IntegrityError as exc:
            raise NameTakenError from exc

    def has_name(self, account: Account, name: str) -> bool:
        """Whether the account has a voice with exactly that name."""
        sql = "SELECT 1 FROM voices WHERE account = ? AND name = ?"
        return self._db.execute(sql, (account.id, name)).fetchone() is not None

    def change_voice(self, row: VoiceRow) -> None:
        """Store a voice's new name, description, language and definition. Raise NameTakenError."""
        try:
            self._db.execute(
                "UPDATE voices SET name = ?, description = ?, language = ?, engine = ?, definition = ?"
                " WHERE id = ?",
                (row.name, row.description, row.language, row.engine, json.dumps(row.definition), row.id),
            )
        except sqlite3.IntegrityError as exc:
            raise NameTakenError from exc

    def remove_voice(self, row: VoiceRow) -> None:
        """Delete a voice and its recording."""
        self._db.execute("DELETE FROM voices WHERE id = ?", (row.id,))
        (self.samples / row.id).unlink(missing_ok=True)
        for file in self.previews.glob(f"{row.id}.*"):
            file.unlink(missing_ok=True)

    def voice(self, voice_id: str) -> VoiceRow | None:
        """Return a voice by id, whoever owns it."""
        found = self.voices([Clause("id = ?", (voice_id,))], limit=1)
        return found[0] if found else None

    def voices(self, where: Iterable[Clause], *, ascending: bool = False, limit: int = -1) -> list[VoiceRow]:
        """Return the voices that match every clause, newest first unless `ascending`."""
        sql, values = _where(where)
        order = "ASC" if ascending else "DESC"
        query = f"SELECT {COLUMNS}, seq FROM voices{sql} ORDER BY seq {order} LIMIT ?"  # noqa: S608  # fixed text
        return [_row(found) for found in self._db.execute(query, (*values, limit))]

    def count(self, where: Iterable[Clause]) -> int:
        """Return the number of voices that match every clause."""
        sql, values = _where(where)
        found = self._db.execute(f"SELECT count(*) FROM voices{sql}", values).fetchone()  # noqa: S608  # fixed text
        return int(found[0])

    # settings

    def settings(self) -> dict[str, Any]:
        """Return the stored settings by name."""
        rows = self._db.execute("SELECT name, value FROM settings")
        return {name: json.loads(value) for name, value in rows}

    def change_settings(self, values: dict[str, Any]) -> None:
        """Store settings."""
        pairs = [(name, json.dumps(value)) for name, value in values.items()]
        self._db.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", pairs)

    def reset(self) -> None:
        """Delete all accounts, keys, settings, agents and private voices."""
        self.agents.reset()
        self._db.executescript(
            "DELETE FROM voices WHERE account IS NOT NULL; DELETE FROM provider_keys; DELETE FROM keys;"
            "DELETE FROM accounts; DELETE FROM settings;"
        )
        self._clear(self.samples)

    @staticmethod
    def _clear(folder: Path) -> None:
        for file in folder.iterdir():
            file.unlink()


def visible_to(account: Account) -> Clause:
    """Return the clause for the account's own voices and the public ones."""
    return Clause("(account IS NULL OR account = ?)", (account.id,))


def owned_by(account: Account) -> Clause:
    """Return the clause for the account's own voices."""
    return Clause("account = ?", (account.id,))


def listed() -> Clause:
    """Return the clause for voices whose scripted delay in lists, if any, is over."""
    return Clause("visible_at <= ?", (time.time(),))


def _where(clauses: Iterable[Clause]) -> tuple[str, tuple[object, ...]]:
    found = list(clauses)
    sql = " AND ".join(clause.sql for clause in found)
    return (f" WHERE {sql}" if sql else ""), tuple(value for clause in found for value in clause.values)


def _values(row: VoiceRow) -> tuple[object, ...]:
    return (
        row.id,
        row.account,
        row.name,
        row.description,
        row.language,
        row.billing,
        row.engine,
        json.dumps(row.definition),
        row.preview,
        row.sample_type,
        row.visible_at,
    )


def _row(found: tuple[Any, ...]) -> VoiceRow:
    values = list(found)
    values[7] = json.loads(values[7])
    return VoiceRow(*values)
