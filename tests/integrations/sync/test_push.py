"""Does what changed here get there, once, whatever happens on the way?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import Contact
from integrations.models import RecordFailure, RemoteLink, Stream
from integrations.models.connection import Connection
from integrations.sync import engine, push
from tests.factories import AccountFactory, ContactFactory
from tests.integrations.sync.books import Shelf, books, person, rows, stream

pytestmark = pytest.mark.django_db
THEIRS = (("last_name", "last"), ("first_name", "first"), ("phone.mobile", "mobile"), ("email", "emails"))


def centre() -> tuple[Connection, Shelf, Stream]:
    connection, shelf = books("centre")
    return connection, shelf, stream(connection, *THEIRS, direction="outward")


def test_P1_the_newest_state_is_sent_once_and_nothing_where_nothing_changed() -> None:
    _, shelf, outward = centre()
    one, two = ContactFactory(first_name="Jana"), ContactFactory(first_name="Petr")
    one.add_number("773796040", kind="mobile")
    run = engine.run(outward)
    assert (run.state, run.created, run.updated) == ("done", 2, 0)
    assert shelf.records["contact"][f"contact-own:{one.pk}"]["mobile"] == ["+420773796040"]
    run = engine.run(outward)
    assert (run.seen, run.unchanged, len(shelf.writes)) == (2, 2, 2)
    two.first_name = "Pavel"
    two.save()
    two.last_name = "Malý"
    two.save()
    run = engine.run(outward)
    assert (run.updated, len(shelf.writes)) == (1, 3)
    assert shelf.writes[-1].remote_id == f"contact-own:{two.pk}"
    assert shelf.writes[-1].values["first"] == "Pavel"


def test_a_dry_run_outward_says_what_stands_there_now() -> None:
    _, shelf, outward = centre()
    jana = ContactFactory(first_name="Jana", last_name="Nováková")
    engine.run(outward)
    Contact.objects.update(last_name="Malá", changed_at=timezone.now())
    (change,) = engine.dry_run(outward).changes.all()
    assert (change.before["last"], change.after["last"]) == ("Nováková", "Malá")
    assert change.before["first"] == change.after["first"] == "Jana"
    assert shelf.records["contact"][f"contact-own:{jana.pk}"]["last"] == "Nováková"


def test_contacts_that_ran_before_their_accounts_are_tried_again_as_soon_as_those_have_come() -> None:
    connection, shelf = books("centre")
    contacts = stream(connection, ("last_name", "last"), ("account", "company"), direction="outward")
    accounts = stream(connection, ("name", "company"), entity="account", direction="outward")
    jana = ContactFactory(account=AccountFactory(name="Kovárna"))
    engine.run(contacts)
    tomorrow = timezone.now() + timedelta(days=1)
    RecordFailure.objects.update(next_try_at=tomorrow)
    engine.dry_run(accounts)
    assert RecordFailure.objects.get().next_try_at == tomorrow
    engine.run(accounts)
    assert RecordFailure.objects.get().next_try_at <= timezone.now()
    engine.retry_due(contacts)
    assert shelf.records["contact"][f"contact-own:{jana.pk}"]["company"] in shelf.records["account"]
    assert RecordFailure.objects.get().state == "settled"


def test_a_dry_run_of_contacts_says_how_many_lack_their_account() -> None:
    connection, _ = books("centre")
    outward = stream(connection, ("last_name", "last"), ("account", "company"), direction="outward")
    ContactFactory.create_batch(2, account=AccountFactory())
    ContactFactory()
    run = engine.dry_run(outward)
    assert (run.state, run.message) == ("errors", "2 records would be listed under Failures, in whole or with a field.")


def test_only_where_empty_and_append_leave_what_stands_there() -> None:
    connection, shelf = books("centre")
    careful = [
        {"ours": "last_name", "theirs": "last"},
        {"ours": "job_title", "theirs": "job", "mode": "if_empty"},
        {"ours": "description", "theirs": "note", "mode": "append"},
        {"ours": "phone.mobile", "theirs": "mobile", "mode": "append"},
        {"ours": "email", "theirs": "emails", "mode": "append"},
    ]
    outward = stream(connection, *careful, direction="outward")
    jana = ContactFactory(job_title="Kovářka", description="Ours.", emails=["jana@example.cz"])
    jana.add_number("773796040", kind="mobile")
    engine.run(outward)
    there = shelf.records["contact"][f"contact-own:{jana.pk}"]
    assert (there["job"], there["note"], there["mobile"]) == ("Kovářka", "Ours.", ["+420773796040"])

    there |= {"job": "Theirs", "note": "Theirs.", "mobile": ["773 796 040", "777 111 222"], "emails": []}
    Contact.objects.update(last_name="Malá", job_title="Mistrová", changed_at=timezone.now())
    jana.add_number("603111222", kind="mobile")
    dry = engine.dry_run(outward).changes.get().after
    engine.run(outward)
    there = shelf.records["contact"][f"contact-own:{jana.pk}"]
    assert (
        dry
        == dict(shelf.writes[-1].values)
        == {
            "last": "Malá",
            "note": "Theirs.\nOurs.",
            "mobile": ["773 796 040", "777 111 222", "+420603111222"],
            "emails": ["jana@example.cz"],
        }
    )
    assert there["job"] == "Theirs"


def test_P5_what_was_added_over_there_to_an_appended_field_is_no_drift() -> None:
    connection, shelf = books("centre")
    row = {"ours": "description", "theirs": "note", "mode": "append"}
    outward = stream(connection, ("last_name", "last"), row, direction="outward")
    jana = ContactFactory(description="Ours.")
    engine.run(outward)
    there = shelf.records["contact"][f"contact-own:{jana.pk}"]
    there["note"] = "Ours. And theirs."
    assert engine.compare_ids(outward).updated == 0
    there["note"] = ""
    assert engine.compare_ids(outward).updated == 1
    assert shelf.records["contact"][f"contact-own:{jana.pk}"]["note"] == "Ours."


def test_P1_a_run_that_breaks_off_sends_nothing_twice() -> None:
    _, shelf, outward = centre()
    ContactFactory.create_batch(12)
    shelf.fails_after_writes = 5
    run = engine.run(outward)
    assert (run.state, run.created, RemoteLink.objects.count()) == ("failed", 5, 5)
    shelf.fails_after_writes = None
    assert engine.run(outward).created == 7
    assert len(shelf.writes) == 12


def test_P4_what_is_refused_waits_for_a_change() -> None:
    _, shelf, outward = centre()
    contact = ContactFactory()
    shelf.refused[f"own:{contact.pk}"] = "This e-mail address is not allowed."
    run = engine.run(outward)
    failure = RecordFailure.objects.get()
    assert (run.state, run.rejected, failure.state, failure.field) == ("errors", 1, "dead", "email")
    shelf.refused.clear()
    assert engine.run(outward).created == 0
    contact.first_name = "Other"
    contact.save()
    assert engine.run(outward).created == 1
    failure.refresh_from_db()
    assert failure.state == "settled"


def test_C7_what_is_hidden_or_deleted_here_is_retired_there_and_comes_back() -> None:
    _, shelf, outward = centre()
    one, two = ContactFactory(), ContactFactory()
    engine.run(outward)
    Contact.objects.filter(pk=one.pk).update(hidden_at=timezone.now(), changed_at=timezone.now())
    two_name = f"contact-own:{two.pk}"
    two.delete()
    run = engine.run(outward)
    assert (run.deleted, set(shelf.retired)) == (2, {f"contact-own:{one.pk}", two_name})
    assert engine.run(outward).deleted == 0
    Contact.objects.filter(pk=one.pk).update(hidden_at=None, changed_at=timezone.now())
    assert engine.run(outward).updated == 1
    assert RemoteLink.objects.get(contact=one).state == "live"


def test_a_contact_waits_for_its_account_and_is_sent_without_it_meanwhile() -> None:
    connection, shelf = books("centre")
    contacts = stream(connection, ("last_name", "last"), ("account", "company"), direction="outward")
    accounts = stream(connection, ("name", "title"), entity="account", direction="outward")
    contact = ContactFactory(account=AccountFactory(name="Acme"))
    run = engine.run(contacts)
    assert (run.state, run.created) == ("errors", 1)
    assert "company" not in shelf.writes[0].values
    engine.run(accounts)
    assert engine.run(contacts).state == "done"
    assert shelf.writes[-1].values["company"] == f"account-own:{contact.account_id}"


def test_C10_what_came_from_a_system_is_not_sent_back_to_it() -> None:
    connection, shelf = books()
    inward = stream(connection, ("last_name", "last"), ("first_name", "first"))
    outward = stream(connection, *THEIRS, direction="outward")
    inward.publish(rows(inward), None)
    shelf.put(person(1))
    engine.run(inward)
    engine.run(outward)
    assert all("last" not in item.values for item in shelf.writes)


def test_C12_what_comes_in_is_due_at_once_at_the_others() -> None:
    connection, shelf = books()
    inward = stream(connection, ("last_name", "last"))
    _, theirs, outward = centre()
    later = timezone.now() + timedelta(minutes=2)
    Stream.objects.filter(pk=outward.pk).update(is_enabled=True, due_at=later)
    shelf.put(person(1))
    engine.run(inward)
    outward.refresh_from_db()
    assert outward.due_at < later
    engine.run(outward)
    (record,) = theirs.records["contact"].values()
    assert (record["id"], record["last"]) == ("contact-books:p1", "Nováková")


def test_C10_what_we_wrote_coming_back_is_no_change_and_nobody_new() -> None:
    connection, shelf = books("centre")
    outward = stream(connection, ("last_name", "last"), direction="outward")
    inward = stream(connection, ("last_name", "last"), ("job_title", "job"))
    contact = ContactFactory(last_name="Malá")
    engine.run(outward)
    (there,) = shelf.records["contact"].values()
    shelf.put(there)
    before = Contact.objects.get().changed_at
    run = engine.run(inward)
    assert (run.seen, run.created, run.updated, run.unchanged) == (1, 0, 0, 1)
    assert Contact.objects.get().changed_at == before
    shelf.put({**there, "job": "Cook"})
    assert engine.run(inward).updated == 1
    contact.refresh_from_db()
    assert (contact.job_title, contact.last_name) == ("Cook", "Malá")
    writes = len(shelf.writes)
    assert engine.run(outward).updated == 0
    assert len(shelf.writes) == writes


def test_P1_what_was_committed_late_is_seen_by_the_next_run() -> None:
    """Its time of change is older than the cursor, but not than the overlap."""
    _, shelf, outward = centre()
    late = ContactFactory(first_name="Late")
    Contact.objects.filter(pk=late.pk).update(hidden_at=timezone.now())
    ContactFactory.create_batch(3)
    engine.run(outward)
    Contact.objects.filter(pk=late.pk).update(hidden_at=None, changed_at=timezone.now() - timedelta(minutes=4))
    assert engine.run(outward).created == 1
    assert len(shelf.writes) == 4


def test_P1_a_run_that_goes_on_begins_where_it_was() -> None:
    _, _, outward = centre()
    contacts = ContactFactory.create_batch(5)
    place = push.Place(contacts[2].changed_at, contacts[2].pk, timezone.now())
    Stream.objects.filter(pk=outward.pk).update(cursor=str(place))
    assert engine.run(Stream.objects.get(pk=outward.pk)).created == 2
    outward.refresh_from_db()
    assert outward.cursor.split("|")[1] == "0"
    assert engine.run(outward).created == 3, "the overlap brings what came before"


def test_C7_a_retiring_that_fails_for_now_is_tried_again() -> None:
    _, shelf, outward = centre()
    hidden, deleted = ContactFactory(), ContactFactory()
    engine.run(outward)
    names = {f"contact-own:{one.pk}" for one in (hidden, deleted)}
    shelf.busy = set(names)
    Contact.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now(), changed_at=timezone.now())
    deleted.delete()
    run = engine.run(outward)
    assert (run.state, run.deleted, run.rejected, shelf.retired) == ("errors", 0, 2, [])
    shelf.busy.clear()
    assert RecordFailure.objects.update(next_try_at=timezone.now()) == 1
    engine.retry_due(outward)
    engine.run(outward)
    assert (set(shelf.retired), len(shelf.retired)) == (names, 2)
    assert RecordFailure.objects.get().state == "settled"


def test_C7_who_is_deleted_here_while_being_sent_is_retired_there() -> None:
    _, shelf, outward = centre()
    contact = ContactFactory()
    shelf.meanwhile = lambda: Contact.objects.all().delete()
    assert engine.run(outward).state == "done"
    engine.run(outward)
    assert shelf.retired == [f"contact-own:{contact.pk}"]
