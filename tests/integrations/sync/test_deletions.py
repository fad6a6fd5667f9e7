"""Is what is deleted over there hidden here, never by mistake, and back when it comes back?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import Contact, PhoneNumber, Suppression
from integrations.models import RecordFailure, RemoteLink, Stream
from integrations.sync import deletions, engine, running
from tests.factories import ActivityFactory, ContactFactory, TaskFactory
from tests.integrations.sync.books import PEOPLE, Shelf, admins_field, books, person, stream

pytestmark = pytest.mark.django_db


def many(count: int) -> tuple[Shelf, Stream]:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(*(person(number) for number in range(count)))
    assert engine.run(inward).created == count
    return shelf, inward


def hidden() -> set[str]:
    return set(Contact.objects.exclude(hidden_at=None).values_list("first_name", flat=True))


def test_C7_what_is_deleted_is_hidden_with_its_history_kept_and_comes_back() -> None:
    shelf, inward = many(3)
    activity = ActivityFactory(contact=Contact.objects.get(first_name="Jana1"))
    shelf.delete("p1")
    run = engine.run(inward)
    assert (run.deleted, hidden()) == (1, {"Jana1"})
    activity.refresh_from_db()
    assert activity.contact
    shelf.put(person(1))
    run = engine.run(inward)
    assert (run.updated, run.created, hidden()) == (1, 0, set())
    assert RemoteLink.objects.get(remote_id="p1").state == "live"


def test_C7_what_is_hidden_is_deleted_after_thirty_days_and_its_calls_stay() -> None:
    shelf, inward = many(2)
    activity = ActivityFactory(contact=Contact.objects.get(first_name="Jana1"))
    shelf.delete("p1")
    engine.run(inward)
    assert deletions.purge() == 0
    Contact.objects.filter(first_name="Jana1").update(hidden_at=timezone.now() - timedelta(days=31))
    assert deletions.purge() == 1
    activity.refresh_from_db()
    assert activity.contact is None
    shelf.put(person(1))
    assert engine.run(inward).created == 1


def test_C7_more_than_a_few_deletions_stop_and_ask() -> None:
    shelf, inward = many(60)
    shelf.delete(*(f"p{number}" for number in range(21)))
    run = engine.run(inward)
    inward.refresh_from_db()
    assert (run.state, run.deleted, hidden()) == ("stopped", 0, set())
    assert "21 of 60 contacts are gone" in inward.paused_reason
    engine.approve(inward)
    inward.refresh_from_db()
    run = engine.run(inward)
    inward.refresh_from_db()
    assert (run.state, run.deleted, len(hidden())) == ("done", 21, 21)
    assert (inward.paused_reason, inward.deletions_approved) == ("", 0)


def test_C7_what_a_person_wants_kept_is_kept_now_and_later() -> None:
    shelf, inward = many(60)
    shelf.delete(*(f"p{number}" for number in range(21)))
    engine.run(inward)
    deletions.keep(inward)
    for _ in range(2):
        inward.refresh_from_db()
        run = engine.run(inward)
        inward.refresh_from_db()
        assert (run.state, run.deleted, hidden(), inward.paused_reason) == ("done", 0, set(), "")
    shelf.delete("p30")
    engine.run(inward)
    assert hidden() == set()


def test_C7_the_comparison_finds_what_no_listing_told_and_tells_gone_from_unseen() -> None:
    shelf, inward = many(10)
    shelf.records["contact"].pop("p1")
    shelf.hidden = {"p2"}
    shelf.records["contact"]["p77"] = person(77)
    run = engine.compare_ids(inward)
    assert (run.state, run.kind, run.deleted, run.created, hidden()) == ("done", "ids", 1, 1, {"Jana1"})
    assert RemoteLink.objects.get(remote_id="p2").state == "suspended"
    assert Contact.objects.get(first_name="Jana2").hidden_at is None
    inward.refresh_from_db()
    assert inward.compared_at


def test_C7_a_listing_that_breaks_off_deletes_nothing() -> None:
    shelf, inward = many(10)
    shelf.page_size, shelf.fails_after_pages = 2, 1
    shelf.records["contact"].pop("p9")
    assert engine.compare_ids(inward).state == "failed"
    assert hidden() == set()


def test_C7_a_merged_record_gives_everything_to_the_survivor() -> None:
    shelf, inward = many(3)
    one, two = Contact.objects.filter(first_name__in=["Jana1", "Jana2"]).order_by("first_name")
    activity, task = ActivityFactory(contact=one), TaskFactory(contact=one)
    shelf.merge("p1", "p2")
    run = engine.run(inward)
    activity.refresh_from_db()
    task.refresh_from_db()
    assert (activity.contact, task.contact, hidden()) == (two, two, {"Jana1"})
    assert {row.number for row in two.phone_numbers.all()} == {"+420773790001", "+420773790002"}
    assert run.changes.get(action="merged").after == {"survivor": two.pk}


def test_C1_another_systems_record_is_not_ours_to_hide() -> None:
    shelf, inward = many(1)
    Contact.objects.update(master="other")
    shelf.delete("p0")
    engine.run(inward)
    assert hidden() == set()


def test_what_somebody_deleted_here_does_not_come_back_by_itself() -> None:
    shelf, inward = many(1)
    Contact.objects.all().delete()
    shelf.put(person(0, last="Changed"))
    assert engine.run(inward).created == 0
    assert not Contact.objects.exists()


def test_X1_an_erased_person_does_not_come_back() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, ("email", "email"))
    Suppression.objects.suppress("remote:books:contact", ["p1"])
    Suppression.objects.suppress("number", ["+420773790002"])
    Suppression.objects.suppress("email", ["gone@example.com"])
    shelf.put(person(1), person(2), person(3, email="gone@example.com"), person(4))
    run = engine.run(inward)
    assert (run.created, run.rejected) == (1, 3)
    assert Contact.objects.get().first_name == "Jana4"
    shelf.put(person(4, mobile=["773790004", "773790002"]))
    engine.run(inward)
    assert [row.number for row in Contact.objects.get().phone_numbers.all()] == ["+420773790004"]


def test_X1_an_erased_person_does_not_come_back_by_a_retry_either() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    Suppression.objects.suppress("remote:books:contact", ["p1"])
    failed_before = RecordFailure.objects.create(stream=inward, key="p1", reason="Unreadable.")
    shelf.put(person(1))
    engine.retry(failed_before)
    assert not Contact.objects.exists()


def test_a_contact_of_our_own_is_never_hidden_by_a_comparison() -> None:
    ContactFactory()
    _, inward = many(1)
    assert engine.compare_ids(inward).deleted == 0


def test_C7_what_was_approved_for_a_comparison_is_deleted_by_it() -> None:
    shelf, inward = many(60)
    for number in range(21):
        shelf.records["contact"].pop(f"p{number}")
    assert engine.compare_ids(inward).state == "stopped"
    engine.approve(inward)
    assert engine.run(Stream.objects.get(pk=inward.pk)).state == "done"
    run = engine.compare_ids(Stream.objects.get(pk=inward.pk))
    assert (run.state, run.deleted, Stream.objects.get(pk=inward.pk).deletions_approved) == ("done", 21, 0)


def test_C7_a_chain_of_merges_ends_at_its_last_survivor() -> None:
    shelf, inward = many(3)
    activity = ActivityFactory(contact=Contact.objects.get(first_name="Jana0"))
    shelf.merge("p0", "p1")
    shelf.merge("p1", "p2")
    assert engine.run(inward).deleted == 2
    activity.refresh_from_db()
    last = Contact.objects.get(hidden_at=None)
    assert (last.first_name, activity.contact, last.phone_numbers.count()) == ("Jana2", last, 3)


def test_C7_a_chain_that_is_told_from_its_end_ends_there_as_well() -> None:
    shelf, inward = many(4)
    activity = ActivityFactory(contact=Contact.objects.get(first_name="Jana0"))
    shelf.page_size = 1
    shelf.merge("p2", "p3")
    shelf.merge("p1", "p2")
    engine.run(inward)
    shelf.merge("p0", "p1")
    engine.run(inward)
    activity.refresh_from_db()
    last = Contact.objects.get(hidden_at=None)
    assert (last.first_name, activity.contact, last.phone_numbers.count()) == ("Jana3", last, 4)


@pytest.mark.parametrize(("page_size", "gone"), [(100, set()), (1, {"Jana0"})])
def test_C7_merges_in_a_circle_take_nothing_away(page_size: int, gone: set[str]) -> None:
    shelf, inward = many(2)
    shelf.page_size = page_size
    shelf.merge("p0", "p1")
    shelf.merge("p1", "p0")
    assert (engine.run(inward).state, hidden()) == ("done", gone)
    assert PhoneNumber.objects.filter(contact__hidden_at=None).count() == 2


def test_C7_two_with_one_number_are_merged_into_a_third() -> None:
    shelf, inward = many(3)
    shelf.put(person(1, mobile=person(0)["mobile"]))
    engine.run(inward)
    shelf.merge("p0", "p2")
    shelf.merge("p1", "p2")
    assert engine.run(inward).state == "done"
    numbers = Contact.objects.get(hidden_at=None).phone_numbers.order_by("number")
    assert [row.number for row in numbers] == ["+420773790000", "+420773790002"]


def test_C7_a_merge_is_told_once_and_leaves_alone_what_a_person_took_over() -> None:
    shelf, inward = many(3)
    shelf.merge("p0", "p2")
    shelf.merge("p1", "p2")
    engine.run(inward)
    taken = Contact.objects.filter(first_name="Jana1")
    taken.bring_back()
    taken.get().add_number("602111222")
    run = engine.run(inward, "full")
    assert (run.deleted, run.changes.count(), hidden()) == (0, 0, {"Jana0"})
    assert [row.number for row in taken.get().phone_numbers.all()] == ["+420602111222"]


def test_P1_the_numbers_a_survivor_gets_are_sent_on() -> None:
    shelf, inward = many(2)
    centre, there = books("centre")
    outward = stream(centre, ("phone.mobile", "mobile"), direction="outward")
    engine.run(outward)
    shelf.merge("p0", "p1")
    engine.run(inward)
    engine.run(outward)
    assert set(there.records["contact"]["contact-books:p1"]["mobile"]) == {"+420773790000", "+420773790001"}


def test_X1_what_an_erased_person_was_known_by_comes_into_no_field_of_an_admin_either() -> None:
    connection, shelf = books()
    admins_field("second", "phone")
    admins_field("private", "email")
    inward = stream(connection, *PEOPLE, ("custom.second", "work"), ("custom.private", "email"))
    Suppression.objects.suppress("number", ["+420602000001"])
    Suppression.objects.suppress("email", ["gone@example.com"])
    shelf.put(person(1, work="602000001"), person(2, email="Gone@example.com"), person(3))
    assert (engine.run(inward).created, Contact.objects.get().first_name) == (1, "Jana3")
    shelf.put(person(3, work="602000001", email="gone@example.com", first="Jiřina"))
    engine.run(inward)
    contact = Contact.objects.get()
    assert (contact.first_name, any(contact.custom.values())) == ("Jiřina", False)
    assert [row.number for row in contact.phone_numbers.all()] == ["+420773790003"]


def test_C7_a_persons_answer_during_a_dry_run_is_not_forgotten() -> None:
    shelf, inward = many(60)
    shelf.delete(*(f"p{number}" for number in range(21)))
    engine.run(inward)
    waiting = Stream.objects.get(pk=inward.pk)
    run = running.begin(waiting, "dry")
    engine.approve(inward)
    running.end(waiting, run, "done")
    assert engine.run(Stream.objects.get(pk=inward.pk)).deleted == 21
