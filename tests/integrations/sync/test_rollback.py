"""Does a roll-back put back what its run wrote, once, and leave alone what somebody did since?"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.db import connection as database
from django.utils import timezone

from crm.models import Contact, Suppression
from integrations.models import RemoteLink, SyncRun
from integrations.sync import engine
from tests.factories import TaskFactory
from tests.integrations.sync.books import PEOPLE, books, person, stream

pytestmark = pytest.mark.django_db


def test_a_run_is_rolled_back_where_nobody_has_edited_since() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, ("email", "email"))
    shelf.put(person(1, email="a@b.cz"), person(2))
    engine.run(inward)
    shelf.put(
        person(1, first="Jiřina", mobile="602000001", email="x@y.cz"), person(2, first="Pavla"), person(3), person(4)
    )
    run = engine.run(inward)
    Contact.objects.filter(first_name="Pavla").update(first_name="Edited", changed_at=timezone.now())
    TaskFactory(contact=Contact.objects.get(first_name="Jana4"))
    undone = engine.roll_back(run)
    one = Contact.objects.get(first_name="Jana1")
    assert [row.number for row in one.phone_numbers.all()] == ["+420773790001"]
    assert [row.address for row in one.email_addresses.all()] == ["a@b.cz"]
    assert set(Contact.objects.values_list("first_name", flat=True)) == {"Jana1", "Edited", "Jana4"}
    reasons = set(undone.changes.filter(action="rejected").values_list("remote_id", "reason"))
    assert {name for name, _ in reasons} == {"p2", "p4"}
    assert (undone.kind, undone.state) == ("rollback", "errors")
    with pytest.raises(ValueError):
        engine.roll_back(SyncRun.objects.get(pk=run.pk))


def test_what_a_rolled_back_run_had_made_is_retired_where_it_was_sent() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    centre, theirs = books("centre")
    outward = stream(centre, ("last_name", "last"), direction="outward")
    shelf.put(person(1))
    run = engine.run(inward)
    engine.run(outward)
    engine.roll_back(run)
    assert engine.run(outward).deleted == 1
    assert theirs.retired == ["contact-books:p1"]
    engine.run(inward, "full")
    assert Contact.objects.count() == 1
    assert engine.run(outward).state == "done"
    assert list(theirs.records["contact"]) == ["contact-books:p1"]


def test_a_record_that_changed_twice_in_a_run_is_rolled_back_to_what_it_was_before() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(person(1))
    engine.run(inward)
    shelf.page_size, shelf.meanwhile = 1, lambda: shelf.records["contact"].update(p1=person(1, first="Second"))
    shelf.put(person(1, first="First"))
    shelf.put(person(1, first="First"))
    run = engine.run(inward)
    assert (run.updated, Contact.objects.get().first_name) == (2, "Second")
    undone = engine.roll_back(run)
    assert (undone.state, Contact.objects.get().first_name) == ("done", "Jana1")


@pytest.mark.parametrize("edited", [[], ["Edited"]], ids=["left alone", "edited since"])
def test_what_a_run_made_and_then_changed_goes_with_its_roll_back_unless_somebody_edited_it(edited: list[str]) -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.page_size, shelf.meanwhile = 1, lambda: shelf.records["contact"].update(p1=person(1, first="Second"))
    shelf.put(person(1))
    shelf.put(person(1))
    run = engine.run(inward)
    assert (run.created, run.updated, Contact.objects.get().first_name) == (1, 1, "Second")
    for name in edited:
        Contact.objects.update(last_name=name, changed_at=timezone.now())
    undone = engine.roll_back(run)
    assert list(Contact.objects.values_list("first_name", "last_name")) == [("Second", name) for name in edited]
    assert (undone.rejected, undone.deleted) == (len(edited), 1 - len(edited))


def test_a_roll_back_that_broke_off_goes_on_when_it_is_asked_for_again() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(*(person(number) for number in range(600)))
    engine.run(inward)
    shelf.put(*(person(number, first="Wrong") for number in range(600)))
    run, wrong = engine.run(inward), Contact.objects.filter(first_name="Wrong")

    def break_off(execute: Any, sql: str, *rest: Any) -> Any:
        if "set cursor" in sql and not wrong.exists():
            raise OperationalError
        return execute(sql, *rest)

    with database.execute_wrapper(break_off):
        assert engine.roll_back(run).state == "failed"
    assert wrong.count() == 100
    undone = engine.roll_back(SyncRun.objects.get(pk=run.pk))
    assert (undone.state, undone.updated, undone.rejected) == ("done", 100, 0)
    assert not wrong.exists()


def test_a_roll_back_shows_only_what_its_run_hid_and_nobody_took_since() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(person(1), person(2))
    engine.run(inward)
    shelf.delete("p1", "p2")
    run = engine.run(inward)
    shelf.put(person(1))
    engine.run(inward)
    shelf.delete("p1")
    engine.run(inward)
    Contact.objects.filter(first_name="Jana2").bring_back()
    engine.roll_back(run)
    assert Contact.objects.get(first_name="Jana1").hidden_at
    assert Contact.objects.get(first_name="Jana2").master == ""
    assert set(RemoteLink.objects.values_list("state", flat=True)) == {"gone"}


def test_X1_a_roll_back_brings_no_erased_number_back() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(person(1))
    engine.run(inward)
    shelf.put(person(1, first="Jiřina", mobile="602000002"))
    run = engine.run(inward)
    Suppression.objects.suppress("number", ["+420773790001"])
    engine.roll_back(run)
    contact = Contact.objects.get()
    assert (contact.first_name, contact.phone_numbers.count()) == ("Jana1", 0)
