"""What does every browser test start from? Servers, one Chromium, a small contact centre, and agents at their desks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from crm.models import Contact, Outcome, Queue, Team, User
from tests.browser.desk import Desk, NewDesk
from tests.browser.servers import Servers, serving, settle
from tests.factories import (
    AgentFactory,
    ConnectionFactory,
    ContactFactory,
    OutcomeFactory,
    QueueFactory,
    TeamFactory,
    UserFactory,
)

SIZE = {"width": 1280, "height": 900}
expect.set_options(timeout=8_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def servers(browser: Browser, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with serving(tmp_path_factory.mktemp("web")) as running:
        yield running


@dataclass
class Centre:
    """Two agents and an incoming queue with three outcomes, known to Daktela by the same names."""

    team: Team
    petr: User
    jana: User
    support: Queue
    solved: Outcome
    call_back: Outcome


@pytest.fixture
def centre(transactional_db: None, servers: Servers) -> Iterator[Centre]:
    servers.simulator.desk.reset()
    team = TeamFactory(name="Czechia")
    daktela = ConnectionFactory(origin=servers.desk, credentials={"token": servers.simulator.token("admin")})
    petr = UserFactory(username="petr", name="Petr Dvořák", teams=[team])
    jana = UserFactory(username="jana", name="Jana Malá", teams=[team])
    for user in (petr, jana):
        AgentFactory(connection=daktela, user=user)
    solved, call_back = OutcomeFactory(title="Solved"), OutcomeFactory(title="Call back", asks_call_back=True)
    outcomes = [solved, call_back, OutcomeFactory(title="Complaint")]
    support = QueueFactory(slug="2000", title="Support CZ", source="daktela", team=team, outcomes=outcomes)
    yield Centre(team, petr, jana, support, solved, call_back)
    settle()


@pytest.fixture
def desk_of(browser: Browser, servers: Servers, centre: Centre) -> Iterator[NewDesk]:
    """`desk_of(user)` is this agent's browser with the desk open and the widget signed in; `signed_in=False` is not.

    Whatever a test does: nothing may leave this machine, and no browser may complain of anything unexpected.
    """
    desks: list[Desk] = []

    def desk_of(user: User, *, signed_in: bool = True, **settings: Any) -> Desk:
        context = browser.new_context(**({"viewport": SIZE} | settings))
        desk = Desk(context, servers, user.username)
        desks.append(desk)
        if signed_in:
            desk.sign_in_as(user)
        desk.open()
        return desk

    yield desk_of
    for desk in desks:
        desk.context.close()
    assert [desk.unexpected for desk in desks] == [[]] * len(desks)
    assert set().union(*(desk.hosts for desk in desks)) <= servers.hosts


@pytest.fixture
def novakova(centre: Centre) -> Contact:
    """A caller of one number, 773 796 040."""
    return ContactFactory(first_name="Jana", last_name="Nováková", team=centre.team, numbers=["773 796 040"])


@pytest.fixture
def petr(desk_of: NewDesk, centre: Centre) -> Desk:
    """Petr at his desk, signed in."""
    return desk_of(centre.petr)
