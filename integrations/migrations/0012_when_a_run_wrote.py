from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0011_what_runs_are_called"),
    ]

    operations = [
        migrations.AddField(
            model_name="recordchange",
            name="written_at",
            field=models.DateTimeField(help_text="The record's changed_at by this update of it.", null=True),
        ),
    ]
