"""Are Daktela's users, queues and statuses here without anybody's typing, and does what was set here stay?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from crm.models import Outcome, Queue, QueueOutcome, Team, User
from integrations import directory, rounds
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.daktela.simulator.schema import RESOURCES
from integrations.models import Agent, Connection, Stream, SyncRun
from tests.factories import AgentFactory, ConnectionFactory, OutcomeFactory, QueueFactory, UserFactory

SEED: dict[str, Any] = {
    "timezone": "Europe/Prague",
    "users": [
        {"name": "petr", "title": "Petr Novák", "type": "CC"},
        {"name": "jana", "title": "Jana Horáková", "type": "CC", "email": "Jana@centre.example"},
        {"name": "lucia", "title": "Lucia Kováčová", "type": "CC", "email": "lucia@centre.example"},
        {
            "name": "robot",
            "title": "Integration account",
            "type": "BO",
            "token": "token-of-the-robot",
            "rights": "admin",
        },
    ],
    "queues": [
        {"name": 2000, "title": "Support CZ", "type": "in", "direction": "in"},
        {"name": 3000, "title": "E-mail", "type": "email", "direction": "in"},
    ],
    "statuses": [
        {"name": "statuses_1", "title": "Solved"},
        {"name": "statuses_2", "title": "Call back", "nextcall": True},
    ],
}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(seed=SEED) as running:
        yield running


@pytest.fixture
def daktela(simulator: Simulator, settings: Any, db: None) -> Connection:
    settings.ALLOWED_EGRESS = [simulator.url]
    return ConnectionFactory(
        origin=simulator.url, credentials={"token": "token-of-the-robot"}, settings={"country": "SK"},
        time_zone="Europe/Bratislava", checked_at="2026-01-05T10:00:00Z",
    )  # fmt: skip


def pull(daktela: Connection) -> SyncRun:
    run = directory.pull(daktela)
    assert run.state == SyncRun.State.DONE, run.message
    return run


def change(simulator: Simulator, resource: str, name: str, **values: Any) -> None:
    """As somebody does over there."""
    world = simulator.world
    with world.lock:
        world.change(resource, world.tables[resource][name], **values)


def add(simulator: Simulator, name: str) -> None:
    with simulator.world.lock:
        simulator.world.insert(RESOURCES["users"], {"name": name, "title": name.title(), "type": "CC"})


def remove(simulator: Simulator, resource: str, name: str) -> None:
    world = simulator.world
    with world.lock:
        world.remove(RESOURCES[resource], world.tables[resource][name])


def who_is_who() -> dict[str, str]:
    return dict(Agent.objects.values_list("remote_user", "user__username"))


def test_users_queues_and_statuses_come_by_themselves(daktela: Connection) -> None:
    run = pull(daktela)
    assert (run.seen, run.created, run.deleted) == (8, 7, 0)
    assert who_is_who() == {"petr": "petr", "jana": "jana", "lucia": "lucia"}, "its back office is found, never made"
    queue = Queue.objects.get(name="2000")
    assert (queue.slug, queue.title, queue.country) == ("2000", "Support CZ", "SK")
    assert (queue.source, queue.time_zone, queue.team) == ("daktela", "Europe/Bratislava", None)
    assert [str(one.outcome) for one in queue.queue_outcomes.all()] == ["Call back", "Solved"]
    assert Outcome.objects.get(asks_call_back=True).remote_name == "statuses_2"


def test_a_new_user_comes_in_nowhere_until_an_admin_invites_him(daktela: Connection) -> None:
    pull(daktela)
    user = User.objects.get(username="petr")
    assert (user.name, user.role, user.source) == ("Petr Novák", User.Role.AGENT, "daktela")
    assert not user.has_usable_password()
    assert not user.teams.exists()


def test_a_second_pull_changes_nothing_and_asks_the_database_no_more_for_many(
    daktela: Connection, simulator: Simulator
) -> None:
    pull(daktela)
    with CaptureQueriesContext(database) as few:
        again = pull(daktela)
    assert (again.created, again.updated, again.deleted) == (0, 0, 0)
    for number in range(60):
        add(simulator, f"agent{number}")
    pull(daktela)
    with CaptureQueriesContext(database) as many:
        pull(daktela)
    assert len(many) <= len(few) + 2


def test_who_is_ours_already_is_found_by_name_or_address_and_not_overwritten(daktela: Connection, team: Team) -> None:
    petr = UserFactory(username="petr", name="Petr N.", teams=[team])
    jana = UserFactory(username="jh", name="Jana", email="jana@centre.example")
    twins = [UserFactory(email="lucia@centre.example") for _ in range(2)]
    pull(daktela)
    assert who_is_who() == {"petr": "petr", "jana": "jh", "lucia": "lucia"}
    for user in (petr, jana):
        user.refresh_from_db()
        assert user.source == ""
    assert (petr.name, jana.name, petr.has_usable_password()) == ("Petr N.", "Jana", True)
    assert not Agent.objects.filter(user__in=twins).exists(), "nobody can say which of the two it is"


def test_the_account_we_ask_with_is_nobody(daktela: Connection) -> None:
    UserFactory(username="robot")
    pull(daktela)
    assert "robot" not in who_is_who()


def test_who_was_linked_by_hand_stays_linked(daktela: Connection) -> None:
    AgentFactory(connection=daktela, user=UserFactory(username="someone"), remote_user="petr")
    UserFactory(username="petr")
    pull(daktela)
    assert who_is_who()["petr"] == "someone"


def test_a_user_name_that_is_taken_by_another_daktelas_user_is_not_his(daktela: Connection) -> None:
    """Two Daktelas may each have a Petr: the second is told apart by his connection."""
    pull(daktela)
    other = ConnectionFactory(
        slug="daktela-pl", origin=daktela.origin, credentials={"token": "token-of-the-robot"},
    )  # fmt: skip
    Agent.objects.filter(remote_user="petr").update(connection=other, remote_user="piotr")
    Agent.objects.create(connection=daktela, user=User.objects.get(username="petr"), remote_user="pan-petr")
    pull(daktela)
    assert who_is_who()["petr"] == "petr@daktela"


def test_what_people_set_in_a_queue_stays_and_what_daktela_renames_is_renamed(
    daktela: Connection, simulator: Simulator, team: Team
) -> None:
    queue = QueueFactory(slug="support", name="2000", source="daktela", title="Old", country="CZ", team=team,
                         outcomes=[OutcomeFactory(title="Ours")])  # fmt: skip
    pull(daktela)
    change(simulator, "queues", "2000", title="Podpora")
    change(simulator, "statuses", "statuses_1", title="Done")
    run = pull(daktela)
    assert run.updated == 2
    queue.refresh_from_db()
    assert (queue.title, queue.slug, queue.country, queue.team) == ("Podpora", "support", "CZ", team)
    assert [str(one.outcome) for one in queue.queue_outcomes.all()] == ["Ours"]
    assert Outcome.objects.get(remote_name="statuses_1").title == "Done"


def test_outcomes_an_admin_took_off_a_queue_do_not_come_back(daktela: Connection) -> None:
    pull(daktela)
    QueueOutcome.objects.all().delete()
    pull(daktela)
    assert not QueueOutcome.objects.exists()


def test_a_stub_that_a_call_made_gets_its_title_and_the_statuses(daktela: Connection) -> None:
    QueueFactory(slug="2000", name="2000", source="daktela", title="2000")
    pull(daktela)
    queue = Queue.objects.get(name="2000")
    assert (queue.title, queue.queue_outcomes.count()) == ("Support CZ", 2)


def test_a_status_is_found_among_what_was_typed_here_and_a_taken_title_is_told_apart(daktela: Connection) -> None:
    typed = OutcomeFactory(title="solved")
    elsewhere = OutcomeFactory(title="Call back", remote_name="statuses_9", source="daktela-pl")
    pull(daktela)
    typed.refresh_from_db()
    assert (typed.remote_name, typed.title, typed.source) == ("statuses_1", "Solved", "daktela")
    assert Outcome.objects.get(remote_name="statuses_2").title == "Call back (daktela statuses_2)"
    elsewhere.refresh_from_db()
    assert elsewhere.title == "Call back"


def test_what_is_gone_is_marked_and_never_deleted_and_unmarked_when_it_is_back(
    daktela: Connection, simulator: Simulator
) -> None:
    pull(daktela)
    change(simulator, "users", "petr", deactivated=True)
    remove(simulator, "queues", "3000")
    remove(simulator, "statuses", "statuses_1")
    assert pull(daktela).deleted == 3
    assert Agent.objects.get(remote_user="petr").gone_at
    assert Queue.objects.get(name="3000").gone_at
    assert Outcome.objects.get(remote_name="statuses_1").gone_at
    assert User.objects.get(username="petr").is_active, "whether somebody may come in is decided here"
    assert pull(daktela).deleted == 0
    change(simulator, "users", "petr", deactivated=False)
    pull(daktela)
    assert Agent.objects.get(remote_user="petr").gone_at is None


def test_an_empty_list_is_believed_of_nobody(daktela: Connection, simulator: Simulator) -> None:
    pull(daktela)
    for name in ("2000", "3000"):
        remove(simulator, "queues", name)
    assert pull(daktela).deleted == 0


def test_a_daktela_that_breaks_off_changes_nothing(daktela: Connection, simulator: Simulator) -> None:
    simulator.faults.add("status", "/api/v6/users", status=500, times=None)
    assert directory.pull(daktela).state == SyncRun.State.FAILED
    assert not Agent.objects.exists()


def test_it_begins_by_itself_once_the_connection_was_checked_and_runs_once_a_night(daktela: Connection) -> None:
    rounds.begin()
    stream = Stream.objects.get(connection=daktela, entity="user")
    assert (stream.every_minutes, stream.is_enabled) == (24 * 60, True)
    rounds.run(stream)
    assert Agent.objects.count() == 3
