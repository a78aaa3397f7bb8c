"""Voices get their language tag in normal form, and clone jobs the name of the file that came with them."""

from django.db import migrations, models

NEWEST = [
    'team', '-created_at', '-id', 'deleted_at', 'stage', 'language', 'language_tag', 'provider', 'ownership',
    'billing_style', 'account', 'added_by', 'health', 'gone_at',
]


class Migration(migrations.Migration):

    dependencies = [
        ('voices', '0008_one_email_a_person'),
    ]

    operations = [
        migrations.AddField(
            model_name='clonejob',
            name='filename',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='voice',
            name='language_tag',
            field=models.CharField(blank=True, editable=False, max_length=35),
        ),
        migrations.RemoveIndex(
            model_name='voice',
            name='newest_with_facets',
        ),
        migrations.RemoveIndex(
            model_name='voice',
            name='voices_by_language',
        ),
        migrations.AddIndex(
            model_name='voice',
            index=models.Index(fields=NEWEST, name='newest_with_facets'),
        ),
        migrations.AddIndex(
            model_name='voice',
            index=models.Index(
                fields=['team', 'language_key', 'name_key', 'id', 'language', 'language_tag'],
                name='voices_by_language',
            ),
        ),
    ]
