"""Does each country see its own records, and has each its owner, as the master says?"""

from __future__ import annotations

from typing import Any

import pytest

from crm.models import Account, Contact, OwnedField, Team
from integrations.models import RecordFailure
from integrations.sync import engine
from tests.factories import TeamFactory, UserFactory
from tests.integrations.sync.books import PEOPLE, books, person, rows, stream

pytestmark = pytest.mark.django_db
COUNTRY: dict[str, Any] = {"ours": "team", "theirs": "note", "table": {"CZ": "Praha", "SK": "Bratislava"}}


@pytest.fixture
def prague() -> Team:
    TeamFactory(name="Bratislava")
    return TeamFactory(name="Praha")


def teams() -> dict[str, str | None]:
    return dict(Contact.objects.values_list("first_name", "team__name"))


def test_a_country_s_records_are_its_team_s(prague: Team) -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, COUNTRY)
    shelf.put(person(1, note="CZ"), person(2, note="SK"), person(3, note="praha"))
    run = engine.run(inward)
    assert (run.state, run.created) == ("done", 3)
    assert teams() == {"Jana1": "Praha", "Jana2": "Bratislava", "Jana3": "Praha"}
    agent = UserFactory(teams=[prague])
    assert {one.first_name for one in Contact.objects.visible_to(agent)} == {"Jana1", "Jana3"}
    shelf.put(person(1, note="SK"))
    assert engine.run(inward).updated == 1
    assert teams()["Jana1"] == "Bratislava"


@pytest.mark.parametrize("country", [{"note": "DE"}, {"note": None}, {"note": ""}, {}])
def test_who_is_of_no_team_is_not_taken_since_everybody_would_see_them(prague: Team, country: dict[str, Any]) -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, COUNTRY)
    shelf.put(person(1, **country))
    dry = engine.dry_run(inward)
    run = engine.run(inward)
    assert (dry.rejected, run.rejected, run.created, Contact.objects.count()) == (1, 1, 0, 0)
    failure = RecordFailure.objects.get()
    assert (failure.field, failure.state) == ("team", "waiting")
    assert "everybody would see it" in failure.reason
    TeamFactory(name="DE")
    assert engine.retry(failure) == (country == {"note": "DE"})


@pytest.mark.parametrize("country", [{"note": "DE"}, {"note": None}, {}])
def test_who_has_a_team_keeps_it_where_the_master_says_none(prague: Team, country: dict[str, Any]) -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, COUNTRY)
    shelf.put(person(1, note="CZ"))
    engine.run(inward)
    shelf.put(person(1, last="Malá", **country))
    engine.run(inward)
    assert teams() == {"Jana1": "Praha"}
    assert Contact.objects.get().last_name == "Malá"


def test_a_default_team_is_for_those_whose_country_is_not_said(prague: Team) -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, {**COUNTRY, "default": "Praha"})
    shelf.put(person(1), person(2, note=None))
    engine.run(inward)
    assert teams() == {"Jana1": "Praha", "Jana2": "Praha"}


def test_an_owner_is_known_by_log_in_address_or_name() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, ("owner", "job"))
    UserFactory(username="petr", email="Petr@example.cz", name="Petr Malý")
    for number, said in enumerate(("petr", "petr@example.cz", "PETR MALÝ", "", "nobody we know")):
        shelf.put(person(number, job=said))
    engine.run(inward)
    owners = dict(Contact.objects.values_list("first_name", "owner__username"))
    assert owners == {"Jana0": "petr", "Jana1": "petr", "Jana2": "petr", "Jana3": None, "Jana4": None}
    assert RecordFailure.objects.get().reason == "job: “nobody we know” is none of our users."


def test_a_name_that_two_have_is_nobody_s() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, ("owner", "job"))
    for username in ("jana1", "jana2"):
        UserFactory(username=username, name="Jana Malá")
    shelf.put(person(1, job="Jana Malá"))
    engine.run(inward)
    assert Contact.objects.get().owner is None
    assert RecordFailure.objects.get().field == "owner"


def test_rolling_back_gives_the_team_and_the_owner_back(prague: Team) -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, COUNTRY, ("owner", "job"))
    UserFactory(username="petr")
    shelf.put(person(1, note="CZ", job=""))
    engine.run(inward)
    shelf.put(person(1, note="SK", job="petr"))
    run = engine.run(inward)
    assert run.changes.get().after == {"team": "Bratislava", "owner": "petr"}
    engine.roll_back(run)
    contact = Contact.objects.get()
    assert (str(contact.team), contact.owner) == ("Praha", None)


def test_accounts_have_teams_too_and_the_field_is_the_master_s(prague: Team) -> None:
    connection, shelf = books()
    inward = stream(connection, ("name", "company"), COUNTRY, entity="account")
    inward.publish(rows(inward), None)
    shelf.put({"id": "a1", "company": "Kovárna", "note": "CZ"}, entity="account")
    engine.run(inward)
    assert Account.objects.get().team == prague
    assert OwnedField.objects.filter(record="account", master=connection.slug, field="team").exists()


def test_the_team_is_sent_on_by_its_name(prague: Team) -> None:
    connection, shelf = books("centre")
    outward = stream(connection, ("last_name", "last"), ("team", "note"), ("owner", "job"), direction="outward")
    Contact.objects.create(last_name="Malá", team=prague, owner=UserFactory(username="petr"))
    engine.run(outward)
    (there,) = shelf.records["contact"].values()
    assert (there["note"], there["job"]) == ("Praha", "petr")
