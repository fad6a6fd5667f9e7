import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("integrations", "0008_gone_agents"),
    ]

    operations = [
        migrations.AddField(
            model_name="stream",
            name="asked_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Who pressed Sync now, until that run is over; nobody: the timetable.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
