"""The database's own trigram index over what a search looks into."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from voices.models import search_index


def make(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Makes the index and fills it."""
    search_index.ensure(editor.connection)


def unmake(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Takes it away."""
    search_index.remove(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("voices", "0001_first_records")]
    operations = [migrations.RunPython(make, unmake)]
