"""The text index is there after all migrations, and comes back when a rebuilt table lost it."""

from django.db import connection

from tests.base import Cast
from tests.builders import make_voice
from tests.library.populated import asked
from voices.library.pages import library_page
from voices.models import search_index


def test_after_all_migrations_nothing_is_missing(db: None) -> None:
    """A migration that alters the voices' table on SQLite must be followed by `text_index.ensure`."""
    assert search_index.ensure(connection) is False


def test_what_a_rebuilt_table_lost_is_made_anew(cast: Cast) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER voices_text_insert")
    voice = make_voice(cast.ada, name="Wilhelmina")
    search_index.ensure(connection)
    assert [one.pk for one in library_page(cast.ada, filters=asked("q=helmi")).voices] == [voice.pk]
    assert search_index.ensure(connection) is False


def test_an_index_of_an_earlier_version_is_made_anew(cast: Cast) -> None:
    """What it keeps is said by its triggers: others than ours mean that it lacks something."""
    voice = make_voice(cast.ada, name="Wilhelmina")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER voices_text_update")
            cursor.execute(
                "CREATE TRIGGER voices_text_update AFTER UPDATE ON voices_voice BEGIN SELECT 1; END"
            )
            cursor.execute("INSERT INTO voices_text (voices_text) VALUES ('delete-all')")
    assert search_index.ensure(connection) is (connection.vendor == "sqlite")
    found = library_page(cast.ada, filters=asked("language=en&q=helmi")).voices
    assert [one.pk for one in found] == [voice.pk]
