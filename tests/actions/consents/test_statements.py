"""The team's statement: every change is a version, and none is lost."""

import pytest
from django.core.exceptions import PermissionDenied

from tests.base import Cast
from tests.builders import make_consent, make_sample
from tests.kit.fakes import NOON
from voices.actions.consents.statements import StatementError, read_statement, write_statement
from voices.models import AuditEntry, Consent, ConsentStatement
from voices.models.shipped_statements import SHIPPED_STATEMENTS

TEXT = "I speak in this recording, and Northwind may copy my voice."


def test_new_text_is_a_version_and_older_consents_keep_theirs(cast: Cast) -> None:
    old = make_consent(cast.ed, make_sample(cast.ed))
    row = write_statement(member=cast.ada, language="en", text=TEXT, seen=1, now=NOON)
    assert row is not None
    assert (row.version, row.written_by) == (2, cast.ada.user)
    new = make_consent(cast.ed, make_sample(cast.ed))
    texts = [Consent.objects.get(pk=one.pk).statement for one in (old, new)]
    assert [one.text for one in texts if one] == [SHIPPED_STATEMENTS["en"], TEXT]
    entry = AuditEntry.objects.get(verb="consent.statement_edited")
    assert (entry.facts["language"], entry.facts["version"]) == ("en", 2)


def test_first_edit_keeps_the_shipped_text_as_version_1(cast: Cast) -> None:
    write_statement(member=cast.ada, language="de", text=TEXT, seen=1, now=NOON)
    rows = ConsentStatement.objects.filter(language="de").order_by("version")
    assert [(one.version, one.text) for one in rows] == [(1, SHIPPED_STATEMENTS["de"]), (2, TEXT)]
    assert rows[0].written_by is None


def test_statement_of_a_new_language_is_its_first_version(cast: Cast) -> None:
    row = write_statement(member=cast.ada, language="sv", text=TEXT, seen=0, now=NOON)
    assert row is not None
    assert (row.version, "sv" in ConsentStatement.objects.current(cast.northwind)) == (1, True)


def test_unchanged_statement_makes_no_version(cast: Cast) -> None:
    row = write_statement(member=cast.ada, language="en", text=SHIPPED_STATEMENTS["en"], seen=1, now=NOON)
    assert row is not None
    assert (row.version, ConsentStatement.objects.count()) == (1, 0)


def test_statement_written_over_an_unseen_version_is_refused(cast: Cast) -> None:
    write_statement(member=cast.ada, language="en", text=TEXT, seen=1, now=NOON)
    assert write_statement(member=cast.ada, language="en", text=f"{TEXT} Mine.", seen=1, now=NOON) is None
    assert ConsentStatement.objects.current(cast.northwind)["en"].text == TEXT


def test_only_admins_write_the_statement(cast: Cast) -> None:
    for member in (cast.ed, cast.vera):
        with pytest.raises(PermissionDenied):
            write_statement(member=member, language="en", text=TEXT, seen=1, now=NOON)


def test_statement_text_is_plain_and_of_a_sensible_length() -> None:
    assert read_statement(f" {TEXT}\r\nYes.\x07 ") == f"{TEXT}\nYes."
    for wrong in ("", "Yes.", "x" * 4_001):
        with pytest.raises(StatementError):
            read_statement(wrong)
