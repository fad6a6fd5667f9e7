"""Does a credential that went in ever come out? A canary, followed through pages, logs, tasks, tracebacks and a dump.

It goes in as an admin enters it and is used against simulators that misbehave; afterwards everything that anybody can
read is searched for it, in the spellings in which it could hide.
"""

from __future__ import annotations

import base64
import json
import logging
import time
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.db import connection as database
from django.test import Client
from django.urls import get_resolver, reverse

from integrations import connectors
from integrations.connectors.daktela.simulator import Simulator as Daktela
from integrations.connectors.dynamics.simulator import Simulator as Dynamics
from integrations.connectors.errors import ConnectorError
from integrations.models import Connection, Stream, SyncRun
from integrations.panel.routes import PAGES
from integrations.sync import engine
from integrations.wake import wake

CANARY = "canary-7Qz/+&=~nobody-may-see-this"
SPELLINGS = {
    CANARY,
    quote(CANARY),
    quote(CANARY, safe=""),
    json.dumps(CANARY)[1:-1],
    base64.b64encode(CANARY.encode()).decode(),
    CANARY.replace("&", "&amp;"),
    "canary-7Qz",
}
MOODS = ("", "status", "truncate", "reset")


def found_in(text: str) -> set[str]:
    return {spelling for spelling in SPELLINGS if spelling in text}


@pytest.fixture(params=["daktela", "dynamics"])
def system(request: pytest.FixtureRequest) -> Iterator[Daktela | Dynamics]:
    """It knows the canary: whoever has it comes in."""
    with Daktela() if request.param == "daktela" else Dynamics(contacts=3) as running:
        if isinstance(running, Daktela):
            running.world.sessions[CANARY] = ("admin", None)
        else:
            running.world.secret = CANARY
        yield running


@pytest.fixture
def connection(system: Daktela | Dynamics, admin_client: Client, settings: Any) -> Connection:
    """Entered in the panel, as an admin does."""
    settings.ALLOWED_EGRESS = [system.url]
    slug = "daktela" if isinstance(system, Daktela) else "dynamics"
    typed = {"token": CANARY} if slug == "daktela" else system.settings | {"client_secret": CANARY}
    declared = connectors.get(slug).Settings.model_fields
    kept = {name: field.default for name, field in declared.items() if not field.is_required()}
    form = {"title": "The canary", "slug": "canary", "origin": system.url, "time_zone": "UTC", "is_enabled": "on"}
    form |= {"agents-TOTAL_FORMS": 0, "agents-INITIAL_FORMS": 0} | kept | typed
    page = f"{reverse('admin:integrations_connection_add')}?connector={slug}"
    answer = admin_client.post(page, form, follow=True)
    assert found_in(answer.content.decode()) == set()
    made = Connection.objects.get()
    assert CANARY in made.secrets().values()
    return made


def stream_of(connection: Connection) -> Stream:
    return Stream.objects.create(connection=connection, entity="contact", direction="inward", is_enabled=True)


def pages(connection: Connection, stream: Stream, run: SyncRun) -> Iterator[str]:
    """The address of everything in the panel that is shown by GET."""
    numbers = {
        "pk": connection.pk,
        "stream": stream.pk,
        "run": run.pk,
        "key": "contact-inward",
        "number": 1,
        "mapping": 1,
    }
    for path, _, name in PAGES:
        wanted = {key: value for key, value in numbers.items() if f":{key}>" in path}
        if "event>" not in path:
            yield reverse(f"admin:integrations_{name}", kwargs=wanted)
    yield from (
        reverse(f"admin:integrations_connection_{name}", args=[connection.pk]) for name in ("change", "history")
    )
    yield reverse("admin:integrations_connection_changelist")


def dump() -> str:
    """Every row of every table, as text."""
    with database.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        texts = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"select coalesce(string_agg(t::text, chr(10)), '') from \"{table}\" t")
            texts.append(cursor.fetchone()[0])
    return "\n".join(texts)


@pytest.mark.django_db
@pytest.mark.parametrize("mood", MOODS)
def test_a_credential_that_is_used_stands_in_no_log_no_page_no_run_and_no_dump(
    mood: str,
    connection: Connection,
    system: Daktela | Dynamics,
    admin_client: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    stream = stream_of(connection)
    if mood:
        system.faults.add(mood, "/", times=None)
    run = engine.run(stream)
    assert (run.state == SyncRun.State.FAILED) == bool(mood)
    admin_client.post(reverse("admin:integrations_check_run", args=[connection.pk]))
    shown = [admin_client.get(page, follow=True).content.decode() for page in pages(connection, stream, run)]
    assert len(shown) > 15
    assert any("The canary" in text for text in shown), "the pages are not this connection's"
    assert [found_in(text) for text in shown if found_in(text)] == []
    assert found_in(caplog.text) == set()
    rows = dump()
    assert "The canary" in rows, "the dump is not of this database"
    assert found_in(rows) == set()


@pytest.mark.django_db
def test_a_traceback_does_not_hold_it_nor_do_the_variables_of_our_own_frames(
    connection: Connection, system: Daktela | Dynamics
) -> None:
    """What a log gets, and what a crash reporter that looks into variables would send."""
    system.faults.add("status", "/", times=None, status=500)
    with pytest.raises(ConnectorError) as failure, connection.open() as connector:
        connector.fields("contact")
    assert found_in("".join(traceback.format_exception(failure.value))) == set()
    frames = [frame for frame, _ in traceback.walk_tb(failure.tb) if ours(frame.f_code.co_filename)]
    assert len(frames) > 2
    seen = {
        f"{frame.f_code.co_qualname}.{name}": repr(value) for frame in frames for name, value in frame.f_locals.items()
    }
    assert {name: found_in(text) for name, text in seen.items() if found_in(text)} == {}


def ours(path: str) -> bool:
    return path.startswith(str(settings.BASE_DIR / "integrations"))


@pytest.mark.django_db
@pytest.mark.parametrize("system", ["daktela"], indirect=True)
def test_no_answer_of_the_api_holds_it(connection: Connection, admin_client: Client) -> None:
    names = {f"/api/{key}/" for key in get_resolver("crm.api.urls").reverse_dict if isinstance(key, str)}
    for address in ("/api/", "/api/schema/", "/api/contacts/", "/api/activities/", *names):
        assert found_in(admin_client.get(address).content.decode(errors="replace")) == set()


def test_a_wake_up_is_made_of_ids_alone() -> None:
    """Whatever somebody passes: a message is a task's name and numbers, and an object becomes its text."""
    connection = Connection(slug="c", title="The canary", origin="https://c.example", credentials={"token": CANARY})
    with redis.from_url(settings.REDIS_URL) as broker:
        broker.delete(settings.CELERY_TASK_DEFAULT_QUEUE)
        wake("handle_events", connection.pk)
        until = time.monotonic() + 5
        while not (waiting := broker.lrange(settings.CELERY_TASK_DEFAULT_QUEUE, 0, -1)):
            assert time.monotonic() < until
            time.sleep(0.02)
        broker.delete(settings.CELERY_TASK_DEFAULT_QUEUE)
    message = json.loads(waiting[0])
    assert json.loads(base64.b64decode(message["body"]))[0] == [str(connection.pk)]
    assert found_in(str(message)) == set()
