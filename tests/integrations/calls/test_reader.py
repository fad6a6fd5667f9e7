"""Is every channel read alike, whichever way it came, and are the two nights of the year? (contract A6, A9, W6, W11)"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.calls.reader import CHANNELS, claimed, read, reading, told
from integrations.connectors.daktela.connector import Daktela

PRAGUE = ZoneInfo("Europe/Prague")
CALL = {
    "name": "activities_1",
    "type": "CALL",
    "action": "CLOSE",
    "title": "00420773796040",
    "queue": {"name": 2000, "title": "Support"},
    "user": {"name": "petr", "title": "Petr Novák"},
    "contact": None,
    "time": "2026-01-05 10:00:00",
    "time_open": "2026-01-05 10:00:04",
    "time_close": "2026-01-05 10:03:10",
    "duration": 180,
    "item": {"id_call": "1WS.1", "direction": "in", "clid": "00420773796040", "call_time": "2026-01-05 10:00:00"},
}


def activity(**fields: Any) -> dict[str, Any]:
    return {**CALL, **fields}


def test_w11_nested_data_is_read() -> None:
    one = read(CALL, PRAGUE)
    assert (one.call_id, one.queue, one.queue_title, one.remote_user, one.user_name) == (
        "1WS.1", "2000", "Support", "petr", "Petr Novák",
    )  # fmt: skip
    assert (one.direction, one.number, one.title) == ("in", "00420773796040", "")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("direction", ["IN", "in"])
def test_every_channel_is_read_and_both_spellings_of_a_direction(channel: str, direction: str) -> None:
    one = read(activity(type=channel, item={"direction": direction}), PRAGUE)
    assert (one.type, one.direction, one.status) == (channel, "in", "closed")


@pytest.mark.parametrize(
    ("item", "number", "address"),
    [
        ({"clid": "00420601"}, "00420601", ""),
        ({"sender": "+420602"}, "+420602", ""),
        ({"phone": "603", "email": "eva@example.com"}, "603", "eva@example.com"),
        ({"address": "eva@example.com"}, "", "eva@example.com"),
    ],
)
def test_who_it_was_stands_where_the_channel_keeps_it(item: dict[str, Any], number: str, address: str) -> None:
    one = read(activity(type="CHAT", item=item), PRAGUE)
    assert (one.number, one.address) == (number, address)


def test_a6_the_hour_that_autumn_repeats_is_resolved_by_its_siblings_and_flagged() -> None:
    times = {"time": "2026-10-25 02:50:00", "time_open": "2026-10-25 02:10:00", "time_close": "2026-10-25 02:20:00"}
    one = read(activity(**times, item={}), PRAGUE)
    assert one.started_at == datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    assert (one.answered_at, one.closed_at) == (
        datetime(2026, 10, 25, 1, 10, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 20, tzinfo=UTC),
    )
    assert one.is_time_ambiguous


def test_a6_the_hour_that_spring_leaves_out_is_a_moment_all_the_same() -> None:
    one = read(activity(time="2026-03-29 02:30:00", time_open=None, time_close="2026-03-29 03:10:00", item={}), PRAGUE)
    assert one.started_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert not one.is_time_ambiguous


def test_a6_times_are_those_of_the_instance_not_ours() -> None:
    assert read(CALL, ZoneInfo("Asia/Tokyo")).started_at == datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def test_a6_a_negative_duration_is_unknown() -> None:
    assert read(activity(duration=-3), PRAGUE).duration_seconds is None


def test_a_postponed_mail_is_not_closed_when_it_was_postponed() -> None:
    one = read(activity(type="EMAIL", action="POSTPONE", item={}), PRAGUE)
    assert (one.status, one.closed_at) == ("postponed", None)


@pytest.mark.parametrize("junk", [None, 7, [], {}, "x" * 5000, "a\0b", "\ud800", True, {"name": {"name": 1}}, -1, 1e9])
def test_no_value_is_an_error_wherever_it_stands(junk: Any) -> None:
    for key in (*CALL, "description", "ticket"):
        one = read(activity(**{key: junk}), PRAGUE)
        assert "\0" not in repr(one)
    for key in CALL["item"]:
        read(activity(item={**CALL["item"], key: junk}), PRAGUE)
    told(activity(item=junk))


TEMPLATES = {
    "ours": b'{"event": "call_close", "name": "activities_1", "action": "CLOSE"}',
    "seen in use": b"""{"activity_id": "activities_1", "activity_type": "CALL", "activity_action": "CLOSE",
        "caller_number": "00420773796040", "duration": "180", "started_at": "2026-01-05 10:00:00",
        "ended_at": "2026-01-05 10:03:10", "queue": 2000, "user": null}""",
}


@pytest.mark.parametrize("body", TEMPLATES.values(), ids=TEMPLATES)
def test_a9_a_webhook_is_read_by_the_same_reader(body: bytes) -> None:
    (event,) = Daktela.read(body)
    one = reading(event.remote_id, claimed(event), PRAGUE)
    assert (one.type, one.status) == ("CALL", "closed")
    if b"duration" in body:
        assert (one.number, one.duration_seconds, one.queue) == ("00420773796040", 180, "2000")
        assert one.started_at == datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def test_w6_a_web_chat_is_a_chat() -> None:
    (event,) = Daktela.read(b'{"event": "web_close", "name": "activities_1"}')
    assert claimed(event)["type"] == "CHAT"
