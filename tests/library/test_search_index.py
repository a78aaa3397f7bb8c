"""The search index is what the code says after every migration, whatever the table went through."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.base import Cast
from tests.builders import make_voice
from tests.library.populated import asked
from tests.migrated import empty_database, fill_database
from voices.library.filters.base import TextFilter
from voices.library.filters.registry import added
from voices.library.pages import library_page
from voices.library.search import update_index
from voices.models import Membership, Voice


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def found(member: Membership, query: str) -> list[str]:
    return [voice.name for voice in library_page(member, filters=asked(query)).voices]


def test_migrations_leave_a_current_index(db: None) -> None:
    assert update_index(connection) is False


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
def test_migrate_restores_triggers_of_a_rebuilt_table(cast: Cast) -> None:
    """Django alters a table on SQLite by copying it, and the copy has no triggers."""
    with connection.schema_editor() as editor:
        editor._remake_table(Voice)
    make_voice(cast.ada, name="Wilhelmina")
    assert found(cast.ada, "q=helmi&language=en") == []
    call_command("migrate", verbosity=0)
    assert found(cast.ada, "q=helmi&language=en") == ["Wilhelmina"]


@pytest.mark.sqlite_only
def test_an_index_of_another_version_is_rebuilt(cast: Cast) -> None:
    make_voice(cast.ada, name="Wilhelmina")
    run("DROP TRIGGER voices_text_update")
    run("CREATE TRIGGER voices_text_update AFTER UPDATE ON voices_voice BEGIN SELECT 1; END")
    run("INSERT INTO voices_text (voices_text) VALUES ('delete-all')")
    assert update_index(connection) is True
    assert found(cast.ada, "language=en&q=helmi") == ["Wilhelmina"]
    assert update_index(connection) is False


@pytest.mark.postgresql_only
@pytest.mark.parametrize(
    "damage",
    [
        "DROP INDEX voices_by_trigrams",
        "DROP INDEX voices_gone",
        "DROP INDEX voices_of_owner; CREATE INDEX voices_of_owner ON voices_voice (added_by_id)",
        "DROP INDEX voices_by_pairs; DROP FUNCTION voices_pairs",
        "DROP INDEX voices_by_pairs; CREATE OR REPLACE FUNCTION voices_pairs(content text) RETURNS text[]"
        " LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT array_agg(content) $$",
    ],
)
def test_migrate_restores_a_changed_index(cast: Cast, damage: str) -> None:
    run(damage)
    call_command("migrate", verbosity=0)
    assert update_index(connection) is False


@pytest.fixture
def at_the_start(transactional_db: None) -> Iterator[MigrationExecutor]:
    """A database that no migration of ours has run on; afterwards all have."""
    empty_database()
    try:
        yield MigrationExecutor(connection)
    finally:
        fill_database()


@pytest.mark.django_db(transaction=True)
def test_a_new_filter_does_not_break_old_migrations(at_the_start: MigrationExecutor) -> None:
    """A filter by a column that the first migrations do not have: the index is made after all of them."""
    assert apps.is_installed("voices")
    with added(
        TextFilter(name="label", label="Label", position=200, column="language_label", max_length=120)
    ):
        call_command("migrate", verbosity=0)
        assert update_index(connection) is False
