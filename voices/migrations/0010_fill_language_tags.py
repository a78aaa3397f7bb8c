"""Fill the normal form of every voice's language tag, and leave joiners out of what searches and lists compare.

A library has few tags and many voices: each tag is one UPDATE. What a tag's language is called and sorted by follows
with the next sync.
"""

import langcodes
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F, Value
from django.db.models.functions import Replace

JOINERS = ("\u200c", "\u200d")


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the columns of all voices, deleted ones too."""
    voices = apps.get_model("voices", "Voice").objects
    tags = voices.exclude(primary_language="").order_by().values_list("primary_language", flat=True).distinct()
    for tag in list(tags):
        normal = _normal_form(tag)
        language = normal.partition("-")[0].lower()[:8]
        voices.filter(primary_language=tag).update(language_tag=normal, language=language)
    for column in ("search_text", "name_key"):
        for joiner in JOINERS:
            rows = voices.filter(**{f"{column}__contains": joiner})
            rows.update(**{column: Replace(F(column), Value(joiner), Value(""))})


def _normal_form(tag: str) -> str:
    try:
        return langcodes.standardize_tag(tag.strip(), macro=True)[:35]
    except ValueError:
        return tag.strip()


class Migration(migrations.Migration):
    dependencies = [("voices", "0009_language_tags")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
