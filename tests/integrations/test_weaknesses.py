"""Do we lose data in any of the twenty ways in which syncs are known to lose it? One test for each that could be ours.

They go through the real connectors, against a simulated Dynamics (people come from it) and a simulated Daktela (people
go there, activities come from it). Which of the twenty do not apply to us, and why, is in docs/connectors.md.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from crm.models import Activity, Contact
from faults.worlds import AGENTS, PEOPLE_IN, PEOPLE_OUT, QUEUE, TOKEN, Worlds
from integrations import calls, inbox
from integrations.clock import now
from integrations.inbox import door
from integrations.mapping import reader
from integrations.models import ActivityCopy, Connection, FieldMapping, RecordFailure, Stream, SyncRun, WebhookEvent
from integrations.sync import engine
from tests.factories import AgentFactory, ConnectionFactory, ContactFactory, QueueFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "the-secret-of-the-hook-0123456789"
DONE = SyncRun.State.DONE


@dataclass
class Centre:
    """Callroom between the two, with a stream for people each way."""

    worlds: Worlds
    dynamics: Connection
    daktela: Connection
    inward: Stream
    outward: Stream

    def pull(self) -> SyncRun:
        return engine.run(Stream.objects.get(pk=self.inward.pk))

    def push(self) -> SyncRun:
        return engine.run(Stream.objects.get(pk=self.outward.pk))

    def writes(self) -> int:
        """What took effect in Daktela, whoever wrote it."""
        return len(self.worlds.daktela.world.ledger.entries)

    def requests(self) -> int:
        return sum(self.worlds.daktela.world.ledger.requests.values())

    def there(self) -> dict[str, dict[str, Any]]:
        """The people in Daktela by their address; a second one of an address is an error."""
        found: dict[str, dict[str, Any]] = {}
        for row in self.worlds.daktela.world.rows("contacts"):
            email = "".join(row["customFields"]["email"])
            assert email not in found, f"{email} is there twice"
            found[email] = row
        return found

    def tell(self, name: str, event: str = "call_close") -> WebhookEvent:
        """A webhook about this object comes in and is handled."""
        body = f'{{"event": "{event}", "name": "{name}"}}'.encode()
        row, _ = WebhookEvent.objects.get_or_create(
            connection=self.daktela, key=hashlib.sha256(body).hexdigest(), defaults={"body": body, "due_at": now()}
        )
        inbox.handle_due(self.daktela)
        row.refresh_from_db()
        return row


@pytest.fixture
def centre(settings: Any, db: None) -> Iterator[Centre]:
    with Worlds().running() as worlds:
        settings.ALLOWED_EGRESS = [worlds.dynamics.url, worlds.daktela.url]
        signs_in = worlds.dynamics.settings
        dynamics = ConnectionFactory(
            slug="people",
            connector="dynamics",
            origin=worlds.dynamics.url,
            credentials={"client_secret": signs_in.pop("client_secret")},
            settings=signs_in | {"page_size": 100},
        )
        daktela = ConnectionFactory(
            origin=worlds.daktela.url,
            credentials={"token": TOKEN},
            settings={"page_size": 100, "rate_per_second": 1000},
        )
        for name in AGENTS:
            AgentFactory(connection=daktela, user=UserFactory(username=name), remote_user=name)
        QueueFactory(slug=str(QUEUE), source=daktela.slug)
        yield Centre(
            worlds,
            dynamics,
            daktela,
            stream(dynamics, "inward", PEOPLE_IN),
            stream(daktela, "outward", PEOPLE_OUT),
        )
        door.forget()


def stream(connection: Connection, direction: str, fields: dict[str, str]) -> Stream:
    made = Stream.objects.create(connection=connection, entity="contact", direction=direction, is_enabled=True)
    for place, (ours, theirs) in enumerate(fields.items()):
        FieldMapping.objects.create(stream=made, ours=ours, theirs=theirs, position=place)
    return made


def told(row: models.Model, *without: str) -> dict[str, Any]:
    """What stands in a row, without what every row has of its own."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in ("id", "created_at", "changed_at", "revision", *without)
    }


