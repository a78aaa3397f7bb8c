from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('voices', '0003_library_order'),
    ]

    operations = [
        migrations.AddField(
            model_name='voice',
            name='changing_until',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
