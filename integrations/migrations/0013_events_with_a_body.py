from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0012_when_a_run_wrote"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(
                condition=models.Q(("state__in", ["done", "ignored"]), models.Q(("body", b""), _negated=True)),
                fields=["received_at"],
                name="event_with_body",
            ),
        ),
    ]