def test_w01_failed_records_are_not_lost(centre: Centre) -> None:
    """The one that fails is kept back from the start, and comes when what was wrong here is put right."""
    centre.inward.mappings.filter(ours="first_name").delete()
    centre.worlds.hire(3)
    first = next(iter(centre.worlds.keys.values()))
    centre.worlds.dynamics.world.change("contact", first, {"lastname": None})
    run = centre.pull()
    assert (run.state, run.created, run.rejected) == (SyncRun.State.WITH_ERRORS, 2, 1)
    assert centre.pull().seen == 0, "the cursor has passed it"
    assert RecordFailure.objects.get(state="waiting").key == first
    rows = [{"ours": ours, "theirs": theirs, "mode": "overwrite"} for ours, theirs in PEOPLE_IN.items()]
    Stream.objects.get(pk=centre.inward.pk).publish(rows, None)
    centre.pull()
    assert Contact.objects.count() == 3
    assert not RecordFailure.objects.exclude(state="settled").exists()


def test_w02_a_second_kind_of_activity_is_not_skipped(centre: Centre) -> None:
    """A page is a hundred; two kinds of 150 each are three hundred."""
    for _ in range(75):
        centre.worlds.call()  # two activities each
    for _ in range(150):
        centre.worlds.write()
    assert calls.sweep(centre.daktela).state == DONE
    assert Activity.objects.filter(type="CALL").count() == 150
    assert Activity.objects.filter(type="EMAIL").count() == 150


@pytest.mark.parametrize("kind", ["status", "html", "no_result", "truncate", "reset"])
def test_w03_an_error_is_not_an_empty_list(kind: str, centre: Centre) -> None:
    for _ in range(60):
        centre.worlds.call()
    centre.worlds.daktela.faults.add(kind, "/api/v6/activities", times=2, skip=1)
    broken = calls.sweep(centre.daktela)
    assert broken.state == SyncRun.State.FAILED
    assert Activity.objects.count() < 120
    centre.worlds.daktela.faults.clear()
    Connection.objects.update(rests_until=None)
    assert calls.sweep(centre.daktela).state == DONE
    assert Activity.objects.count() == 120


@pytest.mark.parametrize(("kind", "method"), [("status", "GET"), ("act_then_reset", "POST"), ("status", "POST")])
def test_w04_a_look_up_that_fails_makes_no_duplicate(kind: str, method: str, centre: Centre, settings: Any) -> None:
    settings.WAIT_SCALE = 0.01
    centre.worlds.hire(8)
    centre.pull()
    centre.worlds.daktela.faults.add(kind, "/api/v6/contacts", method=method, times=6)
    push_until_done(centre)
    assert centre.there().keys() == centre.worlds.people.keys()


@pytest.mark.django_db(transaction=True)  # the connector's threads write down that it rests
def test_w05_who_limits_us_is_obeyed_and_asked_again(centre: Centre) -> None:
    centre.worlds.hire(5)
    centre.pull()
    centre.worlds.daktela.faults.add("rate_limit", "/api/v6/", times=1, seconds=30)
    assert centre.push().state == SyncRun.State.FAILED
    rests_until = Connection.objects.get(pk=centre.daktela.pk).rests_until
    assert now() + timedelta(seconds=20) < rests_until < now() + timedelta(seconds=40)
    asked = centre.requests()
    assert centre.push().state == SyncRun.State.FAILED
    assert centre.requests() == asked, "nobody asks while it rests"
    Connection.objects.update(rests_until=None)
    push_until_done(centre)
    assert centre.there().keys() == centre.worlds.people.keys()


def push_until_done(centre: Centre) -> None:
    """Again and again, until nothing fails and nobody rests; this process asks whether it may once a second."""
    for _ in range(60):
        is_settled = not RecordFailure.objects.exclude(state="settled").exists()
        if centre.push().state == DONE and is_settled and not centre.worlds.daktela.faults.shown():
            return
        engine.retry_due(centre.outward)
        RecordFailure.objects.update(next_try_at=now())
        time.sleep(0.1)
    raise AssertionError(SyncRun.objects.values("state", "message")[:5])


def test_w06_web_chats_arrive(centre: Centre) -> None:
    does = centre.worlds.daktela.scenarios
    chat = does.chat(AGENTS[0], "Visitor", "p1@drill.example", queue=2010)
    does.answer(chat)
    does.close(chat)
    calls.sweep(centre.daktela)
    assert Activity.objects.get().type == "CHAT"


