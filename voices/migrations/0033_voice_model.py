"""The model that a voice names, and the bulk change of it."""

import voices.models.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('voices', '0032_voices_from_providers'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='voice',
            name='newest_with_facets',
        ),
        migrations.AddField(
            model_name='voice',
            name='model',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AlterField(
            model_name='bulkrun',
            name='verb',
            field=models.CharField(choices=[('tag', 'Add a tag'), ('untag', 'Take a tag off'), ('stage', 'Move to a stage'), ('favourite', 'Add to favourites'), ('unfavourite', 'Take from favourites'), ('delete', 'Delete at Althea'), ('swap', 'Replace in agents'), ('model', 'Change the model')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='voice',
            index=models.Index(fields=['team', '-created_at', '-id', 'deleted_at', 'stage', 'consent_state', 'language', 'language_tag', 'provider', 'ownership', 'billing_style', 'account', 'added_by', 'health', 'gone_at', 'model'], name='newest_with_facets'),
        ),
        migrations.AddIndex(
            model_name='voice',
            index=voices.models.indexes.PostgresIndex(fields=['team', 'model'], name='voices_of_model'),
        ),
    ]
