"""Does a card know at once what has changed for its queue, whoever changed it, though a process keeps it?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from crm.models import Contact, CustomField, Outcome, Queue, User
from tests.factories import (
    ActivityFactory,
    ConnectionFactory,
    ContactFactory,
    CustomFieldFactory,
    OutcomeFactory,
    ScreenPopRuleFactory,
)
from tests.widget.conftest import Frame
from widget import house
from widget.models import Mark, ScreenPopRule

FrameOf = Callable[..., Frame]
READ = set(re.findall(r"(?:from|join) ((?:crm|integrations|widget)_\w+)", house.HOUSE.named))


def mark() -> Any:
    """None where the test before emptied every table; the next change makes one."""
    return Mark.objects.values_list("value", flat=True).first()


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("table", sorted(READ - {"widget_mark"}))
@pytest.mark.parametrize(
    "change",
    ["insert into {0} select * from {0}", "delete from {0}", "truncate {0} cascade", "update {0} set {1} = {1}"],
    ids=lambda change: change.split()[0],
)
def test_every_change_of_what_is_kept_renews_the_mark(table: str, change: str) -> None:
    column = {"integrations_connection": "origin", "crm_user": "name"}.get(table, "id")
    before = mark()
    run(change.format(table, column))
    assert mark() != before


@pytest.mark.django_db
def test_what_a_connection_counts_by_itself_renews_nothing() -> None:
    ConnectionFactory()
    before = mark()
    run("update integrations_connection set refused_count = refused_count + 1, failures_in_a_row = 1, quota = '{}'")
    assert mark() == before


@pytest.mark.django_db
def test_who_signs_in_renews_nothing(client_of: Callable[[User], Client], agent: User) -> None:
    before = mark()
    client_of(agent)
    assert mark() == before


@pytest.mark.django_db
def test_a_mark_that_was_lost_is_made_anew_by_the_next_change(frame: FrameOf, queue: Queue) -> None:
    assert queue.title in frame().open().text
    Mark.objects.all().delete()
    assert queue.title in frame().open().text
    Queue.objects.update(title="Bookings")
    assert "Bookings" in frame().open().text


@pytest.fixture
def other() -> Iterator[psycopg.Connection[Any]]:
    """Another process, as far as PostgreSQL can tell."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        yield other


@pytest.fixture
def kept(frame: FrameOf, queue: Queue, agent: User, transactional_db: None) -> Frame:
    """A card of Jana's, opened once: from now on its queue is kept in this process."""
    ConnectionFactory(origin="https://old.daktela.com")
    CustomFieldFactory(key="contract", title="Contract")
    queue.wrapup_fields.add(CustomFieldFactory(record=CustomField.Of.ACTIVITY, key="reason", title="Reason"))
    ContactFactory(first_name="Jana", last_name="Nováková", custom={"contract": "C-1"}, numbers=["773 796 040"])
    ScreenPopRuleFactory(queue=queue, fields=["custom:contract"])
    OutcomeFactory(title="Not offered yet")
    frame = frame()
    page = frame.open()
    assert all(word in page.text for word in ("Support CZ", "Solved", "Contract", "Reason", "Jana Nováková"))
    return frame


CHANGES = {
    "a queue's title": ("update crm_queue set title = 'Bookings'", "Bookings"),
    "an outcome's title": ("update crm_outcome set title = 'Sold' where title = 'Solved'", "Sold"),
    "an outcome offered": (
        """insert into crm_queueoutcome (queue_id, outcome_id, position)
           select q.id, o.id, 2 from crm_queue q, crm_outcome o where o.title = 'Not offered yet'""",
        "Not offered yet",
    ),
    "a field's title": ("update crm_customfield set title = 'Agreement' where key = 'contract'", "Agreement"),
    "a wrap-up field's title": ("update crm_customfield set title = 'Cause' where key = 'reason'", "Cause"),
    "a rule": ("update widget_screenpoprule set fields = array['numbers']", "Numbers"),
    "an own number": ("update crm_queue set own_numbers = array['+420773796040']", "This is one of our own numbers"),
    "a Daktela's address": ("update integrations_connection set origin = 'https://new.daktela.com'", "new.daktela.com"),
}
GONE = {
    "a wrap-up field": ("delete from crm_queue_wrapup_fields", "Reason"),
    "a rule": ("delete from widget_screenpoprule", "Contract"),
    "a field": ("delete from crm_customfield where key = 'contract'", "Contract"),
    "a Daktela": ("update integrations_connection set is_enabled = false", "old.daktela.com"),
}


