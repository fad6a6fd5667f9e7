"""Is every webhook kept before it is answered, handled until it is settled, and never twice?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from crm.models import Activity, User
from integrations import inbox, retention
from integrations.clock import now
from integrations.connectors.daktela.simulator import Simulator
from integrations.inbox import door
from integrations.inbox.handling import PATIENCE_SECONDS
from integrations.models import ActivityCopy, Connection, WebhookEvent
from integrations.models.lease import LeaseLost
from tests.clock import HandClock
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db
SECRET = "of-sixteen-bytes-and-more"
URL = "/hooks/daktela/"


@pytest.fixture
def connection(connection: Connection) -> Iterator[Connection]:
    connection.webhook_keys = [hashed(SECRET)]
    connection.save()
    yield connection
    door.forget()


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@pytest.fixture
def closed(connection: Connection, simulator: Simulator, clock: HandClock) -> str:
    """The name of a call that was closed over there."""
    name = simulator.scenarios.ring("petr", 2000, "00420773796040")["name"]
    simulator.scenarios.answer(name)
    clock.forward(60)
    simulator.scenarios.close(name)
    return str(name)


def post(body: bytes | dict[str, Any], secret: str = SECRET, url: str = URL, **headers: str) -> HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"host": django_settings.OFFICE_HOST, "X-Webhook-Secret": secret, **headers}
    return Client(enforce_csrf_checks=True).post(url, content, "application/json", headers=sent)


def body_of(name: str, event: str = "call_close", **more: Any) -> dict[str, Any]:
    return {"event": event, "name": name, **more}


def later(**ago: float) -> None:
    """Everything settled or put off is so for that much longer."""
    for event in WebhookEvent.objects.all():
        event.settled_at = event.settled_at and event.settled_at - timedelta(**ago)
        event.due_at = event.due_at and event.due_at - timedelta(**ago)
        event.save()


# ── kept ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_e1_the_bytes_are_kept_as_they_came_whatever_they_are(connection: Connection) -> None:
    answer = post(b"\xff{ not even text \x00", **{"User-Agent": "Daktela"})
    assert (answer.status_code, answer.content) == (202, b"Kept.\n")
    event = WebhookEvent.objects.get()
    assert bytes(event.body) == b"\xff{ not even text \x00"
    assert (event.connection, event.state, event.repeats) == (connection, "pending", 0)
    assert event.headers == {"content-type": "application/json", "user-agent": "Daktela"}
    assert event.due_at is not None


def test_e2_a_wrong_secret_leaves_nothing_but_a_count(connection: Connection) -> None:
    assert [post({}, secret).status_code for secret in ("", "wrong", hashed(SECRET))] == [401] * 3
    assert not WebhookEvent.objects.exists()
    connection.refresh_from_db()
    assert connection.refused_count == 3


def test_e2_without_a_secret_in_force_nobody_comes_in(connection: Connection) -> None:
    Connection.objects.update(webhook_keys=[])
    assert [post({}, secret).status_code for secret in ("", SECRET)] == [401] * 2


def test_threat_4_two_secrets_are_in_force_while_one_replaces_the_other(connection: Connection) -> None:
    Connection.objects.update(webhook_keys=[hashed("the-old-one"), hashed("the-new-one")])
    assert [post({"n": n}, secret).status_code for n, secret in enumerate(["the-old-one", "the-new-one"])] == [202] * 2


def test_daktelas_own_header_is_taken_as_well(connection: Connection) -> None:
    assert post({}, secret="", **{"X-Daktela-Token": SECRET}).status_code == 202


@pytest.mark.parametrize("slug", ["nobody", "off"])
def test_e2_an_unknown_or_disabled_source_is_not_there(connection: Connection, slug: str) -> None:
    ConnectionFactory(slug="off", is_enabled=False, webhook_keys=[hashed(SECRET)])
    assert post({}, url=f"/hooks/{slug}/").status_code == 404
    assert not WebhookEvent.objects.exists()


def test_threat_5_a_giant_body_is_refused_before_it_is_read(connection: Connection) -> None:
    sent = {"host": django_settings.OFFICE_HOST, "X-Webhook-Secret": SECRET}
    answer = Client().generic("POST", URL, b"{}", headers=sent, CONTENT_LENGTH=str(door.LARGEST + 1))
    assert answer.status_code == 413
    assert post(b"x" * door.LARGEST).status_code == 202
    assert post(b"x" * (door.LARGEST + 1)).status_code == 413


def test_threat_5_a_flood_is_told_to_wait(connection: Connection, settings: Any) -> None:
    settings.HOOKS_PER_SECOND = 1
    answers = [post({"n": number}) for number in range(12)]
    assert [answer.status_code for answer in answers].count(429) in (1, 2)
    assert answers[-1]["Retry-After"]


def test_threat_5_a_flood_of_strangers_keeps_nobody_out_who_has_the_secret(
    connection: Connection, settings: Any
) -> None:
    settings.HOOKS_PER_SECOND = 1
    answers = {post({"n": number}, secret="a guess").status_code for number in range(12)}
    assert answers == {401, 429}
    assert post({"n": 0}).status_code == 202


def test_e3_a_repeat_after_the_body_had_its_time_is_read_and_kept_anew(connection: Connection) -> None:
    body = {"event": "contact_update", "name": "contact_0001"}
    post(body)
    inbox.handle_due(connection)
    WebhookEvent.objects.update(received_at=now() - timedelta(days=91), settled_at=now() - timedelta(days=91))
    retention.tidy()
    assert bytes(WebhookEvent.objects.get().body) == b""
    post(body)
    inbox.handle_due(connection)
    retention.tidy()
    event = WebhookEvent.objects.get()
    assert (event.state, json.loads(bytes(event.body)), event.repeats) == ("done", body, 1)


def test_a_webhook_is_a_post(connection: Connection) -> None:
    answer = Client().get(URL, headers={"host": django_settings.OFFICE_HOST, "X-Webhook-Secret": SECRET})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_it_is_not_on_the_widgets_host(connection: Connection) -> None:
    assert post({}, host=django_settings.WIDGET_HOST).status_code == 404


def test_e3_a_repeat_is_counted_and_is_no_second_event(connection: Connection) -> None:
    assert [post(body_of("activities_1")).status_code for _ in range(3)] == [202] * 3
    assert WebhookEvent.objects.get().repeats == 2


def test_e3_the_senders_own_delivery_id_is_the_key(connection: Connection) -> None:
    for delivery in ("1", "2", "2"):
        post(body_of("activities_1"), **{"X-Delivery-Id": delivery})
    assert sorted(WebhookEvent.objects.values_list("repeats", flat=True)) == [0, 1]


@pytest.mark.parametrize(("state", "expected"), [("dead", "done"), ("malformed", "malformed")])
def test_e3_a_repeat_is_another_chance_for_what_died_in_an_outage(
    connection: Connection, state: str, expected: str
) -> None:
    body = {"event": "contact_update", "name": "contact_0001"}
    post(body)
    died_at = now() - timedelta(minutes=2)
    WebhookEvent.objects.update(state=state, settled_at=died_at, due_at=None, attempts=9)
    post(body)
    inbox.handle_due(connection)
    event = WebhookEvent.objects.get()
    assert (event.state, event.repeats) == (expected, 1)


def test_e3_a_repeat_is_due_again_a_minute_after_it_was_done(connection: Connection, closed: str) -> None:
    post(body_of(closed))
    inbox.handle_due(connection)
    post(body_of(closed))
    assert WebhookEvent.objects.get().state == "done"
    later(seconds=61)
    post(body_of(closed))
    event = WebhookEvent.objects.get()
    assert (event.state, event.settled_at, event.repeats) == ("pending", None, 2)
    assert inbox.handle_due(connection) == 1


def test_e3_the_same_body_of_another_source_is_another_event(connection: Connection) -> None:
    ConnectionFactory(slug="other", webhook_keys=[hashed(SECRET)])
    post(body_of("activities_1"))
    post(body_of("activities_1"), url="/hooks/other/")
    assert WebhookEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_e3_twenty_at_once_are_one_event(connection: Connection) -> None:
    def send(_: int) -> int:
        try:
            return post(body_of("activities_1")).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(20))) == {202}
    assert WebhookEvent.objects.get().repeats == 19


# ── handled ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_e4_the_body_is_a_hint_and_daktela_is_asked(connection: Connection, closed: str) -> None:
    post(body_of(closed, action="WAIT", user="somebody", number="+420999999999"))
    assert inbox.handle_due(connection) == 1
    event, activity = WebhookEvent.objects.get(), Activity.objects.get()
    assert (event.state, event.subject, event.due_at) == ("done", f"activity:{closed}", None)
    assert (event.attempts, event.leased_until) == (0, None)
    assert (activity.status, activity.number) == ("closed", "+420773796040")
    assert not ActivityCopy.objects.get().is_provisional


def test_e4_while_daktela_is_away_the_claim_is_shown_and_the_event_waits(
    connection: Connection, simulator: Simulator, closed: str
) -> None:
    post(body_of(closed))
    simulator.faults.add("status", status=503, times=1)
    asked_at = now()
    inbox.handle_due(connection)
    event = WebhookEvent.objects.get()
    assert (event.state, event.attempts, event.leased_until) == ("retry", 1, None)
    assert 4 <= (event.due_at - asked_at).total_seconds() <= 20
    assert Activity.objects.get().status == "closed"
    assert ActivityCopy.objects.get().is_provisional
    later(seconds=7)
    Connection.objects.update(rests_until=None)
    inbox.handle_due(connection)
    assert WebhookEvent.objects.get().state == "done"
    assert not ActivityCopy.objects.get().is_provisional


def test_e5_what_stays_away_is_dead_in_the_end(connection: Connection, simulator: Simulator, closed: str) -> None:
    post(body_of(closed))
    simulator.faults.add("status", status=503, times=None)
    for _ in PATIENCE_SECONDS:
        inbox.handle_due(connection)
        assert WebhookEvent.objects.get().state == "retry"
        later(days=1)
        Connection.objects.update(rests_until=None, failures_in_a_row=0)
    inbox.handle_due(connection)
    event = WebhookEvent.objects.get()
    assert (event.state, event.due_at) == ("dead", None)
    assert event.reason


def test_e5_who_lost_his_lease_writes_nothing(connection: Connection, closed: str) -> None:
    post(body_of(closed))
    (event,) = connection.events.claim()
    WebhookEvent.objects.update(fence=event.fence + 1)
    inbox.handle([event])
    assert not Activity.objects.exists()
    assert WebhookEvent.objects.get().state == "pending"
    with pytest.raises(LeaseLost):
        event.hold()


def test_e5_one_that_breaks_our_work_takes_no_other_along(
    connection: Connection, simulator: Simulator, closed: str
) -> None:
    other = simulator.scenarios.ring("jana", 2000, "00420601111222")["name"]
    record = simulator.world.find("activities", other)
    post(body_of(closed))
    post(body_of(str(other)))
    record["time"] = "9999-12-31 23:59:59"
    record["title"] = "\ud800"
    inbox.handle_due(connection)
    assert set(WebhookEvent.objects.values_list("state", flat=True)) <= {"done", "retry"}
    assert Activity.objects.filter(activity_id=closed).exists()


def test_what_daktela_does_not_have_is_ignored(connection: Connection) -> None:
    post(body_of("activities_of_nobody"))
    inbox.handle_due(connection)
    event = WebhookEvent.objects.get()
    assert (event.state, event.reason) == ("ignored", "The other system has no such activity.")
    assert not Activity.objects.exists()
    assert not ActivityCopy.objects.exists()


HOSTILE = {
    "deep": b"[" * 100_000,
    "deep but closed": b'{"name": ' + b"[" * 60 + b"]" * 60 + b"}",
    "nul": b'{"name": "activities_1\\u0000"}',
    "half a surrogate": b'{"name": "\\ud800"}',
    "half a surrogate in a key": b'{"\\udfff": "activities_1"}',
    "a key twice": b'{"name": "activities_1", "name": "activities_2"}',
    "not a number": b'{"name": NaN}',
    "an endless number": b'{"name": 1e999}',
    "a long number": b'{"name": ' + b"9" * 5000 + b"}",
    "no JSON": b"name=activities_1",
    "latin": b'{"name": "\xe9"}',
    "a text": b'"activities_1"',
    "huge": b'{"name": "' + b"x" * (door.LARGEST - 20) + b'"',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_e2_what_nobody_can_read_is_kept_as_malformed_and_shown(connection: Connection, body: bytes) -> None:
    assert post(body).status_code == 202
    inbox.handle_due(connection)
    event = WebhookEvent.objects.get()
    assert (event.state, event.due_at, bytes(event.body)) == ("malformed", None, body)
    assert event.reason.endswith(".")


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"event": "rain", "name": "x"}', b'{"name": null}'])
def test_what_speaks_of_nothing_we_keep_is_ignored(connection: Connection, body: bytes) -> None:
    post(body)
    inbox.handle_due(connection)
    assert WebhookEvent.objects.get().state == "ignored"


def test_e8_dead_events_are_replayed_by_somebody_whose_name_is_kept(
    connection: Connection, closed: str, admin: User
) -> None:
    from django.contrib.admin.models import LogEntry

    post(body_of(closed))
    WebhookEvent.objects.update(state="dead", due_at=None, attempts=9, crashes=2)
    assert inbox.replay(WebhookEvent.objects.filter(state="dead"), admin) == 1
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (admin, str(WebhookEvent.objects.get().pk))
    inbox.handle_due(connection)
    assert WebhookEvent.objects.get().state == "done"
    assert Activity.objects.exists()


def test_a_hundred_events_of_one_call_are_one_request(
    connection: Connection, simulator: Simulator, closed: str
) -> None:
    for number in range(100):
        post(body_of(closed, n=number))
    assert inbox.handle_due(connection) == 100
    assert ActivityCopy.objects.get().asked == 1
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"done"}


def test_e10_a_call_closed_on_the_desk_is_in_the_timeline(
    connection: Connection, simulator: Simulator, live_server: Any, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    simulator.events.configure(f"{live_server.url}/hooks/daktela/", token=SECRET)
    name = simulator.scenarios.ring("petr", 2000, "00420773796040")["name"]
    simulator.scenarios.answer(name)
    simulator.scenarios.close(name)
    simulator.events.drain()
    assert [status for _, _, status in simulator.events.sent] == [202] * 3
    inbox.handle_due(connection)
    assert Activity.objects.get().status == "closed"


def test_p3_a_429_is_waited_for_as_long_as_it_asks(connection: Connection, simulator: Simulator, closed: str) -> None:
    post(body_of(closed))
    simulator.faults.add("rate_limit", seconds=90, times=1)
    inbox.handle_due(connection)
    event = WebhookEvent.objects.get()
    assert event.state == "retry"
    assert 80 <= (event.due_at - now()).total_seconds() <= 91
