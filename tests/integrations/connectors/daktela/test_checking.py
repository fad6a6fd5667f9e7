"""Does Check find what is wrong with a connection, and say what to do about it?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.connectors.base import Access, Finding
from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.errors import ConfigurationError
from tests.clock import HandClock
from tests.integrations.connectors.daktela.systems import PRAGUE, DaktelaSystem


@pytest.fixture
def clock() -> HandClock:
    clock = HandClock()
    clock.moment = datetime.now(UTC)
    return clock


def check(
    simulator: Simulator, user: str = "admin", zone: str = "Europe/Prague", **settings: str
) -> dict[str, Finding]:
    values = {"token": simulator.token(user), **settings}
    with Daktela(Access(simulator.url, ZoneInfo(zone), values, [simulator.url], deadline_seconds=5)) as daktela:
        return {finding.title: finding for finding in daktela.check()}


def bad(findings: dict[str, Finding]) -> Iterator[str]:
    return (finding.title for finding in findings.values() if finding.tone == "bad")


def test_where_all_is_well_only_what_cannot_be_known_is_left_to_verify(simulator: Simulator) -> None:
    found = check(simulator)
    assert [finding.title for finding in found.values() if finding.tone != "good"] == ["Events"]
    assert "inbox" in found["Events"].remedy


def test_another_zone_than_daktelas_is_told(simulator: Simulator) -> None:
    found = check(simulator, zone="Europe/London")
    assert "Time zone" in bad(found)
    assert "Europe/Prague" in found["Time zone"].remedy


@pytest.mark.parametrize(("offset", "said"), [(600, "10 minutes"), (-7200, "2 hours")])
def test_a_clock_that_is_wrong_is_told(simulator: Simulator, offset: int, said: str) -> None:
    simulator.conditions.change(clock_offset_seconds=offset)
    clock = check(simulator)["Clock"]
    assert clock.tone == "warn"
    assert said in clock.text


def test_a_user_who_may_only_read_cannot_write(simulator: Simulator) -> None:
    simulator.world.credentials["petr"]["rights"] = "read"
    found = check(simulator, user="petr")
    assert set(bad(found)) == {"Right to write contacts", "Right to write accounts"}
    assert "role" in found["Right to write contacts"].remedy


def test_a_model_that_may_not_be_read_is_named(simulator: Simulator) -> None:
    simulator.faults.add("status", "/api/v6/tickets", status=403, times=10)
    assert "tickets" in check(simulator)["Right to read"].text


def test_looking_whether_we_may_write_writes_nothing(simulator: Simulator) -> None:
    check(simulator)
    assert simulator.ledger.entries == []


def test_a_database_that_is_not_there_is_told(simulator: Simulator) -> None:
    assert "CRM database" in bad(check(simulator, database="nowhere"))


def test_a_custom_field_that_is_needed_and_not_there_is_told(simulator: Simulator) -> None:
    found = check(simulator, retired_field="no_such_field")
    assert set(bad(found)) == {"Custom fields of contacts", "Custom fields of accounts"}
    assert set(bad(check(simulator, retired_field="no_such_field", retire="keep"))) == set()


def test_without_a_contact_the_custom_fields_cannot_be_read_and_that_is_said(simulator: Simulator) -> None:
    simulator.world.tables["contacts"].clear()
    assert check(simulator)["Custom fields of contacts"].tone == "warn"


def test_a_token_that_can_be_none_is_a_line_and_no_error(simulator: Simulator) -> None:
    with DaktelaSystem(simulator).opened("žluťoučký") as daktela:
        assert [finding.tone for finding in daktela.check()] == ["bad"]


def test_settings_without_a_token_are_named_and_quoted_nowhere() -> None:
    for values in ({}, {"token": "s3cret", "parallel": 99}, {"token": "s3cret", "retire": "burn"}):
        with pytest.raises(ConfigurationError, match="Enter again") as raised:
            Daktela(Access("https://company.daktela.com", PRAGUE, values))
        assert "s3cret" not in repr(raised.value)
        assert raised.value.__cause__ is None


def test_fields_tell_their_kinds_and_choices(simulator: Simulator) -> None:
    with DaktelaSystem(simulator).connect() as daktela:
        fields = {field.name: field for field in daktela.fields("account")}
    assert fields["customFields.tier"].kind == "choice"
    assert fields["customFields.tier"].choices == (("basic", "Basic"), ("gold", "Gold"))
    assert fields["customFields.number"].kind == "phone"
    assert fields["title"].is_required
    assert not fields["created"].is_writable
