"""The migration that makes a fresh database, and those that it replaces."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import DjangoDbBlocker

from tests.upgrades.states import new_database

SQUASHED = ("voices", "0001_squashed_0035_fill_voice_model")


class KilledError(Exception):
    """The process ends here."""


class Killed(MigrationExecutor):
    """Ends where it would record a migration of ours."""

    def record_migration(self, migration: Any) -> None:
        """Record those of others."""
        if migration.app_label == "voices":
            raise KilledError
        super().record_migration(migration)


def test_tables_come_with_the_record_of_their_migration(
    tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), new_database(tmp_path):
        with pytest.raises(KilledError):
            Killed(connection).migrate([SQUASHED])
        assert "voices_voice" not in connection.introspection.table_names()
        assert "auth_group" in connection.introspection.table_names()


def test_a_fresh_database_has_all_that_is_replaced(db: None) -> None:
    applied = MigrationRecorder(connection).applied_migrations()
    replaced = MigrationLoader(None).disk_migrations[SQUASHED].replaces
    assert len(replaced) == 36
    assert [one for one in (SQUASHED, *replaced) if one not in applied] == []
