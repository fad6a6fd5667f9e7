"""Is each contact written to Daktela once, whatever becomes of the request?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

from integrations.connectors.base import Item, Rejected, Written
from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.daktela.models import body, name_of
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.errors import NotAuthorized, RateLimited, TemporaryFailure
from tests.integrations.connectors.daktela.systems import PRAGUE, DaktelaSystem, item


@pytest.fixture
def system(simulator: Simulator) -> DaktelaSystem:
    return DaktelaSystem(simulator)


@pytest.fixture
def daktela(system: DaktelaSystem) -> Iterator[Daktela]:
    with system.connect() as connector:
        yield connector


def stored(simulator: Simulator, name: str) -> dict[str, Any]:
    found = simulator.world.find("contacts", name)
    assert found
    return found


def write(daktela: Daktela, *items: Item, entity: str = "contact") -> list[Written | Rejected]:
    return list(daktela.write(entity, items))


def test_p2_a_name_is_made_from_our_key_alone_and_never_changes() -> None:
    assert name_of("contact", "dynamics:1") == "contact_c8b950f62f735bd89fba45d9ec3ec3f0"
    assert len({name_of("contact", "1"), name_of("account", "1"), name_of("contact", "2")}) == 3


def test_a_new_contact_gets_what_daktela_needs(daktela: Daktela, simulator: Simulator) -> None:
    (written,) = write(daktela, Item("1", {"firstname": "Eva", "lastname": "Nová"}))
    found = stored(simulator, written.remote_id)  # type: ignore[union-attr]
    assert (found["title"], found["lastname"], found["database"]) == ("Eva Nová", "Nová", "default")
    (account,) = write(daktela, Item("1", {"title": "Sklo s.r.o."}), entity="account")
    assert simulator.world.find("accounts", account.remote_id)["database"] == "default"  # type: ignore[index, union-attr]


def test_w13_none_clears_and_only_mapped_custom_fields_are_sent(daktela: Daktela, simulator: Simulator) -> None:
    name = simulator.records.add(
        "contacts", title="Eva", description="x", customFields={"note": "typed there", "email": "eva@example.com"}
    )
    cleared = {"description": None, "customFields.email": None, "customFields.number": ["1", "", None, "2"]}
    write(daktela, Item("1", cleared, name))
    found = stored(simulator, name)
    assert found["description"] is None
    custom = found["customFields"]
    assert (custom["email"], custom["number"], custom["note"]) == ([], ["1", "2"], ["typed there"])


def test_a_field_may_be_cleared_by_an_empty_text_where_daktela_wants_that() -> None:
    values = {"description": None, "customFields.note": None}
    assert body(values, PRAGUE) == {"description": None, "customFields": {"note": []}}
    assert body(values, PRAGUE, "")["description"] == ""


def test_values_are_spelled_as_daktela_spells_them() -> None:
    values = {
        "a": datetime(2026, 7, 1, 10, tzinfo=UTC),
        "b": date(2026, 7, 1),
        "c": Decimal("1.50"),
        "d": True,
        "customFields.e": [7, date(2026, 7, 1)],
    }
    assert body(values, PRAGUE) == {
        "a": "2026-07-01 12:00:00",
        "b": "2026-07-01",
        "c": "1.50",
        "d": 1,
        "customFields": {"e": ["7", "2026-07-01"]},
    }


def test_w16_a_known_contact_costs_one_request_and_no_look_up(daktela: Daktela, simulator: Simulator) -> None:
    names = [one.remote_id for one in write(daktela, *(item(number) for number in range(20)))]  # type: ignore[union-attr]
    simulator.ledger.clear()
    write(daktela, *(item(number, remote_id=name) for number, name in enumerate(names)))
    assert dict(simulator.ledger.requests) == {"PUT contacts": 20}


def test_new_contacts_are_looked_up_fifty_at_once(daktela: Daktela, simulator: Simulator) -> None:
    write(daktela, *(item(number) for number in range(100)))
    assert dict(simulator.ledger.requests) == {"GET contacts": 2, "POST contacts": 100}


def test_w4_who_could_not_be_looked_up_is_not_created(daktela: Daktela, simulator: Simulator) -> None:
    simulator.faults.add("status", method="GET", status=500, times=10)
    with pytest.raises(TemporaryFailure):
        write(daktela, item(1))
    assert simulator.ledger.total("POST") == 0


def test_w4_a_later_part_that_could_not_be_looked_up_is_not_created(daktela: Daktela, simulator: Simulator) -> None:
    """It is asked for while the first part is written: what was written of that counts."""
    simulator.faults.add("status", method="GET", status=500, skip=1, times=10)
    settled: list[Any] = []
    with pytest.raises(TemporaryFailure):
        settled.extend(daktela.write("contact", [item(number) for number in range(120)]))
    assert len(settled) == simulator.ledger.total("POST") <= 50


def test_w4_who_waits_for_a_look_up_that_a_failure_prevented_asks_himself(system: DaktelaSystem) -> None:
    with system.connect(names_per_request=1) as connector:
        *_, last = connector.writer("contact").jobs([item(1), item(2)])
        waiting = Thread(target=last, daemon=True)
        waiting.start()
        waiting.join(5)
        assert not waiting.is_alive()
    assert name_of("contact", item(2).key) in system.ids()


@pytest.mark.parametrize("kind", ["act_then_reset", "truncate", "no_result"])
def test_p2_an_unclear_create_is_looked_up_before_anything_else(
    daktela: Daktela, simulator: Simulator, kind: str
) -> None:
    simulator.faults.add(kind, method="POST")
    (written,) = write(daktela, item(1))
    assert written == Written("key-1", name_of("contact", "key-1"), is_new=True)
    assert dict(simulator.ledger.requests) == {"GET contacts": 2, "POST contacts": 1, "PUT contacts": 1}
    assert simulator.ledger.names("contacts") == [name_of("contact", "key-1")]


def test_a_name_that_was_taken_meanwhile_is_ours_and_is_updated(daktela: Daktela, simulator: Simulator) -> None:
    """Two workers, one record: the other made it between our look-up and our create."""
    name = name_of("contact", "key-1")
    simulator.faults.stir = lambda resource, change: (
        simulator.records.add("contacts", name=name, title="Older") and None
    )
    simulator.faults.add("moving", method="GET")
    (written,) = write(daktela, item(1))
    assert written == Written("key-1", name)
    assert stored(simulator, name)["title"] == "Person 1"
    assert simulator.ledger.names("contacts") == [name]


def test_who_was_deleted_there_is_made_anew_by_the_same_name(daktela: Daktela, simulator: Simulator) -> None:
    (first,) = write(daktela, item(1))
    simulator.records.remove("contacts", first.remote_id)  # type: ignore[union-attr]
    (again,) = write(daktela, item(1, remote_id=first.remote_id))  # type: ignore[union-attr]
    assert again == Written("key-1", first.remote_id, is_new=True)  # type: ignore[union-attr]


def test_w1_one_record_that_daktela_fails_over_does_not_hold_the_others(daktela: Daktela, simulator: Simulator) -> None:
    names = [simulator.records.add("contacts", title=f"Person {number}") for number in range(8)]
    simulator.faults.add("status", f"/api/v6/contacts/{names[3]}", status=500, times=1000)
    settled = {one.key: one for one in write(daktela, *(item(n, remote_id=name) for n, name in enumerate(names)))}
    failed = settled.pop("key-3")
    assert isinstance(failed, Rejected)
    assert failed.is_temporary
    assert len(settled) == 7
    assert all(isinstance(one, Written) for one in settled.values())


def test_a_daktela_that_fails_again_and_again_is_left_alone(daktela: Daktela, simulator: Simulator) -> None:
    items = [item(number, remote_id="contact_0001") for number in range(100)]
    simulator.faults.add("status", status=500, times=1000)
    with pytest.raises(TemporaryFailure):
        write(daktela, *items)
    assert simulator.ledger.total() <= 2 * (5 + 4)


def test_an_update_is_repeated_once(daktela: Daktela, simulator: Simulator) -> None:
    simulator.faults.add("act_then_reset", method="PUT")
    assert write(daktela, item(1, remote_id="contact_0001")) == [Written("key-1", "contact_0001")]
    assert simulator.ledger.total("PUT") == 2


def test_rights_that_are_lost_end_it_and_what_was_settled_counts(daktela: Daktela, simulator: Simulator) -> None:
    simulator.faults.add("status", status=403, skip=10, times=1000)
    settled: list[Any] = []
    with pytest.raises(NotAuthorized):
        settled.extend(daktela.write("contact", [item(number, remote_id="contact_0001") for number in range(50)]))
    assert len(settled) == 10


@pytest.mark.parametrize("as_date", [False, True])
def test_p3_a_rest_is_obeyed_at_once(daktela: Daktela, simulator: Simulator, as_date: bool) -> None:
    simulator.conditions.change(rest_seconds=30, as_date=as_date)
    with pytest.raises(RateLimited) as raised:
        write(daktela, *(item(number, remote_id="contact_0001") for number in range(100)))
    assert 27 < (raised.value.retry_after_seconds or 0) <= 31
    assert simulator.ledger.total() <= 8


@pytest.mark.parametrize("parallel", [1, 4, 8])
def test_no_more_requests_are_under_way_than_the_settings_say(
    system: DaktelaSystem, simulator: Simulator, parallel: int
) -> None:
    simulator.conditions.change(latency_ms=20)
    with system.connect(parallel=parallel) as daktela:
        write(daktela, *(item(number, remote_id="contact_0001") for number in range(60)))
    assert parallel // 2 < simulator.ledger.most_at_once <= parallel


def test_a_reader_who_stops_early_stops_the_writing(daktela: Daktela, simulator: Simulator) -> None:
    settled = daktela.write("contact", [item(number, remote_id="contact_0001") for number in range(200)])
    next(settled)
    settled.close()  # type: ignore[attr-defined]
    assert simulator.ledger.total("PUT") < 60


# when a record of ours is gone (C7)


def state(name: str) -> Callable[[Simulator], list[str]]:
    return lambda simulator: stored(simulator, name)["customFields"]["crm_state"]


def test_c7_what_is_gone_here_is_marked_there_and_unmarked_when_it_comes_back(
    daktela: Daktela, simulator: Simulator
) -> None:
    assert list(daktela.retire("contact", ["contact_0001"])) == [Written("contact_0001", "contact_0001")]
    assert state("contact_0001")(simulator) == ["retired"]
    write(daktela, item(1, remote_id="contact_0001"))
    assert state("contact_0001")(simulator) == []


def test_c7_it_may_be_kept_or_deleted_instead(system: DaktelaSystem, simulator: Simulator) -> None:
    with system.connect(retire="keep") as daktela:
        assert list(daktela.retire("contact", ["contact_0001"])) == [Written("contact_0001", "contact_0001")]
    assert simulator.ledger.total() == 0
    with system.connect(retire="delete") as daktela:
        assert list(daktela.retire("contact", ["contact_0001"])) == [Written("contact_0001", "contact_0001")]
    assert simulator.world.find("contacts", "contact_0001") is None


def test_a_mark_without_its_field_is_refused_and_says_which(system: DaktelaSystem) -> None:
    with system.connect(retired_field="no_such_field") as daktela:
        (refused,) = daktela.retire("contact", ["contact_0001"])
    assert isinstance(refused, Rejected)
    assert refused.field == "customFields.no_such_field"