def test_w07_what_is_the_same_is_not_sent_and_what_is_not_the_same_is(centre: Centre) -> None:
    """Compared by what we sent, field by field: what others write beside it neither hides nor makes a change."""
    contact = ContactFactory(first_name="Jana", last_name="Nová", description="a b")
    contact.add_email("jana@drill.example")
    FieldMapping.objects.create(stream=centre.outward, ours="description", theirs="description", position=9)
    centre.push()
    world = centre.worlds.daktela.world
    there = centre.there()["jana@drill.example"]
    with world.lock:
        there["customFields"]["crm_state"] = ["set by an agent"]
        world.change("contacts", there)
    before = centre.writes()
    assert (centre.push().state, centre.writes()) == (DONE, before)
    Contact.objects.filter(pk=contact.pk).update(description="a  b", changed_at=now())
    centre.push()
    assert centre.there()["jana@drill.example"]["description"] == "a  b"
    assert centre.there()["jana@drill.example"]["customFields"]["crm_state"] == ["set by an agent"]


def test_w08_a_list_and_a_webhook_make_the_same_record(centre: Centre) -> None:
    name = centre.worlds.call()
    assert centre.tell(name).state == "done"
    by_webhook = told(Activity.objects.get(activity_id=name), "call_id")
    Activity.objects.all().delete()
    ActivityCopy.objects.all().delete()
    calls.sweep(centre.daktela)
    assert told(Activity.objects.get(activity_id=name), "call_id") == by_webhook


def test_w09_an_event_about_a_contact_reads_the_contact_where_it_comes_from(centre: Centre) -> None:
    own = stream(centre.daktela, "inward", {"last_name": "lastname"})
    Stream.objects.filter(pk=own.pk).update(due_at=now() + timedelta(hours=1))
    assert centre.tell("contact_7", "contact_update").state == "done"
    own.refresh_from_db()
    assert own.due_at <= now()


def test_w10_what_began_before_the_mark_and_ended_after_it_is_found(centre: Centre) -> None:
    """No time of an activity tells that it is over: whatever is not closed is asked for by name."""
    does = centre.worlds.daktela.scenarios
    mail = does.email(AGENTS[2], "p1@drill.example", "Where is it?")
    does.answer(mail)
    does.postpone(mail)
    ringing = does.ring(AGENTS[0], QUEUE, "777123456")
    calls.sweep(centre.daktela)
    assert set(Activity.objects.values_list("status", flat=True)) == {"postponed", "ringing"}
    does.close(mail)
    does.answer(ringing)
    does.close(ringing)
    ActivityCopy.objects.update(due_at=now())
    calls.sweep(centre.daktela)
    assert set(Activity.objects.values_list("status", flat=True)) == {"closed"}


def test_w11_nested_values_can_be_read(centre: Centre) -> None:
    centre.worlds.call()
    calls.sweep(centre.daktela)
    part = Activity.objects.order_by("pk").first()
    assert part is not None
    assert part.call is not None
    assert (part.direction, part.answered_at is not None, part.call.call_id[:4]) == ("in", True, "1WS.")
    assert reader("contact.account.title")({"contact": {"account": {"title": "Acme"}}}) == "Acme"
    assert reader("numbers[0].value")({"numbers": [{"value": "1"}, {"value": "2"}]}) == "1"


def test_w12_a_mapping_that_does_not_fit_waits_for_a_person_and_the_rest_goes_on(centre: Centre) -> None:
    """Daktela's contacts have no field called number: it is a custom field."""
    FieldMapping.objects.filter(stream=centre.outward, ours="phone.mobile").update(theirs="number")
    centre.worlds.hire(1)
    centre.pull()
    for _ in range(3):
        engine.compare_ids(Stream.objects.get(pk=centre.outward.pk))
        centre.push()
    row = FieldMapping.objects.get(stream=centre.outward, ours="phone.mobile")
    assert "number" in row.suspended_reason
    assert centre.there().keys() == centre.worlds.people.keys()


def test_w12_what_an_empty_daktela_cannot_describe_is_not_taken_for_removed(centre: Centre) -> None:
    """It tells of its custom fields with a record only, and there is none yet."""
    centre.worlds.hire(1)
    engine.compare_ids(centre.outward)
    centre.pull()
    centre.push()
    assert not FieldMapping.objects.exclude(suspended_reason="").exists()
    assert centre.there().keys() == centre.worlds.people.keys()


def test_w13_a_field_can_be_cleared_all_the_way(centre: Centre) -> None:
    centre.worlds.hire(1)
    (email, key), *_ = centre.worlds.keys.items()
    centre.pull()
    centre.push()
    assert centre.there()[email]["customFields"]["number"]
    centre.worlds.dynamics.world.change("contact", key, {"mobilephone": None, "firstname": None})
    centre.pull()
    assert (Contact.objects.get().first_name, Contact.objects.get().phone_numbers.count()) == ("", 0)
    centre.push()
    there = centre.there()[email]
    assert (there["firstname"] or "", there["customFields"]["number"]) == ("", [])


