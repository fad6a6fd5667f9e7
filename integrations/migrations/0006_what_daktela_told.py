import django.db.models.deletion
from django.db import migrations, models

import integrations.clock


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0005_what_the_engine_remembers"),
    ]

    operations = [
        migrations.AddField(
            model_name="activitycopy",
            name="named",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "queue",
                    models.CharField(blank=True, help_text="Its name over there; empty: of no queue.", max_length=64),
                ),
                ("theirs", models.PositiveIntegerField(default=0)),
                ("ours", models.PositiveIntegerField(default=0)),
                (
                    "missing",
                    models.JSONField(default=list, help_text="The names of those that we have not, or not closed."),
                ),
                ("counted_at", models.DateTimeField(default=integrations.clock.now)),
                (
                    "connection",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ledger",
                        to="integrations.connection",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "queue"],
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "day", "queue"), name="ledger_once_a_day_and_queue")
                ],
            },
        ),
    ]
