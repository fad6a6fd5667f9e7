"""Is every list of Daktela's read to its true end, whatever moves in it and whatever it says?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.connectors.base import Access, Page
from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.daktela.listing import between, earlier
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.errors import ConfigurationError, CursorExpired, TemporaryFailure
from tests.clock import HandClock
from tests.integrations.connectors.daktela.replay import answering
from tests.integrations.connectors.daktela.systems import PRAGUE, DaktelaSystem


@pytest.fixture
def system(simulator: Simulator) -> DaktelaSystem:
    return DaktelaSystem(simulator)


@pytest.fixture
def daktela(system: DaktelaSystem) -> Iterator[Daktela]:
    with system.connect(page_size=3) as connector:
        yield connector


def names(pages: list[Page]) -> list[str]:
    return [record.remote_id for page in pages for record in page.records]


def rows(*numbers: int, total: int, **more: Any) -> dict[str, Any]:
    data = [{"name": f"c{number}", "edited": f"2026-01-05 10:00:{number:02}", **more} for number in numbers]
    return {"error": [], "result": {"data": data, "total": total}, "_time": "2026-01-05 10:00:00"}


def listed(*bodies: dict[str, Any]) -> list[str]:
    with (
        answering(*bodies) as url,
        Daktela(Access(url, PRAGUE, {"token": "a-token", "page_size": 2}, [url])) as daktela,
    ):
        return names(list(daktela.changes("contact", None)))


def test_many_records_of_the_same_second_come_once_each(daktela: Daktela, simulator: Simulator) -> None:
    for number in range(20):
        simulator.records.add("contacts", title=f"Person {number}")  # the clock stands still
    found = names(list(daktela.changes("contact", None)))
    assert sorted(found) == sorted(row["name"] for row in simulator.world.rows("contacts"))


@pytest.mark.parametrize("change", ["insert", "edit", "remove", "all"])
def test_w18_nothing_is_skipped_while_rows_move(
    daktela: Daktela, system: DaktelaSystem, simulator: Simulator, change: str
) -> None:
    system.add(30)
    before = system.ids()
    simulator.faults.add("moving", times=5, change=change)
    found = set(names(list(daktela.changes("contact", None))))
    assert before - set(simulator.ledger.names("contacts", "delete")) <= found


def test_w3_a_list_that_says_there_is_more_is_not_over() -> None:
    with pytest.raises(TemporaryFailure, match="holes"):
        listed(rows(1, 2, total=5), rows(total=3))
    with pytest.raises(TemporaryFailure, match="does not go on"):
        listed(rows(1, 2, total=5), rows(2, total=3))


def test_a_page_that_is_cut_shorter_than_we_asked_is_followed_by_the_next() -> None:
    assert listed(rows(1, total=3), rows(2, total=2), rows(3, total=1)) == ["c1", "c2", "c3"]


def test_a_row_that_comes_twice_counts_once() -> None:
    assert listed(rows(1, 2, 2, total=3), rows(3, total=1)) == ["c1", "c2", "c3"]


def test_w10_a_list_in_another_order_is_an_error() -> None:
    with pytest.raises(TemporaryFailure, match="order"):
        listed(rows(2, 1, total=2))
    with pytest.raises(TemporaryFailure, match="order"):
        listed(rows(5, 6, total=4), rows(1, 2, total=2))


@pytest.mark.parametrize(
    "body",
    [
        {"error": ["Something"], "result": {"data": [], "total": 0}},
        {"error": [], "result": {"data": []}},
        {"error": [], "result": {"data": None, "total": 0}},
        {"error": [], "result": {"data": ["c1"], "total": 1}},
        {"error": [], "result": {"data": [{"title": "nameless"}], "total": 1}},
        {"error": [], "result": {"data": [], "total": "many"}},
        {"error": [], "result": []},
    ],
)
def test_c4_what_is_no_complete_list_is_an_error_and_never_the_end(body: dict[str, Any]) -> None:
    with pytest.raises(TemporaryFailure):
        listed(body)


def test_c9_what_is_not_told_is_absent_and_null_is_null(daktela: Daktela, simulator: Simulator) -> None:
    body = rows(1, total=1, title=None)
    with answering(body) as url, Daktela(Access(url, PRAGUE, {"token": "a-token"}, [url])) as told:
        (record,) = next(told.changes("contact", None)).records
    assert record.values["title"] is None
    assert "lastname" not in record.values


def test_a_filter_that_is_refused_is_for_a_person(daktela: Daktela, simulator: Simulator) -> None:
    simulator.faults.add("status", status=400)
    with pytest.raises(ConfigurationError):
        list(daktela.changes("contact", None))


def test_c8_a_cursor_that_nobody_understands_has_expired(daktela: Daktela) -> None:
    for cursor in ("", "x", "[]", '["never", "c1"]', '{"a": 1}', "[1, 2]"):
        if cursor:
            with pytest.raises(CursorExpired):
                list(daktela.changes("contact", cursor))


def test_c3_the_cursor_is_what_daktela_wrote_and_never_goes_back(daktela: Daktela, system: DaktelaSystem) -> None:
    system.add(5)
    last = list(daktela.changes("contact", None))[-1]
    edited = system.simulator.world.find("contacts", "contact_x5")["edited"]  # type: ignore[index]
    assert last.cursor == f'["{edited}","contact_x5"]'
    assert {page.cursor for page in daktela.changes("contact", last.cursor)} == {last.cursor}


def test_is_full_reads_everything_again(daktela: Daktela, system: DaktelaSystem, clock: HandClock) -> None:
    clock.forward(3600)
    system.add(1)
    cursor = list(daktela.changes("contact", None))[-1].cursor
    assert names(list(daktela.changes("contact", cursor))) == ["contact_x1"]
    assert set(names(list(daktela.changes("contact", cursor, is_full=True)))) == system.ids()


def test_g8_nothing_changed_costs_one_request(daktela: Daktela, system: DaktelaSystem, clock: HandClock) -> None:
    clock.forward(3600)
    system.add(1)
    cursor = list(daktela.changes("contact", None))[-1].cursor
    before = system.requests()
    list(daktela.changes("contact", cursor))
    assert system.requests() - before == 1


def test_fetching_two_hundred_records_takes_a_few_requests(daktela: Daktela, system: DaktelaSystem) -> None:
    system.simulator.records.people(200)
    before = system.requests()
    wanted = sorted(name for name in system.ids() if "many" in name)
    assert len(daktela.fetch("contact", wanted)) == 200
    assert system.requests() - before == 4


# the two nights of the year


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-07-01 12:00:00", "2026-07-01 11:55:00"),
        ("2026-10-25 02:30:00", "2026-10-25 00:30:00"),  # the hour that comes twice
        ("2026-10-25 03:59:00", "2026-10-25 01:59:00"),
        ("2026-03-29 03:10:00", "2026-03-29 01:10:00"),  # after the hour that does not come
        ("2026-01-01 00:02:00", "2025-12-31 23:57:00"),
    ],
)
def test_c3_the_overlap_is_two_hours_where_bare_times_lie(moment: str, expected: str) -> None:
    assert earlier(moment, 5, PRAGUE) == expected


def test_what_is_edited_in_the_second_of_two_equal_hours_is_not_missed(simulator: Simulator) -> None:
    system = DaktelaSystem(simulator)
    with system.connect() as daktela:
        simulator.conditions.change(moment="2026-10-25T00:50:00+00:00")  # 02:50, the first time
        system.add(1)
        cursor = list(daktela.changes("contact", None))[-1].cursor
        simulator.conditions.change(moment="2026-10-25T01:10:00+00:00")  # 02:10, the second time
        system.edit("contact_0001")
        page = list(daktela.changes("contact", cursor))
    assert "contact_0001" in names(page)


def test_a_window_over_the_change_of_clocks_is_wide_enough() -> None:
    start, end = datetime(2026, 10, 25, 0, 50, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    first, last = between("time", start, end, PRAGUE).filters or []
    assert (first.value, last.value) == ("2026-10-25 00:50:00", "2026-10-25 04:10:00")
    plain = between("time", datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC), ZoneInfo("UTC"))
    assert [one.value for one in plain.filters or []] == ["2026-07-01 00:00:00", "2026-07-02 00:00:00"]


# activities, and what agents and queues are


def test_e10_activities_are_listed_by_window_and_read_again_by_name(
    daktela: Daktela, simulator: Simulator, clock: HandClock
) -> None:
    kinds = ("EMAIL", "CHAT", "SMS", "FBM", "IGDM", "WAP", "VBR", "CUSTOM")
    made = [simulator.scenarios.ring("petr", 2000, "777")["name"]]
    for kind in kinds:
        clock.forward(60)
        made.append(simulator.scenarios.message_of(kind, "petr", "777123456", "Hello")["name"])
    start = clock()
    clock.forward(60)
    postponed = made[1]
    simulator.scenarios.postpone(postponed)
    clock.forward(3600)
    simulator.scenarios.close(postponed)
    assert names(list(daktela.changes("activity", None))) == made
    assert names(list(daktela.window("activity", start, clock()))) == made[-1:]
    assert names(list(daktela.window("activity", start, clock(), by="time_close"))) == [postponed]
    again = {record.remote_id: record.values for record in daktela.fetch("activity", made)}
    assert {one["type"] for one in again.values()} == {"CALL", *kinds}
    assert again[postponed]["action"] == "CLOSE"
    assert again[made[0]]["item"]["id_call"]  # W11: what is nested is there


def test_users_queues_and_statuses_are_listed_like_everything_else(daktela: Daktela, simulator: Simulator) -> None:
    for entity, resource in (("user", "users"), ("queue", "queues"), ("status", "statuses")):
        pages = list(daktela.changes(entity, None))
        assert pages[-1].is_last
        assert names(pages) == [name for page in daktela.ids(entity) for name in page]
        assert sorted(names(pages)) == sorted(str(row["name"]) for row in simulator.world.rows(resource))
        assert all("password" not in record.values for page in pages for record in page.records)


def test_open_tickets_are_those_that_are_not_closed(daktela: Daktela, simulator: Simulator, clock: HandClock) -> None:
    known = set(simulator.world.tables["tickets"])
    made = [simulator.records.add("tickets", title=f"Case {number}") for number in range(5)]
    simulator.records.edit("tickets", made[0], stage="CLOSE", statuses=["solved"])
    assert set(names(list(daktela.open_tickets()))) - known == set(made[1:])
    assert set(names(list(daktela.changes("ticket", None)))) - known == set(made)
