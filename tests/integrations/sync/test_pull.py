"""Does what changed over there get here, once, whatever happens on the way?"""

from __future__ import annotations

import pytest
from django.db import connection as database

from crm.models import Contact, PhoneNumber
from integrations.models import RecordFailure, RemoteLink, SyncRun
from integrations.sync import engine, running
from tests.factories import ActivityFactory, CallFactory, ContactFactory
from tests.integrations.sync.books import PEOPLE, admins_field, books, person, stream

pytestmark = pytest.mark.django_db


def test_people_come_with_their_numbers_addresses_and_own_fields() -> None:
    connection, shelf = books()
    admins_field("tier")
    inward = stream(connection, *PEOPLE, ("email", "emails"), ("custom.tier", "extra.tier"), ("is_vip", "vip"))
    shelf.put(person(1, emails=["Jana@Example.com", "j@example.com"], extra={"tier": "gold"}, vip="yes"))
    run = engine.run(inward)
    assert (run.state, run.seen, run.created, run.rejected, run.message) == ("done", 1, 1, 0, "")
    contact = Contact.objects.get()
    assert (contact.name, contact.is_vip, contact.master) == ("Jana1 Nováková", True, "books")
    assert contact.custom == {"tier": "gold"}
    number = contact.phone_numbers.get()
    assert (number.number, number.kind, number.written) == ("+420773790001", "mobile", "773790001")
    assert [row.address for row in contact.email_addresses.all()] == ["jana@example.com", "j@example.com"]
    link = RemoteLink.objects.get()
    assert (link.remote_id, link.contact, link.state) == ("p1", contact, "live")
    inward.refresh_from_db()
    assert (inward.cursor, inward.leased_until, inward.attempts) == ("1", None, 0)


def test_people_come_in_the_order_of_their_page() -> None:
    connection, shelf = books()
    shelf.put(*(person(number) for number in (3, 1, 2)))
    engine.run(stream(connection, *PEOPLE))
    assert list(Contact.objects.order_by("pk").values_list("first_name", flat=True)) == ["Jana3", "Jana1", "Jana2"]


def test_G7_what_did_not_change_is_not_written() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(*(person(number) for number in range(5)))
    engine.run(inward)
    before = Contact.objects.latest("changed_at").changed_at
    run = engine.run(inward, "full")
    assert (run.kind, run.seen, run.unchanged, run.created, run.updated) == ("full", 5, 5, 0, 0)
    assert not run.changes.exists()
    assert Contact.objects.latest("changed_at").changed_at == before


def test_a_change_is_written_and_remembered_with_what_was_there() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, ("email", "email"))
    shelf.put(person(1, email="a@example.com"), person(2))
    engine.run(inward)
    shelf.put(person(1, first="Jiřina", mobile=["773 790 001", "+420 602 000 001"], email=None))
    run = engine.run(inward)
    assert (run.seen, run.updated) == (1, 1)
    contact = Contact.objects.get(first_name="Jiřina")
    assert {row.number for row in contact.phone_numbers.all()} == {"+420773790001", "+420602000001"}
    assert not contact.email_addresses.exists()
    change = run.changes.get()
    assert (change.action, change.before["first_name"], change.after["first_name"]) == ("updated", "Jana1", "Jiřina")
    assert change.before["email"] == ["a@example.com"]


def test_C9_an_absent_key_changes_nothing_and_null_clears() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, ("job_title", "job"), ("email", "email"))
    shelf.put(person(1, job="Smith", email="a@b.cz"), person(2, job="Cook", email="c@d.cz"))
    engine.run(inward)
    shelf.put({"id": "p1", "first": "Jana1"}, {"id": "p2", "job": None, "email": None, "mobile": []})
    engine.run(inward)
    one, two = Contact.objects.order_by("first_name")
    assert (one.job_title, one.last_name, two.job_title, two.last_name) == ("Smith", "Nováková", "", "Nováková")
    assert (one.phone_numbers.count(), one.email_addresses.count()) == (1, 1)
    assert (two.phone_numbers.count(), two.email_addresses.count()) == (0, 0)


