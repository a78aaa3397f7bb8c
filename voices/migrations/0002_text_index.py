"""Nothing any more: the search index is not made by a migration but brought up to date after all of them.

It ran the code of the day, which a later model broke. See docs/decisions and voices/library/search/sqlite_index.py.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("voices", "0001_first_records")]
    operations = []
