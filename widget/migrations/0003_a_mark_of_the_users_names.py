"""A card shows who has talked to a customer: their names are kept too, until one is changed (0002)."""

from django.db import migrations

NAMES = "insert or update of name or delete or truncate"  # not each time somebody signs in


class Migration(migrations.Migration):
    dependencies = [("crm", "0007_what_the_directory_tells"), ("widget", "0002_a_mark_of_what_cards_keep")]

    operations = [
        migrations.RunSQL(
            f"create trigger renew_mark before {NAMES} on crm_user for each statement execute function widget_renew_mark()",
            "drop trigger renew_mark on crm_user",
        )
    ]
