"""Fill in the model that each voice's definition names."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FIELDS = {
    "elevenLabs": "model",
    "cartesia": "model",
    "lmnt": "model",
    "inworld": "modelId",
    "respeecher": "model",
}
BATCH = 500


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the column of all voices, deleted ones too: few models, so few UPDATEs."""
    voices = apps.get_model("voices", "Voice").objects
    by_model = defaultdict[str, list[UUID]](list)
    for pk, definition in voices.order_by().values_list("pk", "definition").iterator():
        if model := _model(definition):
            by_model[model].append(pk)
    for model, ids in by_model.items():
        for start in range(0, len(ids), BATCH):
            voices.filter(pk__in=ids[start : start + BATCH]).update(model=model)


def _model(definition: Any) -> str:
    if not isinstance(definition, dict) or len(definition) != 1:
        return ""
    key, settings = next(iter(definition.items()))
    model = settings.get(FIELDS.get(key)) if isinstance(settings, dict) else None
    return model if isinstance(model, str) and len(model) <= 80 else ""


class Migration(migrations.Migration):
    dependencies = [("voices", "0033_voice_model")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
