"""A process keeps what hardly changes of a card; each change of it renews a mark, by which the process learns of it.

Triggers, so that it holds for whoever writes: the admin, the API, the directory, SQL by hand. Before the statement:
the mark is locked before any of the rows, so two who change several of these tables wait and never block each other.
A value that is never used twice: a number could come back when a change is undone, with another change behind it.
"""

from django.db import migrations, models

TABLES = (
    "crm_queue",
    "crm_queueoutcome",
    "crm_outcome",
    "crm_queue_wrapup_fields",
    "crm_customfield",
    "widget_screenpoprule",
)
ANY = "insert or update or delete or truncate"
OF_ADDRESSES = "insert or update of connector, origin, is_enabled or delete or truncate"  # not each count and pause

FUNCTION = """
create function widget_renew_mark() returns trigger language plpgsql set search_path from current as $$
begin
    insert into widget_mark (id, value) values (1, gen_random_uuid())
    on conflict (id) do update set value = excluded.value;
    return null;
end
$$
"""


def trigger(table: str, events: str = ANY) -> migrations.RunSQL:
    make = (
        f"create trigger renew_mark before {events} on {table} for each statement execute function widget_renew_mark()"
    )
    return migrations.RunSQL(make, f"drop trigger renew_mark on {table}")


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0007_what_the_directory_tells"),
        ("integrations", "0008_gone_agents"),
        ("widget", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("value", models.UUIDField()),
            ],
        ),
        migrations.RunSQL("insert into widget_mark values (1, gen_random_uuid())", migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTION, "drop function widget_renew_mark()"),
        *map(trigger, TABLES),
        trigger("integrations_connection", OF_ADDRESSES),
    ]