def everything(frame: Frame) -> str:
    page = frame.open()
    return f"{page.text} {page.headers['Content-Security-Policy']}"


@pytest.mark.parametrize(("statement", "words"), CHANGES.values(), ids=CHANGES)
def test_what_another_process_changed_is_on_the_next_card(
    kept: Frame, other: psycopg.Connection[Any], statement: str, words: str
) -> None:
    assert words not in everything(kept)
    other.execute(statement)
    assert words in everything(kept)


@pytest.mark.parametrize(("statement", "words"), GONE.values(), ids=GONE)
def test_what_another_process_took_away_is_gone_from_the_next_card(
    kept: Frame, other: psycopg.Connection[Any], statement: str, words: str
) -> None:
    assert words in everything(kept)
    other.execute(statement)
    assert words not in everything(kept)


def test_a_queue_that_moved_to_another_country_reads_the_number_anew(
    kept: Frame, other: psycopg.Connection[Any]
) -> None:
    other.execute("update crm_phonenumber set number = '+421773796040'")
    assert "same last 8 digits" in kept.open().text
    other.execute("update crm_queue set country = 'SK'")
    assert "same last 8 digits" not in kept.open().text


def test_what_a_call_came_to_is_said_as_it_is_called_now(kept: Frame, other: psycopg.Connection[Any]) -> None:
    ActivityFactory(contact=Contact.objects.get(), outcome=Outcome.objects.get(title="Not offered yet"))
    assert "Not offered yet" in kept.open().text
    other.execute("update crm_outcome set title = 'Sold' where title = 'Not offered yet'")
    assert "Sold" in kept.open().text


def test_an_agent_is_called_by_his_name_of_now(kept: Frame, other: psycopg.Connection[Any], agent: User) -> None:
    ScreenPopRule.objects.update(fields=["owner"])
    Contact.objects.update(owner=agent)
    ActivityFactory(contact=Contact.objects.get(), user=agent, note="He called before.")
    other.execute("update crm_user set name = 'Eva Nová' where id = %s", [agent.pk])
    text = kept.open().text
    assert "Eva Nová: He called before." in text
    assert text.count("Eva Nová") == 3  # the last contact, its entry, the owner


def test_a_change_counts_from_its_commit(kept: Frame, other: psycopg.Connection[Any]) -> None:
    with other.transaction():
        other.execute("update crm_queue set title = 'Bookings'")
        assert "Support CZ" in kept.open().text
    assert "Bookings" in kept.open().text


def test_what_was_rolled_back_was_never_kept(kept: Frame, other: psycopg.Connection[Any]) -> None:
    with other.transaction(force_rollback=True):
        other.execute("update crm_queue set title = 'Bookings'")
        other.execute("update crm_outcome set title = 'Sold' where title = 'Solved'")
    page = kept.open()
    assert "Support CZ" in page.text
    assert "Solved" in page.text


def test_of_two_who_change_things_at_once_the_second_waits(other: psycopg.Connection[Any], kept: Frame) -> None:
    """Whatever the first does next, neither blocks the other for good."""
    with psycopg.connect(**connection.get_connection_params()) as first:
        first.execute("update crm_queue set title = 'Bookings'")
        other.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("update crm_outcome set title = 'Sold' where title = 'Solved'")
        first.execute("update crm_outcome set title = 'Done' where title = 'Solved'")
    other.execute("update crm_outcome set title = 'Sold' where title = 'Done'")
    assert Outcome.objects.filter(title="Sold").exists()


def test_a_queue_that_is_gone_is_missed_at_once(kept: Frame, other: psycopg.Connection[Any]) -> None:
    other.execute("update crm_queue set slug = 'elsewhere'")
    assert kept.open().status == 404
