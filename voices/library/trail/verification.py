"""Verification of the activity trail: every entry is compared with its MAC, its link and its neighbours.

Rows are read 5,000 at a time by their sequence number, without an open cursor and with constant memory.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connections, router

from voices.audit import trail_key
from voices.kit.hash_chain import TrailKey, key_id_of, link_of
from voices.models import AuditChain, AuditEntry
from voices.models.audit_rows import ChainRow, repeated_macs, sealed_rows, unsealed_rows
from voices.models.audit_triggers import is_installed

BATCH = 5_000
MAX_COPIES = 20  # that are reported one by one
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class Head:
    """A position in the chain: the number of entries sealed up to it, and the hash of the last one."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


def read_head(text: str) -> Head:
    """Return the head that `verify_activity` printed. Raises ValueError."""
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise ValueError("A head is a number, a colon and 64 hexadecimal digits, as this command prints it.")
    return Head(int(found[1]), found[2])


@dataclass
class Verification:
    """One verification of the trail. `findings` reads it and yields a sentence for each problem.

    `expected` is a head recorded earlier, through which the chain must pass. With `skips_before`, only entries after it
    are read.
    """

    expected: Head | None = None
    skips_before: bool = False
    key: TrailKey = field(default_factory=trail_key)
    head: Head = Head(0, "")
    checked: int = 0
    waiting: int = 0
    foreign: Counter[str] = field(default_factory=Counter)

    def findings(self) -> Iterator[str]:
        """Yield a sentence for each problem."""
        if not is_installed(connections[router.db_for_write(AuditEntry)]):
            yield (
                "The database doesn't protect entries from changes: its triggers are missing. "
                "Run `manage.py migrate`."
            )
        chain = AuditChain.objects.filter(pk=AuditChain.ONLY).first() or AuditChain()
        self.head = Head(chain.sequence, chain.hash)
        yield from self._chain_row(chain)
        yield from self._sealed(chain)
        yield from self._unsealed()
        yield from self._foreign_entries()
        for mac, count in repeated_macs(MAX_COPIES):
            ids = AuditEntry.objects.filter(mac=mac).order_by("id").values_list("id", flat=True)
            yield f"Entries {', '.join(map(str, ids[:5]))} are {count} copies of one entry."

    def _chain_row(self, chain: AuditChain) -> Iterator[str]:
        if chain.sequence == 0 and not chain.mac:
            return
        if key_id_of(chain.mac) != self.key.id:
            yield (
                "The record of where the chain ends was signed with another key. Restore the "
                "secrets/activity.key (or VOICESTUDIO_ACTIVITY_KEY) that this trail was written with."
            )
        elif chain.mac != self.key.mac(chain.content()):
            yield "The record of where the chain ends was changed, so entries may be missing at the end."

    def _sealed(self, chain: AuditChain) -> Iterator[str]:
        """Follow the chain from where it was pruned, or from the expected head."""
        last = Head(chain.pruned_sequence, chain.pruned_hash)
        if self.expected is not None:
            yield from self._unreachable(self.expected, last)
            if self.skips_before and self.expected.sequence >= last.sequence:
                last = self.expected
        while rows := sealed_rows(last.sequence, BATCH):
            for row in rows:
                yield from self._link(row, last)
                last = Head(row.sequence or 0, row.hash)
            self.checked += len(rows)
        yield from self._end(last)

    def _unreachable(self, noted: Head, begin: Head) -> Iterator[str]:
        """Yield a problem if the chain does not pass through the recorded head, or no longer reaches back to it."""
        if noted.sequence < begin.sequence:
            yield f"The noted head {noted.sequence} was pruned since: the chain begins after {begin.sequence}."
            return
        if noted.sequence == begin.sequence:
            found = begin.hash
        else:
            found = (
                AuditEntry.objects.filter(sequence=noted.sequence).values_list("hash", flat=True).first()
                or ""
            )
        if found != noted.hash:
            yield f"The chain does not pass through the noted head: entry {noted.sequence} has {found or 'no hash'}."

    def _link(self, row: ChainRow, last: Head) -> Iterator[str]:
        number = row.sequence or 0
        if number != last.sequence + 1:
            if not self._was_pruned(row):
                yield _missing(last.sequence + 1, number - 1)
        elif row.previous_hash != last.hash:
            yield f"Entry {number} (id {row.id}) doesn't follow the one before it: one of them was moved or replaced."
        if row.hash != link_of(row.previous_hash, number, row.mac, row.content):
            yield f"Entry {number} (id {row.id}) was changed after it was sealed."
        elif not self._is_genuine(row):
            yield f"Entry {number} (id {row.id}) was not written by Voice Studio, or changed before it was sealed."

    def _was_pruned(self, row: ChainRow) -> bool:
        """Whether all earlier entries were pruned while the trail was being read."""
        chain = AuditChain.objects.filter(pk=AuditChain.ONLY).first() or AuditChain()
        begin = (chain.pruned_sequence + 1, chain.pruned_hash)
        return begin == (row.sequence, row.previous_hash) and chain.mac == self.key.mac(chain.content())

    def _is_genuine(self, row: ChainRow) -> bool:
        """Whether our key made the entry's MAC. MACs of other keys are counted, and not verified here."""
        key_id = key_id_of(row.mac)
        if key_id and key_id != self.key.id:
            self.foreign[key_id] += 1
            return True
        return row.mac == self.key.mac(row.content)

    def _end(self, last: Head) -> Iterator[str]:
        """Compare the last entry with the stored end of the chain, read again since a worker may be sealing."""
        chain = AuditChain.objects.filter(pk=AuditChain.ONLY).first() or AuditChain()
        if last.sequence < self.head.sequence:
            yield f"{_missing(last.sequence + 1, self.head.sequence)} They were the end of the chain."
        elif last.sequence > chain.sequence:
            yield f"The chain ends with entry {chain.sequence}, but there are entries up to {last.sequence}."

    def _unsealed(self) -> Iterator[str]:
        last = 0
        while rows := unsealed_rows(last, BATCH):
            for row in rows:
                if not self._is_genuine(row):
                    yield f"The entry with id {row.id}, not sealed yet, was changed or not written by Voice Studio."
            self.waiting += len(rows)
            last = rows[-1].id

    def _foreign_entries(self) -> Iterator[str]:
        for key_id, count in self.foreign.items():
            yield (
                f"Signed with another key ({key_id}): {count:,} of the entries. If the activity key was replaced, they "
                "can be trusted from the time they were sealed. Otherwise, Voice Studio didn't write them."
            )


def _missing(first: int, last: int) -> str:
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."
