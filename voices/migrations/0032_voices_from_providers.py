import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('voices', '0031_take_secrets_out'),
    ]

    operations = [
        migrations.AddField(
            model_name='clonejob',
            name='provider',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='clonejob',
            name='sealed_definition',
            field=models.BinaryField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='clonejob',
            name='sample',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clone_jobs', to='voices.sample'),
        ),
        migrations.AlterField(
            model_name='voice',
            name='origin',
            field=models.CharField(choices=[('cloned', 'Cloned here'), ('created', "Created here from a provider's settings"), ('adopted', 'Matched to an existing voice by name'), ('synced', 'Found by a sync')], default='synced', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='clonejob',
            constraint=models.CheckConstraint(condition=Q(Q(('provider', ''), ('sample__isnull', False)), Q(('sample', None), Q(('provider', ''), _negated=True)), _connector='OR'), name='recording_or_provider'),
        ),
    ]