def test_C6_a_failing_record_is_quarantined_and_the_run_goes_on_and_heals() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(person(1), {"id": "p2", "first": "", "last": None}, person(3, mobile="call me"))
    run = engine.run(inward)
    assert (run.state, run.created, run.rejected) == ("errors", 2, 1)
    failures = {row.key: row for row in RecordFailure.objects.all()}
    assert failures["p2"].reason == "It has neither a first nor a last name."
    assert (failures["p3"].field, failures["p3"].attempts) == ("phone.mobile", 1)
    assert failures["p2"].next_try_at
    shelf.put(person(2), person(3))
    assert engine.run(inward).state == "done"
    assert set(RecordFailure.objects.values_list("state", flat=True)) == {"settled"}
    assert PhoneNumber.objects.count() == 3


@pytest.mark.parametrize("poison", [[3], [0, 19], [7, 8, 9], list(range(20))])
def test_C6_records_that_the_database_refuses_do_not_stop_their_page(poison: list[int]) -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    with database.cursor() as cursor:
        cursor.execute("alter table crm_contact add constraint poison check (first_name <> 'Poison') not valid")
    shelf.put(*(person(number, first="Poison" if number in poison else "Jana") for number in range(20)))
    run = engine.run(inward)
    assert (run.state, run.created, run.rejected) == ("errors", 20 - len(poison), len(poison))
    assert set(RecordFailure.objects.values_list("key", flat=True)) == {f"p{number}" for number in poison}
    assert "The database refuses it" in RecordFailure.objects.first().reason
    assert Contact.objects.count() == RemoteLink.objects.count() == PhoneNumber.objects.count() == 20 - len(poison)
    inward.refresh_from_db()
    assert inward.cursor == "20"


def test_C4_a_run_that_breaks_off_keeps_what_it_has_and_goes_on_from_there() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.page_size, shelf.fails_after_pages = 10, 2
    shelf.put(*(person(number) for number in range(35)))
    run = engine.run(inward)
    assert (run.state, run.created, run.message) == ("failed", 20, "It went away.")
    inward.refresh_from_db()
    assert inward.cursor == "20"
    shelf.fails_after_pages = None
    assert engine.run(inward).created == 15
    assert Contact.objects.count() == RemoteLink.objects.count() == 35


def test_C8_a_cursor_that_is_no_longer_known_makes_a_full_run_and_says_so() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(person(1))
    engine.run(inward)
    shelf.put(person(2), person(3))
    shelf.trimmed = 2
    run = engine.run(inward)
    assert (run.kind, run.created, run.unchanged) == ("full", 2, 1)
    assert "everything was compared" in run.message


def test_C11_a_stream_is_run_by_one_at_a_time() -> None:
    connection, _ = books()
    inward = stream(connection, *PEOPLE)
    running.begin(inward, "changes")
    with pytest.raises(engine.Busy):
        engine.run(inward)
    assert SyncRun.objects.filter(state="running").count() == 1


def test_A7_calls_of_a_number_that_nobody_had_go_to_whom_it_comes_with() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    call = CallFactory(number="+420773790001")
    mine = ActivityFactory(call=call, number="+420773790001")
    refused = ActivityFactory(number="+420773790002", link="refused")
    both = ActivityFactory(number="+420773790003")
    missed = CallFactory(number="+420773790004")
    ContactFactory().add_number("773790003")
    shelf.put(person(1), person(2), person(3), person(4))
    engine.run(inward)
    for row in (call, mine, refused, both, missed):
        row.refresh_from_db()
    jana = Contact.objects.get(first_name="Jana1")
    assert (call.contact, mine.contact, mine.link) == (jana, jana, "auto")
    assert (refused.contact, both.contact) == (None, None)
    assert missed.contact.first_name == "Jana4"


def test_A7_a_companys_number_brings_its_calls_to_the_company() -> None:
    connection, shelf = books()
    inward = stream(connection, ("name", "title"), ("phone.switchboard", "mobile"), entity="account")
    mine = ActivityFactory(number="+420773790001", call=CallFactory(number="+420773790001"))
    shelf.put({"id": "a1", "title": "Acme", "mobile": "773790001"}, entity="account")
    assert engine.run(inward).state == "done"
    mine.refresh_from_db()
    assert (mine.account.name, mine.contact, mine.call.account) == ("Acme", None, mine.account)
