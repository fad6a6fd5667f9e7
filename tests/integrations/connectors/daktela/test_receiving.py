"""Does a webhook of Daktela's mean what it should, whatever an admin typed and a customer wrote?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.events import Event

KEYS = ("event", "name", "action", "stage", "activity", "activity_id", "ticket_id", "queue")


def read(**body: Any) -> list[Event]:
    return Daktela.read(json.dumps(body).encode())


@pytest.mark.parametrize(
    "channel", ["call", "email", "web", "chat", "sms", "fbm", "igdm", "wap", "vbr", "custom", "activity"]
)
@pytest.mark.parametrize(("tail", "verb"), [("create", "create"), ("answer", "answer"), ("close", "close")])
def test_every_channel_is_an_activity(channel: str, tail: str, verb: str) -> None:
    (event,) = read(event=f"{channel}_{tail}", name="activities_1")
    assert (event.entity, event.remote_id, event.verb) == ("activity", "activities_1", verb)


@pytest.mark.parametrize("entity", ["contact", "account", "ticket"])
@pytest.mark.parametrize("verb", ["create", "update", "delete"])
def test_records_are_told_of_as_well(entity: str, verb: str) -> None:
    (event,) = read(event=f"{entity}_{verb}", name=1234)
    assert (event.entity, event.remote_id, event.verb) == (entity, "1234", verb)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"event": "{{event}}", "name": "activities_1", "action": "CLOSE"}, ("activity", "activities_1", "close")),
        ({"event": "", "name": "activities_1", "action": "POSTPONE"}, ("activity", "activities_1", "postpone")),
        ({"event": None, "name": "contact_1"}, ("contact", "contact_1", "")),
        ({"event_name": "call_close", "object_name": "activities_1"}, ("activity", "activities_1", "close")),
        ({"event": "CALL_CLOSE", "activity": {"name": "activities_1"}}, ("activity", "activities_1", "close")),
        ({"activity_id": "17", "activity_action": "OPEN"}, ("activity", "17", "answer")),
        ({"event": "ticket_update", "name": 17}, ("ticket", "17", "update")),
        ({"event": "{{event}}", "name": 17, "action": "", "stage": "WAIT"}, ("ticket", "17", "")),
        ({"ticket_id": 17}, ("ticket", "17", "")),
        ({"event": "call_close", "name": "activities_1", "queue": {"name": 2}}, ("activity", "activities_1", "close")),
    ],
)
def test_a_body_of_another_make_is_understood(body: dict[str, Any], expected: tuple[str, str, str]) -> None:
    (event,) = read(**body)
    assert (event.entity, event.remote_id, event.verb) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"event": "call_close", "name": "{{name}}"},
        {"event": "call_close", "name": None},
        {"event": "call_close", "name": ["activities_1"]},
        {"event": "call_close", "name": True},
        {"event": "call_close", "name": "x" * 129},
        {"event": "session_ready", "name": "petr"},
        {"name": "17"},
    ],
)
def test_what_names_nothing_of_ours_is_no_event(body: dict[str, Any]) -> None:
    assert read(**body) == []


def test_several_events_may_come_in_one_body() -> None:
    body = [{"event": "call_close", "name": f"activities_{number}"} for number in range(3)]
    assert [event.remote_id for event in Daktela.read(json.dumps(body).encode())] == [
        "activities_0",
        "activities_1",
        "activities_2",
    ]


def test_what_it_claims_is_text_without_what_no_database_takes() -> None:
    (event,) = Daktela.read(
        b'{"event": "call_close", "name": "activities_1", "title": "a\\u0000b", "x": [1], "y": null}'
    )
    assert event.values == {"event": "call_close", "title": "ab"}


def test_the_simulator_fills_our_template_so_that_we_understand_it(simulator: Simulator) -> None:
    template = json.loads(Daktela.template())
    simulator.events.configure("http://127.0.0.1:9/", template=template)
    for kind in ("EMAIL", "CHAT", "SMS", "FBM", "IGDM", "WAP", "VBR", "CUSTOM"):
        simulator.scenarios.close(simulator.scenarios.message_of(kind, "petr", "00420777000111", "Hello"))
    simulator.records.edit("tickets", simulator.records.add("tickets"), stage="CLOSE")
    simulator.events.drain()
    events = [Daktela.read(json.dumps(body).encode())[0] for _, body, _ in simulator.events.sent]
    assert [event.verb for event in events] == ["create", "close"] * 8 + ["create", "update"]
    assert {event.entity for event in events} == {"activity", "ticket"}
    names = {event.remote_id for event in events}
    assert names == set(simulator.world.tables["activities"]) | set(simulator.ledger.names("tickets"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=9), inner),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(JSON)
def test_whatever_comes_is_events_or_a_value_error(body: Any) -> None:
    try:
        events = Daktela.read(json.dumps(body).encode())
    except ValueError:
        return
    for event in events:
        assert event.entity in {"activity", "contact", "account", "ticket"}
        assert 0 < len(event.remote_id) <= 128
        assert all(isinstance(value, str) and "\0" not in value for value in event.values.values())
