"""What does an activity look like while it happens, and what when nobody can tell?"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.connectors.daktela.simulator import Simulator
from integrations.live import NotKnown, NotReachable, activity_now, in_order, read
from integrations.models import Connection
from tests.clock import HandClock

PRAGUE = ZoneInfo("Europe/Prague")


def test_a_call_is_followed_from_ringing_to_its_end(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = simulator.scenarios.ring("petr", 2000, "00420773796040")["name"]
    ringing = activity_now(connection, name)
    assert (ringing.status, ringing.type, ringing.direction) == ("ringing", "CALL", "in")
    assert (ringing.remote_user, ringing.number) == ("petr", "00420773796040")
    assert ringing.call_id.startswith("1WS.")
    assert ringing.started_at == datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert ringing.answered_at is None

    clock.forward(4)
    simulator.scenarios.answer(name)
    talking = activity_now(connection, name)
    assert (talking.status, talking.is_hung_up) == ("open", False)
    assert talking.answered_at == datetime(2026, 1, 5, 9, 0, 4, tzinfo=UTC)

    clock.forward(180)
    simulator.scenarios.hang_up(name)
    wrapping_up = activity_now(connection, name)
    assert (wrapping_up.status, wrapping_up.is_hung_up, wrapping_up.closed_at) == ("open", True, None)

    clock.forward(6)
    simulator.scenarios.close(name)
    closed = activity_now(connection, name)
    assert (closed.status, closed.is_hung_up) == ("closed", False)
    assert closed.closed_at == datetime(2026, 1, 5, 9, 3, 10, tzinfo=UTC)
    assert closed.duration_seconds is not None


def test_a_transfer_is_a_second_activity_of_the_same_call_that_goes_on(
    connection: Connection, simulator: Simulator
) -> None:
    first = simulator.scenarios.ring("petr", 2000, "00420773796040")["name"]
    simulator.scenarios.answer(first)
    others = [name for name in simulator.world.tables["realtimeSessions"] if name != "petr"]
    second = simulator.scenarios.transfer(first, others[0])["name"]
    simulator.scenarios.answer(second)
    before, after = activity_now(connection, first), activity_now(connection, second)
    assert before.call_id == after.call_id
    assert (before.status, after.status) == ("closed", "open")
    assert after.remote_user == others[0]
    assert not after.is_hung_up


def test_a_postponed_activity_is_not_closed_whatever_its_time(connection: Connection, simulator: Simulator) -> None:
    name = simulator.scenarios.email("petr", "jana@example.cz", "Faktura")["name"]
    simulator.scenarios.answer(name)
    simulator.scenarios.postpone(name)
    postponed = activity_now(connection, name)
    assert (postponed.type, postponed.status, postponed.closed_at) == ("EMAIL", "postponed", None)


def test_an_unknown_activity_is_not_known_and_the_next_question_is_asked(
    connection: Connection, simulator: Simulator
) -> None:
    for _ in range(2):
        with pytest.raises(NotKnown):
            activity_now(connection, "activities_of_nobody")
    assert activity_now(connection, simulator.scenarios.ring("petr", 2000)["name"])


def test_a_dead_daktela_costs_its_time_out_once(connection: Connection, simulator: Simulator) -> None:
    simulator.faults.add("slow", seconds=5, times=None)
    with pytest.raises(NotReachable) as first:
        activity_now(connection, "activities_1")
    started = time.monotonic()
    with pytest.raises(NotReachable) as second:
        activity_now(connection, "activities_1")
    assert time.monotonic() - started < 0.1
    assert second.value.since == first.value.since
    assert datetime.now(UTC) - second.value.since < timedelta(seconds=10)


def test_who_corrects_the_token_does_not_wait(connection: Connection, simulator: Simulator) -> None:
    name = simulator.scenarios.ring("petr", 2000)["name"]
    good = connection.secrets()
    connection.credentials = {"token": "wrong"}
    with pytest.raises(NotReachable, match="401"):
        activity_now(connection, name)
    connection.credentials = good
    assert activity_now(connection, name)


def test_a_connection_without_a_token_is_not_reachable(connection: Connection) -> None:
    connection.credentials = {}
    with pytest.raises(NotReachable, match="token"):
        activity_now(connection, "activities_1")


def test_an_address_nobody_allowed_is_not_reachable(connection: Connection, settings: Any) -> None:
    settings.ALLOWED_EGRESS = []
    with pytest.raises(NotReachable, match="https"):
        activity_now(connection, "activities_1")


@pytest.mark.parametrize(
    ("texts", "expected", "is_ambiguous"),
    [
        (["2026-01-05 10:00:00"], ["2026-01-05 09:00"], False),
        (["2026-07-05 10:00:00"], ["2026-07-05 08:00"], False),
        (["2026-10-25 02:30:00"], ["2026-10-25 00:30"], True),  # 02:30 came twice: the first is taken
        (["2026-10-25 02:50:00", "2026-10-25 02:10:00"], ["2026-10-25 00:50", "2026-10-25 01:10"], True),
        (["2026-10-25 01:50:00", "2026-10-25 03:10:00"], ["2026-10-24 23:50", "2026-10-25 02:10"], False),
        (["2026-03-29 02:30:00"], ["2026-03-29 01:30"], False),  # never was; still a moment
        ([None, "", "0000-00-00 00:00:00", "yesterday", 7, {}], [None] * 6, False),
    ],
)
def test_bare_times_are_read_in_the_zone_of_the_instance(
    texts: list[Any], expected: list[str | None], is_ambiguous: bool
) -> None:
    moments, flagged = in_order(texts, PRAGUE)
    assert [moment and f"{moment:%Y-%m-%d %H:%M}" for moment in moments] == expected
    assert flagged is is_ambiguous


@pytest.mark.parametrize("activity", [{}, {"item": 7, "user": ["petr"], "action": None, "duration": "long"}])
def test_an_activity_that_tells_little_is_read_without_an_error(activity: dict[str, Any]) -> None:
    live = read(activity, PRAGUE)
    assert (live.status, live.call_id, live.remote_user, live.duration_seconds) == ("ringing", "", "", None)