def test_w14_what_failed_is_shown_with_field_and_reason(centre: Centre, admin_client: Client) -> None:
    centre.worlds.hire(2)
    key = next(iter(centre.worlds.keys.values()))
    centre.worlds.dynamics.world.change("contact", key, {"mobilephone": "call me maybe"})
    run = centre.pull()
    assert (run.state, run.created) == (SyncRun.State.WITH_ERRORS, 2)
    failure = RecordFailure.objects.get()
    assert (failure.key, failure.field, failure.run) == (key, "phone.mobile", run)
    page = admin_client.get(reverse("admin:integrations_failures", args=[centre.dynamics.pk])).content.decode()
    assert key in page
    assert "call me maybe" in page


def test_w15_no_secret_opens_nothing_and_nothing_is_asked_while_the_sender_waits(
    centre: Centre, client: Client
) -> None:
    def send(secret: str, size: int = 2) -> int:
        door.forget()
        headers = {"host": "localhost:8000", "x-webhook-secret": secret}
        body = b'{"event": "call_close", "name": "' + b"x" * size + b'"}'
        address = f"/hooks/{centre.daktela.slug}/"
        return client.post(address, body, content_type="application/json", headers=headers).status_code

    assert [send(""), send(SECRET)] == [401, 401]
    new, old = (hashlib.sha256(one.encode()).hexdigest() for one in ("new-" + SECRET, SECRET))
    Connection.objects.filter(pk=centre.daktela.pk).update(webhook_keys=[new, old])
    asked = centre.requests()
    assert [send(""), send("other"), send(SECRET), send("new-" + SECRET), send(SECRET, 2**20)] == [
        401,
        401,
        202,
        202,
        413,
    ]
    assert centre.requests() == asked


def test_w16_a_page_costs_a_request_and_not_each_record(centre: Centre) -> None:
    centre.worlds.hire(250)
    run = centre.pull()
    assert run.created == 250
    assert sum(centre.worlds.dynamics.world.requests.values()) < 12, "three pages, and signing in"
    centre.push()
    looked_up = centre.worlds.daktela.world.ledger.requests
    assert sum(count for verb, count in looked_up.items() if verb.startswith("GET")) < 25
    asked = centre.requests()
    centre.push()
    assert centre.requests() - asked < 3


def test_w17_the_counts_are_what_happened(centre: Centre) -> None:
    centre.worlds.hire(5)
    first = centre.pull()
    centre.worlds.dismiss(1)
    centre.worlds.rename(2)
    second = centre.pull()
    assert (first.created, first.updated, first.deleted) == (5, 0, 0)
    assert (second.created, second.updated, second.deleted) == (0, 2, 1)
    assert (centre.push().created, centre.push().created) == (4, 0)


def test_w18_a_listing_that_moves_skips_and_repeats_nobody(centre: Centre) -> None:
    centre.worlds.hire(350)
    centre.worlds.dynamics.faults.add("changing", times=3, rows=20)
    for _ in range(3):
        centre.pull()
    ours = Contact.objects.filter(hidden_at=None).values_list("email_addresses__address", flat=True)
    assert sorted(ours) == sorted(centre.worlds.people)


def test_w19_an_activity_is_one_record_however_often_it_comes(centre: Centre) -> None:
    name = centre.worlds.call()
    for _ in range(2):
        centre.tell(name)
        centre.tell(name, "call_answer")
        calls.sweep(centre.daktela)
        calls.compare(centre.daktela)
    assert Activity.objects.filter(activity_id=name).count() == 1
    assert Activity.objects.count() == 2, "one for each of the two agents"


def test_w20_a_bad_configuration_is_said_and_moves_no_mark(centre: Centre) -> None:
    centre.worlds.hire(1)
    centre.pull()
    cursor = Stream.objects.get(pk=centre.inward.pk).cursor
    centre.worlds.hire(1)
    Connection.objects.filter(pk=centre.dynamics.pk).update(settings={"tenant": "x"})
    run = engine.run(Stream.objects.select_related("connection").get(pk=centre.inward.pk))
    assert run.state == SyncRun.State.STOPPED
    assert "client_id" in run.message
    assert Stream.objects.get(pk=centre.inward.pk).cursor == cursor
    assert Connection.objects.get(pk=centre.dynamics.pk).paused_reason == run.message
