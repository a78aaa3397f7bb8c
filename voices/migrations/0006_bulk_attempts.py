from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("voices", "0005_voice_changing")]

    operations = [
        migrations.AddField("bulkrun", "attempts", models.PositiveSmallIntegerField(default=0)),
    ]
