"""Samples keep the recording as it came beside what is sent, what was cut from it, and the report on it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import voices.models.samples


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Say of the samples that are kept that what was received is also what is sent."""
    apps.get_model("voices", "Sample").objects.filter(container="mp3").update(sent_container="mp3")


class Migration(migrations.Migration):

    dependencies = [
        ('voices', '0010_fill_language_tags'),
    ]

    operations = [
        migrations.AddField(
            model_name='sample',
            name='edit',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='sample',
            name='original',
            field=models.FileField(blank=True, max_length=255, upload_to=voices.models.samples.sample_path),
        ),
        migrations.AddField(
            model_name='sample',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='edited_samples', to='voices.sample'),
        ),
        migrations.AddField(
            model_name='sample',
            name='report',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='sample',
            name='report_version',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='sample',
            name='sent_container',
            field=models.CharField(default='wav', max_length=4),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
