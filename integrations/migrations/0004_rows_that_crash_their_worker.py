from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0003_errands"),
    ]

    operations = [
        migrations.AddField(
            model_name="activitycopy",
            name="crashes",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="errand",
            name="crashes",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="stream",
            name="crashes",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="webhookevent",
            name="crashes",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
