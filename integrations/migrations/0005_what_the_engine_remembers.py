from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0004_rows_that_crash_their_worker"),
    ]

    operations = [
        migrations.AddField(
            model_name="recordfailure",
            name="digest",
            field=models.BinaryField(
                help_text="Of what was refused: the same is not sent again.", max_length=16, null=True
            ),
        ),
        migrations.AddField(
            model_name="stream",
            name="deletions_asked",
            field=models.PositiveIntegerField(db_default=0, default=0, help_text="So many it wants to delete."),
        ),
        migrations.AddField(
            model_name="stream",
            name="deletions_approved",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="So many deletions a person let the next run do (contract C7)."
            ),
        ),
        migrations.AddField(
            model_name="stream",
            name="described",
            field=models.JSONField(
                db_default={}, default=dict, help_text="Their fields that we map, and of which kind."
            ),
        ),
        migrations.AddIndex(
            model_name="remotelink",
            index=models.Index(
                condition=models.Q(("taken", None), _negated=True), fields=["taken"], name="link_by_digest"
            ),
        ),
        migrations.AddIndex(
            model_name="remotelink",
            index=models.Index(
                condition=models.Q(("account", None), ("contact", None), ("state", "live")),
                fields=["connection", "entity"],
                name="link_of_nobody",
            ),
        ),
    ]
