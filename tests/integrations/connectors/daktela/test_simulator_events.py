"""What does the Open URL action send? Whatever its template says, in order, and spoilt when a fault says so."""

import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from integrations.connectors.daktela.simulator import Simulator


class Inbox(BaseHTTPRequestHandler):
    """Takes every POST and remembers it on its server."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.headers["X-Daktela-Token"], body))  # type: ignore[attr-defined]
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def inbox() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
    server.received = []
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def address(inbox: Any) -> str:
    return f"http://127.0.0.1:{inbox.server_port}/events"


def test_nothing_is_sent_until_an_action_is_configured(simulator: Simulator, inbox: Any) -> None:
    simulator.scenarios.ring("petr", 2000, "777")
    simulator.events.drain()
    assert inbox.received == []


def test_a_call_sends_its_three_events_with_the_secret(simulator: Simulator, inbox: Any) -> None:
    simulator.events.configure(address(inbox), token="shared-secret")
    name = simulator.scenarios.ring("petr", 2000, "777")["name"]
    simulator.scenarios.answer(name)
    simulator.scenarios.close(name)
    simulator.events.drain()
    assert [body["event"] for _, body in inbox.received] == ["call_create", "call_answer", "call_close"]
    assert {token for token, _ in inbox.received} == {"shared-secret"}
    first = inbox.received[0][1]
    assert (first["activity_id"], first["caller_number"], first["ended_at"]) == (name, "777", None)
    assert (first["queue"], first["user"]) == (2000, "petr")


def test_the_payload_is_what_the_administrator_typed(simulator: Simulator, inbox: Any) -> None:
    template = {
        "who": "{{contact.title}}",
        "text": "{{title}} from {{contact.customFields.number}}{{none}}",
        "fixed": 1,
    }
    simulator.events.configure(address(inbox), template=template, events=("call_close",))
    name = simulator.scenarios.ring("petr", 2000, "773796041")["name"]
    simulator.scenarios.close(name)
    simulator.events.drain()
    expected = {"who": "Eva Dvořáková", "text": "773796041 from 00420773796041", "fixed": 1}
    assert [body for _, body in inbox.received] == [expected]


def test_events_may_come_twice_late_or_not_at_all(simulator: Simulator, inbox: Any) -> None:
    simulator.events.configure(address(inbox))
    simulator.faults.add("duplicate", "event")
    simulator.faults.add("reorder", "event")
    simulator.faults.add("drop", "event", skip=1)
    numbers = ["1", "2", "3", "4"]
    for number in numbers:
        simulator.scenarios.ring("petr", 2000, number)
    simulator.events.drain()
    assert [body["caller_number"] for _, body in inbox.received] == ["1", "1", "3", "2"]


def test_a_receiver_that_is_away_holds_nothing_up(simulator: Simulator) -> None:
    simulator.events.configure("http://127.0.0.1:1/events")
    simulator.scenarios.ring("petr", 2000, "777")
    simulator.events.drain()
    assert [(event, status) for event, _, status in simulator.events.sent] == [("call_create", 0)]


def test_the_header_and_the_kinds_of_events_are_chosen(simulator: Simulator, inbox: Any) -> None:
    simulator.events.configure(
        address(inbox), events=["ticket_*", "contact_delete"], header="X-Daktela-Token", token="t"
    )
    simulator.scenarios.ring("petr", 2000, "777")
    simulator.records.edit("tickets", simulator.records.add("tickets"), title="Changed")
    simulator.records.edit("contacts", "contact_0001", title="Changed")
    simulator.records.remove("contacts", "contact_0001")
    simulator.events.drain()
    assert [body["event"] for _, body in inbox.received] == ["ticket_create", "ticket_update", "contact_delete"]
    simulator.events.remove(0)
    simulator.records.add("tickets")
    simulator.events.drain()
    assert len(inbox.received) == 3


def test_some_events_are_lost_and_others_come_more_than_twice(simulator: Simulator, inbox: Any) -> None:
    simulator.events.configure(address(inbox))
    simulator.faults.add("drop", "event", times=None, fraction=0.5)
    for _ in range(60):
        simulator.records.add("tickets")
    simulator.events.drain()
    assert 10 < len(inbox.received) < 50
    simulator.faults.clear()
    inbox.received.clear()
    simulator.faults.add("duplicate", "event", copies=5)
    simulator.records.add("tickets")
    simulator.events.drain()
    assert len(inbox.received) == 5


def test_an_event_may_be_overtaken_and_one_that_waits_comes_at_last(simulator: Simulator, inbox: Any) -> None:
    simulator.events.configure(address(inbox))
    simulator.faults.add("delay", "event", seconds=0.3)
    first, second = simulator.records.add("tickets"), simulator.records.add("tickets")
    simulator.events.drain()
    assert [body["activity_id"] for _, body in inbox.received] == [int(second)]
    simulator.faults.add("reorder", "event", times=10)
    third = simulator.records.add("tickets")
    wait_for(lambda: len(inbox.received) == 3)
    assert {body["activity_id"] for _, body in inbox.received} == {int(first), int(second), int(third)}


def test_an_address_below_localhost_is_this_machine(simulator: Simulator, inbox: Any) -> None:
    simulator.events.configure(address(inbox).replace("127.0.0.1", "crm.localhost"))
    simulator.records.add("tickets")
    simulator.events.drain()
    assert len(inbox.received) == 1


def wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)
    assert is_so()
