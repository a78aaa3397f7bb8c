"""`manage.py doctor` says of each check what it has found and how to mend it."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from pytest_django.fixtures import Settings

from voices.actions.checkup import Check, Problem
from voices.actions.checkup.database import AWAY, DATABASE
from voices.actions.workers import mark_alive
from voices.gateway import verify_encryption_key
from voices.management.checkup import CHECKS, examine


@pytest.fixture(autouse=True)
def local(settings: Settings) -> None:
    """Without the host that Django's test runner adds, which is public and without HTTPS."""
    settings.ALLOWED_HOSTS = ["localhost"]


def doctor(**options: Any) -> tuple[str, str]:
    """What it prints, and what it ends with."""
    printed = StringIO()
    try:
        call_command("doctor", stdout=printed, no_color=True, **options)
    except CommandError as problem:
        return printed.getvalue(), str(problem)
    return printed.getvalue(), ""


def fail() -> list[Problem]:
    raise OperationalError("no such table")


@pytest.mark.any_database  # on PostgreSQL the checks have a connection of their own, which sees only what is committed
def test_doctor_is_content_with_a_good_installation(db: None) -> None:
    verify_encryption_key()
    mark_alive(name="one", started_at=timezone.now(), now=timezone.now())
    printed, ended = doctor()
    assert (printed.splitlines()[-1], ended) == ("All 12 checks passed.", "")
    assert "database        ok\n" in printed


def test_doctor_says_what_is_wrong_and_how_to_mend_it(db: None) -> None:
    printed, ended = doctor()
    assert ended == "1 of 12 checks found a problem."
    assert (
        "worker          WRONG  No worker is running.\n                       Start one: manage.py worker."
        in printed
    )


def test_doctor_asks_no_more_of_a_database_that_is_away() -> None:
    away = Check(name="database", problems=lambda: [AWAY], uses_database=True)
    others = [Check(name=str(uses), problems=lambda: [], uses_database=uses) for uses in (True, False)]
    assert [finding.problems for finding in examine([away, *others])] == [[AWAY], None, []]


def test_check_that_the_database_cannot_answer_is_told_apart() -> None:
    assert [one.problems for one in examine([Check(name="rows", problems=fail, uses_database=True)])] == [
        None
    ]


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert CHECKS[0] is DATABASE


@pytest.mark.sqlite_only
def test_thorough_doctor_reads_all(db: None) -> None:
    printed, _ = doctor(thorough=True)
    assert "database integrity  ok\n" in printed
