"""The team's own consent statements: every change is a new version, and old ones stay."""

import unicodedata
from datetime import datetime

from django.db import IntegrityError, transaction

from voices import audit
from voices.access import Verb, require
from voices.models import ConsentStatement, Membership

MIN_STATEMENT, MAX_STATEMENT = 40, 4_000


class StatementError(Exception):
    """The text cannot be a statement. The message belongs beside its field."""


def read_statement(typed: str) -> str:
    """Return the text as it is stored: with line breaks, without control characters. Raises StatementError."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one for one in text if one == "\n" or unicodedata.category(one) not in {"Cc", "Cs"})
    text = unicodedata.normalize("NFC", "".join(kept)).strip()
    if len(text) < MIN_STATEMENT:
        raise StatementError("Write what the speaker agrees to, in a sentence or two.")
    if len(text) > MAX_STATEMENT:
        raise StatementError(f"This has {len(text):,} characters. The limit is {MAX_STATEMENT:,}.")
    return text


def write_statement(
    *, member: Membership, language: str, text: str, seen: int, now: datetime
) -> ConsentStatement | None:
    """Write the next version of the team's statement in that language, and return it.

    Return the current one if the text is unchanged, None if `seen` is no longer the current version (0: none yet).
    """
    require(member, Verb.CHANGE_TEAM)
    current = ConsentStatement.objects.current(member.team).get(language)
    if (current.version if current else 0) != seen:
        return None
    if current is not None and current.text == text:
        return current
    try:
        with transaction.atomic():
            return _add_version(member, language, text, current, now)
    except IntegrityError:  # somebody else wrote that version at the same time
        return None


def _add_version(
    member: Membership, language: str, text: str, current: ConsentStatement | None, now: datetime
) -> ConsentStatement:
    if current is not None:
        ConsentStatement.objects.stored(current, now)  # so that the shipped text stays readable
    row = ConsentStatement.objects.create(
        team=member.team, language=language, version=current.version + 1 if current else 1, text=text,
        written_by=member.user, written_at=now,
    )  # fmt: skip
    audit.record_by(member, "consent.statement_edited", row, language=language, version=row.version)
    return row
