"""What replaced what, how a voice came in, and who wrote its note and its words: columns instead of audit lines."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('voices', '0005_search_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='clonejob',
            name='replaces',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reclones', to='voices.voice'),
        ),
        migrations.AddField(
            model_name='voice',
            name='edited_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='voice',
            name='edited_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='voice',
            name='notes_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='voice',
            name='notes_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='voice',
            name='origin',
            field=models.CharField(choices=[('cloned', 'Cloned here'), ('adopted', 'Matched to an existing voice by name'), ('synced', 'Found by a sync')], default='synced', max_length=10),
        ),
    ]
