from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0007_who_listened")]

    operations = [
        migrations.AddField(
            model_name="agent",
            name="gone_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="Deleted or switched off over there.",
                null=True,
                verbose_name="gone since",
            ),
        ),
    ]
