from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0006_what_is_hidden_can_be_found"),
    ]

    operations = [
        migrations.AddField(
            model_name="outcome",
            name="gone_at",
            field=models.DateTimeField(blank=True, editable=False, help_text="When it was gone from there.", null=True),
        ),
        migrations.AddField(
            model_name="outcome",
            name="source",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The connection it lives in, by its slug.",
                max_length=50,
            ),
        ),
        migrations.AddField(
            model_name="queue",
            name="gone_at",
            field=models.DateTimeField(blank=True, editable=False, help_text="When it was gone from there.", null=True),
        ),
        migrations.AddField(
            model_name="queue",
            name="is_told",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, help_text="Its connection has told of it by itself."
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="source",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="The connection that told of this person.",
                max_length=50,
                verbose_name="comes from",
            ),
        ),
    ]
