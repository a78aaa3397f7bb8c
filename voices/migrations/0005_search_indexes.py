"""PostgreSQL's search indexes become part of the model's state; before, migration 0002 made them by code of its own."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from voices.models import indexes

EARLIER = (
    "voices_text", "voices_pairs", "voices_rare_gone", "voices_rare_language", "voices_rare_provider",
    "voices_rare_health", "voices_rare_account_id", "voices_rare_added_by_id",
)  # fmt: skip
PAIRS = r"""
CREATE FUNCTION voices_pairs(content text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(substr(content, place, 2))
        || string_to_array(regexp_replace(content, '[\x01-\x7f]', '', 'g'), NULL)
    FROM generate_series(1, length(content)) AS place
$$
"""
# Two kinds: inverted indexes of the text, and B-trees of what few voices may have.
INDEXES = (
    indexes.PostgresGinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="voices_by_trigrams"),
    indexes.PostgresGinIndex(models.Func("search_text", function="voices_pairs"), name="voices_by_pairs"),
    indexes.PostgresIndex(fields=["team", "language"], name="voices_of_language"),
    indexes.PostgresIndex(fields=["team", "provider"], name="voices_of_provider"),
    indexes.PostgresIndex(fields=["team", "health"], name="voices_of_health"),
    indexes.PostgresIndex(fields=["team", "account"], name="voices_of_account"),
    indexes.PostgresIndex(fields=["team", "added_by"], name="voices_of_owner"),
    indexes.PostgresIndex(
        fields=["team", "gone_at"], condition=models.Q(gone_at__isnull=False), name="voices_gone"
    ),
)


def prepare(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the indexes that an earlier version made, and make what the new ones need.

    Not by TrigramExtension, which cannot be reversed on SQLite and would drop the extension on PostgreSQL.
    """
    if editor.connection.vendor == "postgresql":
        for name in EARLIER:
            editor.execute(f"DROP INDEX IF EXISTS {name}")
        editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        editor.execute("DROP FUNCTION IF EXISTS voices_pairs(text)")
        editor.execute(PAIRS)


class Migration(migrations.Migration):
    dependencies = [("voices", "0004_consent")]
    operations = [
        migrations.RunPython(prepare, migrations.RunPython.noop),
        *(migrations.AddIndex("voice", index) for index in INDEXES),
    ]
