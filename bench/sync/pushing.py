"""Is a push as fast as promised? G10: through the real Daktela connector, beside the round trip and a plain loop."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator

from daktela import DaktelaClient, DaktelaConfig, DaktelaFilter, DaktelaQuery
from django.conf import settings

from bench.figures import Figure
from bench.say import say
from bench.sync.scene import stand_in
from crm.models import Contact
from integrations.models import Connection, RemoteLink, Stream
from integrations.sync import engine

CONTACTS = 2_000
LOOPED = 40
DELAY_MS = 20
ROWS = (("last_name", "lastname"), ("first_name", "firstname"), ("name", "title"), ("description", "description"),
        ("email", "customFields.email"), ("phone.mobile", "customFields.number"))  # fmt: skip


def figures() -> Iterator[Figure]:
    say(f"Pushing {CONTACTS:,} contacts to a Daktela that takes {DELAY_MS} ms …")
    with stand_in(DELAY=str(DELAY_MS)) as remote:
        settings.ALLOWED_EGRESS = [*settings.ALLOWED_EGRESS, remote]
        stream = outward(remote)
        looped = loop(remote)
        yield Figure("G10", "contacts a second by the official client's loop", looped, None, "look-up and write")
        for parallel in (4, 8):
            yield from pushed(stream, parallel, looped)


def outward(remote: str) -> Stream:
    Contact.objects.all().delete()
    Contact.objects.bulk_create(
        Contact(first_name="Jana", last_name=f"Nováková {number}") for number in range(CONTACTS)
    )
    connection = Connection.objects.create(slug="centre", connector="daktela", title="Centre", origin=remote)
    connection.credentials = {"token": "0123456789abcdef0123456789abcdef01234567"}  # type: ignore[assignment]
    connection.save()
    stream = Stream.objects.create(connection=connection, entity="contact", direction="outward")
    names = ("mode", "transform", "argument", "table", "default")
    usual = dict(zip(names, ("overwrite", "", "", {}, ""), strict=True))
    stream.publish([{"ours": ours, "theirs": theirs, **usual} for ours, theirs in ROWS], None)
    return stream


def pushed(stream: Stream, parallel: int, looped: float) -> Iterator[Figure]:
    RemoteLink.objects.all().delete()
    Stream.objects.filter(pk=stream.pk).update(cursor="", is_full_due=False)
    Connection.objects.filter(pk=stream.connection_id).update(
        settings={"parallel": parallel, "rate_per_second": 1000, "database": "default"}
    )
    fresh = Stream.objects.select_related("connection").get(pk=stream.pk)
    started = time.perf_counter()
    run = engine.run(fresh)
    seconds = time.perf_counter() - started
    assert (run.state, run.created) == ("done", CONTACTS), run.message
    each_second, fastest = CONTACTS / seconds, parallel / (trip(stream) or 1)
    at = f"{parallel} at once"
    yield Figure("G10", f"contacts a second ÷ F8, {at}", each_second / fastest, 0.85, "F8", CONTACTS, at_least=True)
    yield Figure("G10", f"contacts a second, {at}", each_second, None, "", CONTACTS)
    yield Figure("G10", f"requests a contact, {at}", run.requests / CONTACTS, 1.05, "", CONTACTS)
    limit = 12 if parallel == 8 else None
    yield Figure(
        "G10", f"contacts a second ÷ the loop's, {at}", each_second / looped, limit, "", CONTACTS, at_least=True
    )
    Contact.objects.update(changed_at="2026-01-01T00:00:00Z")
    Stream.objects.filter(pk=stream.pk).update(cursor="")
    run = engine.run(Stream.objects.select_related("connection").get(pk=stream.pk))
    assert run.unchanged == CONTACTS, run.message
    yield Figure("G10", f"requests for {CONTACTS:,} unchanged contacts, {at}", run.requests, 0, "", CONTACTS)


def trip(stream: Stream) -> float:
    """Seconds of one write, by the plainest client."""
    import http.client

    host = stream.connection.origin.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    seconds = []
    for _ in range(20):
        started = time.perf_counter()
        connection.request("POST", "/api/v6/contacts.json", b'{"name":"x"}', {"Content-Type": "application/json"})
        connection.getresponse().read()
        seconds.append(time.perf_counter() - started)
    connection.close()
    return statistics.median(seconds)


def loop(remote: str) -> float:
    """One after another, looked up and written, as the connector's own examples do."""
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    config = DaktelaConfig(url=remote, access_token="0123456789abcdef0123456789abcdef01234567")
    started = time.perf_counter()
    with DaktelaClient(config) as client:
        for number in range(LOOPED):
            query = DaktelaQuery().filter(DaktelaFilter.eq("lastname", f"Nováková {number}")).take(1)
            client.get("contacts", query)
            client.post("contacts", {"name": f"x{number}", "lastname": f"Nováková {number}"})
    return LOOPED / (time.perf_counter() - started)
