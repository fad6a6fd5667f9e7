"""Does the connector of Dynamics keep the promises of every source, and its own?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from integrations import mapping_file
from integrations.connectors.base import Merged, Page
from integrations.connectors.dynamics import connector
from integrations.connectors.dynamics.connector import Dynamics
from integrations.connectors.dynamics.simulator import Simulator
from integrations.connectors.errors import (
    AddressRefused,
    ConfigurationError,
    CursorExpired,
    NotAuthorized,
    TemporaryFailure,
)
from tests.clock import HandClock
from tests.integrations.connectors.contract import SourceContract
from tests.integrations.connectors.dynamics.systems import DynamicsSystem


class TestDynamics(SourceContract):
    pass


def rows(pages: Sequence[Page]) -> dict[str, dict[str, Any]]:
    return {record.remote_id: record.values for page in pages for record in page.records}


def read(dynamics: Dynamics, since: str | None = None, entity: str = "contact", **how: bool) -> list[Page]:
    return list(dynamics.changes(entity, since, **how))


# what changed (C3, C4, C9)


def test_c3_the_cursor_is_the_link_that_dynamics_gave(dynamics: Dynamics, simulator: Simulator) -> None:
    pages = read(dynamics)
    assert [len(page.records) for page in pages] == [6, 6, 6, 2]
    assert all("$skiptoken=" in str(page.cursor) for page in pages[:-1])
    assert f"{simulator.url}/api/data/v9.2/contacts?$select=" in str(pages[-1].cursor)
    assert "$deltatoken=" in str(pages[-1].cursor)


def test_a_delta_costs_one_request_and_the_sign_in(system: DynamicsSystem, dynamics: Dynamics) -> None:
    cursor = read(dynamics)[-1].cursor
    with system.connect() as later:
        before = system.requests()
        (page,) = read(later, cursor)
        assert system.requests() - before == 2
    assert (page.records, page.deleted, page.merged, page.is_last) == ([], [], [], True)


def test_c9_null_is_null_and_a_column_that_is_not_there_is_absent(dynamics: Dynamics, simulator: Simulator) -> None:
    world = simulator.world
    cursor = read(dynamics)[-1].cursor
    world.change("contact", world.key("contact", 3), {"emailaddress1": None, "jobtitle": ""})
    (values,) = rows(read(dynamics, cursor)).values()
    assert values["emailaddress1"] is None
    assert values["jobtitle"] == ""
    assert "versionnumber" not in values


def test_a_record_that_did_not_change_has_the_same_bytes(dynamics: Dynamics, simulator: Simulator) -> None:
    first = {record.remote_id: record.raw for page in read(dynamics) for record in page.records}
    world, changed = simulator.world, simulator.world.key("contact", 7)
    world.change("contact", changed, {})
    again = {record.remote_id: record.raw for page in read(dynamics, is_full=True) for record in page.records}
    assert {key for key in first if first[key] != again[key]} == {changed}


def test_c4_what_changes_while_we_read_comes_with_the_next_delta(dynamics: Dynamics, simulator: Simulator) -> None:
    world, late = simulator.world, simulator.world.key("contact", 19)
    pages = []
    for page in dynamics.changes("contact", None):
        pages.append(page)
        if len(pages) == 1:
            world.change("contact", late, {"jobtitle": "While you read"})
            gone = world.create("contact", {"lastname": "Short life"})
            world.delete("contact", gone)
    (delta,) = read(dynamics, pages[-1].cursor)
    assert rows([delta])[late]["jobtitle"] == "While you read"
    assert delta.deleted == [gone]
    assert rows(pages).keys() | rows([delta]).keys() == set(world.tables["contact"].keys())


def test_a_full_read_asks_for_the_columns_there_are_now(dynamics: Dynamics, system: DynamicsSystem) -> None:
    cursor = read(dynamics)[-1].cursor
    again = read(dynamics, cursor, is_full=True)
    assert len(rows(again)) == 20
    assert "$deltatoken=" in str(again[-1].cursor)


@pytest.mark.parametrize("kind", ["no_link", "no_value", "same_link"])
def test_c4_an_answer_that_does_not_say_how_to_go_on_is_no_end(
    dynamics: Dynamics, simulator: Simulator, kind: str
) -> None:
    for listing in (lambda: dynamics.changes("contact", None), lambda: dynamics.ids("contact")):
        pages = listing()
        next(pages)
        simulator.faults.add(kind, times=10)
        with pytest.raises(TemporaryFailure):
            list(pages)
        simulator.faults.clear()


def test_a_full_read_says_about_how_many_there_are(dynamics: Dynamics, simulator: Simulator) -> None:
    pages = read(dynamics)
    assert {page.total for page in pages} == {20}
    assert {page.total for page in read(dynamics, pages[-1].cursor)} == {None}
    for status in (400, 403):
        simulator.faults.add("status", "/api/data/v9.2/RetrieveTotalRecordCount", status=status)
        assert {page.total for page in read(dynamics)} == {None}


# what is gone (C7)


def test_c7_what_was_deleted_is_told_page_by_page(dynamics: Dynamics, simulator: Simulator) -> None:
    world = simulator.world
    cursor = read(dynamics)[-1].cursor
    gone = [world.key("contact", number) for number in range(8)]
    for key in gone:
        world.delete("contact", key)
    changed = world.key("contact", 9)
    world.change("contact", changed, {"jobtitle": "Still here"})
    pages = read(dynamics, cursor)
    assert len(pages) == 2
    assert [key for page in pages for key in page.deleted] == gone
    assert list(rows(pages)) == [changed]
    assert sorted(key for page in dynamics.ids("contact") for key in page) == sorted(world.tables["contact"].keys())


def test_c7_who_we_may_no_longer_see_is_not_deleted(dynamics: Dynamics, simulator: Simulator) -> None:
    cursor = read(dynamics)[-1].cursor
    simulator.world.may_read.clear()
    for ask in (lambda: read(dynamics, cursor), lambda: list(dynamics.ids("contact"))):
        with pytest.raises(NotAuthorized):
            ask()


def test_c7_a_merged_contact_names_the_one_that_goes_on(dynamics: Dynamics, simulator: Simulator) -> None:
    world = simulator.world
    survivor, loser = world.key("contact", 1), world.key("contact", 2)
    cursor = read(dynamics)[-1].cursor
    world.merge("contact", survivor, loser, {"jobtitle": "Of both"})
    (page,) = read(dynamics, cursor)
    assert page.merged == [Merged(loser, survivor)]
    assert page.deleted == []
    assert rows([page])[survivor]["jobtitle"] == "Of both"
    assert loser not in rows([page])
    assert [record.remote_id for record in dynamics.fetch("contact", [loser, survivor])] == [survivor]
    assert loser not in {key for keys in dynamics.ids("contact") for key in keys}
    everything = read(dynamics, None)
    assert loser not in rows(everything)
    assert [one for one_page in everything for one in one_page.merged] == [Merged(loser, survivor)]


def test_contacts_follow_their_account_when_it_is_merged(dynamics: Dynamics, simulator: Simulator) -> None:
    world = simulator.world
    survivor, loser = world.key("account", 0), world.key("account", 1)
    accounts, contacts = read(dynamics, entity="account")[-1].cursor, read(dynamics)[-1].cursor
    world.merge("account", survivor, loser)
    assert read(dynamics, accounts, "account")[-1].merged == [Merged(loser, survivor)]
    moved = rows(read(dynamics, contacts))
    assert len(moved) == 10
    assert {values["_parentcustomerid_value"] for values in moved.values()} == {survivor}


def test_an_inactive_contact_is_still_a_contact(dynamics: Dynamics, simulator: Simulator) -> None:
    world = simulator.world
    cursor = read(dynamics)[-1].cursor
    world.change("contact", world.key("contact", 4), {"statecode": 1, "statuscode": 2})
    (page,) = read(dynamics, cursor)
    assert (len(page.records), page.deleted, page.merged) == (1, [], [])


# what is no longer known (C8)


def test_c8_a_delta_link_of_last_week_has_expired(dynamics: Dynamics, simulator: Simulator, clock: HandClock) -> None:
    cursor = read(dynamics)[-1].cursor
    clock.forward(timedelta(days=7, seconds=1).total_seconds())
    with pytest.raises(CursorExpired):
        read(dynamics, cursor)
    assert len(rows(read(dynamics, None))) == 20


def test_c8_a_delta_link_that_dynamics_forgot_has_expired(dynamics: Dynamics, simulator: Simulator) -> None:
    cursor = read(dynamics)[-1].cursor
    simulator.world.forget_changes()
    with pytest.raises(CursorExpired):
        read(dynamics, cursor)


@pytest.mark.parametrize("change", ["$select=nosuchcolumn&x=", "$filter=a&x=", "$orderby=fullname&$select="])
def test_c8_a_link_that_is_refused_is_of_no_more_use(dynamics: Dynamics, change: str) -> None:
    cursor = str(read(dynamics)[-1].cursor).replace("$select=", change)
    with pytest.raises(CursorExpired):
        read(dynamics, cursor)


def test_c8_a_cursor_of_another_address_is_of_no_use_and_is_not_followed(
    dynamics: Dynamics, simulator: Simulator
) -> None:
    cursor = str(read(dynamics)[-1].cursor)
    for other in (cursor.replace("127.0.0.1", "elsewhere.example"), cursor.replace("/api/data/", "/other/"), "x"):
        with pytest.raises(CursorExpired):
            read(dynamics, other)


def test_a_table_whose_changes_are_not_tracked_is_for_the_administrator(
    dynamics: Dynamics, simulator: Simulator
) -> None:
    simulator.world.tables["contact"].is_tracked = False
    with pytest.raises(ConfigurationError):
        read(dynamics)


# whom we follow (threat 14)


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1:1", "127.0.0.1@elsewhere.example"])
def test_threat_14_a_link_to_another_host_is_not_followed(dynamics: Dynamics, simulator: Simulator, host: str) -> None:
    for listing in (dynamics.changes("contact", None), dynamics.ids("contact")):
        simulator.faults.add("foreign_link", "/api/data/v9.2/contacts", message=host)
        with pytest.raises(AddressRefused):
            list(listing)
    assert simulator.world.requests["GET contacts"] == 2


# records by their keys


def test_records_are_fetched_two_hundred_at_a_time(system: DynamicsSystem, dynamics: Dynamics) -> None:
    system.world.make(contacts=500)
    wanted = sorted(system.ids())[:450]
    dynamics.fetch("contact", wanted[:1])
    before = system.requests()
    assert sorted(record.remote_id for record in dynamics.fetch("contact", wanted)) == wanted
    assert system.requests() - before == 3


@pytest.mark.parametrize("key", ["", "x", "') or true or ('", "00000000-0000-0000-0000-00000000000g", "\0", "ž" * 36])
def test_what_is_no_guid_is_the_key_of_nobody_and_is_not_sent(system: DynamicsSystem, key: str) -> None:
    with system.connect() as dynamics:
        assert dynamics.fetch("contact", [key]) == []
    assert system.requests() == 0


# its fields


def test_fields_come_from_the_metadata_with_what_may_be_chosen(dynamics: Dynamics) -> None:
    fields = {field.name: field for field in dynamics.fields("contact")}
    assert fields["telephone1"].kind == fields["mobilephone"].kind == "phone"
    assert fields["emailaddress1"].kind == "email"
    assert (fields["birthdate"].kind, fields["modifiedon"].kind) == ("date", "time")
    assert (fields["donotphone"].kind, fields["description"].kind) == ("boolean", "text")
    assert fields["gendercode"].choices == (("1", "Male"), ("2", "Female"))
    assert fields["statecode"].choices == (("0", "Active"), ("1", "Inactive"))
    assert fields["new_loyaltylevel"].is_custom
    assert fields["lastname"].is_required
    assert not fields["fullname"].is_writable
    assert fields["_parentcustomerid_value"].label == "Company Name"
    assert {"parentcustomeridname", "parentcustomerid", "contactid", "merged", "versionnumber"} & fields.keys() == set()


def test_the_account_of_a_contact_is_its_company_where_that_is_no_person(
    dynamics: Dynamics, simulator: Simulator
) -> None:
    world = simulator.world
    boss, account = world.key("contact", 0), world.key("account", 0)
    cursor = read(dynamics)[-1].cursor
    world.change("contact", world.key("contact", 1), {"_parentcustomerid_value": boss})
    world.change("contact", world.key("contact", 2), {"jobtitle": "Clerk"})
    of_a_person, of_a_company = rows(read(dynamics, cursor)).values()
    assert (of_a_person["_accountid_value"], of_a_person["_parentcontactid_value"]) == (None, boss)
    assert (of_a_company["_accountid_value"], of_a_company["_parentcontactid_value"]) == (account, None)


def test_every_field_is_in_every_record(dynamics: Dynamics) -> None:
    for entity in ("account", "contact"):
        names = {field.name for field in dynamics.fields(entity)}
        for values in rows(read(dynamics, entity=entity)).values():
            assert names <= values.keys()


# Check


def findings(dynamics: Dynamics) -> dict[str, tuple[str, str]]:
    return {finding.title: (finding.tone, finding.remedy) for finding in dynamics.check()}


def test_check_says_when_the_application_is_no_user_there(dynamics: Dynamics, simulator: Simulator) -> None:
    simulator.world.has_application_user = False
    found = findings(dynamics)
    assert found["Sign-in"][0] == "good"
    assert found["Application user"][0] == "bad"
    assert simulator.world.client in found["Application user"][1]


def test_check_says_which_table_may_not_be_read(dynamics: Dynamics, simulator: Simulator) -> None:
    simulator.world.may_read = {"account"}
    found = findings(dynamics)
    assert found["One page of accounts"][0] == "good"
    assert found["One page of contacts"][0] == "bad"
    assert "security role" in found["One page of contacts"][1]


def test_check_says_which_table_is_not_tracked(dynamics: Dynamics, simulator: Simulator) -> None:
    simulator.world.tables["account"].is_tracked = False
    found = findings(dynamics)
    assert found["Changes of accounts"][0] == "bad"
    assert "Track changes" in found["Changes of accounts"][1]
    assert found["Changes of contacts"][0] == "good"


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"client_secret": "wrong"}, "does not accept the client secret"),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, "no application with this client ID"),
        ({"tenant": "contoso.example"}, "knows no directory"),
    ],
)
def test_check_says_what_is_wrong_with_the_sign_in(system: DynamicsSystem, entered: dict[str, str], said: str) -> None:
    with system.connect(**entered) as dynamics:
        (found,) = dynamics.check()
    assert (found.title, found.tone) == ("Sign-in", "bad")
    assert said in found.text
    assert "Azure portal" in found.remedy


def test_what_is_usually_mapped_is_there(dynamics: Dynamics) -> None:
    usual = yaml.safe_load_all((Path(connector.__file__).parent / "usual.yaml").read_text(encoding="utf-8"))
    for offered in usual:
        assert (offered["connector"], offered["direction"]) == (Dynamics.slug, "inward")
        known = {field.name for field in dynamics.fields(offered["entity"])}
        assert {row["theirs"] for row in offered["fields"]} <= known
        assert mapping_file.read(yaml.safe_dump(offered).encode())
