"""Storage of agents and their calls."""

import json
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS agents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL REFERENCES accounts,
    name TEXT NOT NULL, created TEXT NOT NULL, template TEXT NOT NULL, UNIQUE (account, name));
CREATE TABLE IF NOT EXISTS calls (
    account TEXT NOT NULL REFERENCES accounts, voice TEXT NOT NULL, day TEXT NOT NULL, seconds REAL NOT NULL);
CREATE INDEX IF NOT EXISTS calls_of_voice ON calls (account, voice, day);
"""


class AgentTakenError(Exception):
    """The account already has an agent of that name."""


@dataclass(frozen=True)
class AgentRow:
    """An agent; `template` is its call template as it was sent."""

    id: str
    name: str
    created: str
    template: Mapping[str, Any] | None
    seq: int = 0


class AgentState:
    """Agents and calls in the sandbox's database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)

    def add(self, account: str, *, name: str, created: str, template: Mapping[str, Any] | None) -> AgentRow:
        """Store a new agent. Raise AgentTakenError."""
        row = AgentRow(str(uuid.uuid4()), name, created, template)
        values = (row.id, account, name, created, json.dumps(template))
        try:
            self._db.execute(
                "INSERT INTO agents (id, account, name, created, template) VALUES (?, ?, ?, ?, ?)", values
            )
        except sqlite3.IntegrityError as exc:
            raise AgentTakenError from exc
        return row

    def change(self, account: str, row: AgentRow) -> None:
        """Store an agent's new name and template. Raise AgentTakenError."""
        values = (row.name, json.dumps(row.template), account, row.id)
        try:
            self._db.execute("UPDATE agents SET name = ?, template = ? WHERE account = ? AND id = ?", values)
        except sqlite3.IntegrityError as exc:
            raise AgentTakenError from exc

    def remove(self, account: str, agent_id: str) -> bool:
        """Delete an agent. Return False if there was none."""
        sql = "DELETE FROM agents WHERE account = ? AND id = ?"
        return self._db.execute(sql, (account, agent_id)).rowcount == 1

    def get(self, account: str, agent_id: str) -> AgentRow | None:
        """Return an agent of the account, or None."""
        sql = "SELECT id, name, created, template, seq FROM agents WHERE account = ? AND id = ?"
        found = self._db.execute(sql, (account, agent_id)).fetchone()
        return _row(found) if found else None

    def page(self, account: str, *, before: int, search: str, size: int) -> list[AgentRow]:
        """Return the newest agents before sequence number `before` whose names contain the text."""
        sql = (
            "SELECT id, name, created, template, seq FROM agents WHERE account = ? AND seq < ?"
            " AND instr(fold(name), fold(?)) ORDER BY seq DESC LIMIT ?"
        )
        return [_row(found) for found in self._db.execute(sql, (account, before, search, size))]

    def count(self, account: str, *, search: str) -> int:
        """Return the number of agents whose names contain the text."""
        sql = "SELECT count(*) FROM agents WHERE account = ? AND instr(fold(name), fold(?))"
        return int(self._db.execute(sql, (account, search)).fetchone()[0])

    def add_calls(self, account: str, voice: str, *, day: date, seconds: float, count: int) -> None:
        """Store `count` calls of that length on that day."""
        rows = [(account, voice, day.isoformat(), seconds)] * count
        self._db.executemany("INSERT INTO calls VALUES (?, ?, ?, ?)", rows)

    def usage(self, account: str, *, voice: str, first: str, last: str) -> list[tuple[str, int, float]]:
        """Return (day, calls, seconds) of the days with calls from `first` to `last`; `voice` "" means all."""
        sql = (
            "SELECT day, count(*), sum(seconds) FROM calls WHERE account = ? AND (? = '' OR voice = ?)"
            " AND day >= ? AND day <= ? GROUP BY day ORDER BY day"
        )
        return self._db.execute(sql, (account, voice, voice, first, last)).fetchall()

    def reset(self) -> None:
        """Delete everything."""
        self._db.executescript("DELETE FROM agents; DELETE FROM calls;")


def _row(found: tuple[Any, ...]) -> AgentRow:
    return AgentRow(found[0], found[1], found[2], json.loads(found[3]), found[4])
