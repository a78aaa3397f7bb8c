"""Forget the emails that allauth has stored beside the accounts' own: they could log in and reset passwords too."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def forget(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Delete every row of allauth's list; a person's own email is a column of the person."""
    # Without a dependency on allauth's migrations: theirs need ours for its person, which is a circle if ours are one.
    if "account" in apps.app_configs:
        apps.get_model("account", "EmailAddress").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("voices", "0007_fill_facts")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
