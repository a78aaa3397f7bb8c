"""Earlier consents get their team, a public id, the hashes of their recording and the name of who stated them.

Relation and statement stay empty: nobody was asked. Each voice gets the consent of the clone job that made it.
"""

import uuid

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import OuterRef, Subquery

BATCH = 500


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the columns of all consents, then those of the voices."""
    consents = apps.get_model("voices", "Consent")._base_manager
    last = 0
    while rows := list(
        consents.filter(pk__gt=last).select_related("sample", "stated_by").order_by("pk")[:BATCH]
    ):
        for row in rows:
            row.uid, row.team_id = uuid.uuid4(), row.sample.team_id
            row.received_sha256, row.sent_sha256 = row.sample.sha256, row.sample.sent_sha256
            row.stated_by_name = _name(row.stated_by)
        consents.bulk_update(rows, ["uid", "team", "received_sha256", "sent_sha256", "stated_by_name"])
        last = rows[-1].pk
    voices = apps.get_model("voices", "Voice").objects.filter(job__consent__isnull=False)
    jobs = apps.get_model("voices", "CloneJob").objects.filter(pk=OuterRef("job"))
    voices.update(consent=Subquery(jobs.values("consent")[:1]), consent_state="recorded")


def _name(person: object) -> str:
    """Return the name that pages show of a person."""
    if person is None:
        return ""
    return str(getattr(person, "name", "") or str(getattr(person, "email", "")).partition("@")[0])


class Migration(migrations.Migration):
    dependencies = [("voices", "0012_consents")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
