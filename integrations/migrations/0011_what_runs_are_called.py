from django.db import migrations, models


class Migration(migrations.Migration):
    """Words alone: the database is not touched."""

    dependencies = [("integrations", "0010_who_is_somebody_else")]

    operations = [
        migrations.AlterField(
            model_name="syncrun",
            name="kind",
            field=models.CharField(
                choices=[
                    ("changes", "sync of changes"),
                    ("full", "sync of everything"),
                    ("ids", "comparison of ids"),
                    ("retry", "retry"),
                    ("dry", "dry run"),
                    ("rollback", "roll back"),
                ],
                default="changes",
                max_length=8,
            ),
        ),
    ]
