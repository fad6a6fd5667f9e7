"""Is a person we had already only proposed, never silently made one with somebody from over there (contract C5)?"""

from __future__ import annotations

import pytest

from crm.models import Contact
from integrations.models import RemoteLink
from integrations.sync import adoption, engine
from tests.factories import ActivityFactory, ContactFactory
from tests.integrations.sync.books import PEOPLE, books, person, stream

pytestmark = pytest.mark.django_db


def test_C5_a_shared_number_proposes_and_does_not_link() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, ("email", "email"))
    known = ContactFactory(first_name="Jana", last_name="Stará")
    known.add_number("773790001")
    shelf.put(person(1), person(2))
    assert engine.run(inward).created == 2
    theirs = RemoteLink.objects.get(remote_id="p1").contact
    assert theirs != known
    (proposal,) = adoption.proposals(connection, "contact")
    assert (proposal.theirs_id, proposal.ours_id, proposal.because) == (theirs.pk, known.pk, "+420773790001")


def test_C5_what_a_person_accepts_is_one_record_with_both_histories() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, ("email", "email"))
    known = ContactFactory(first_name="Jana", last_name="Stará")
    known.add_email("jana@example.com")
    shelf.put(person(1, email="Jana@example.com"))
    engine.run(inward)
    activity = ActivityFactory(contact=RemoteLink.objects.get().contact)
    (proposal,) = adoption.proposals(connection, "contact")
    assert adoption.accept(connection, "contact", proposal.link_id, proposal.ours_id)
    activity.refresh_from_db()
    assert activity.contact == Contact.objects.get() == known
    assert activity.contact.name == "Jana1 Nováková", "what theirs said is in the mapped fields"
    assert not adoption.accept(connection, "contact", proposal.link_id, proposal.ours_id), "once"
    assert adoption.proposals(connection, "contact") == []
    shelf.put(person(1, email="Jana@example.com", last="Malá"))
    assert engine.run(inward).updated == 1
    assert Contact.objects.get().name == "Jana1 Malá"


def test_C5_what_is_adopted_keeps_its_names_in_the_other_systems() -> None:
    connection, shelf = books()
    elsewhere, _ = books("elsewhere")
    inward = stream(connection, *PEOPLE)
    known = ContactFactory(numbers=["773790001"])
    shelf.put(person(1))
    engine.run(inward)
    theirs = Contact.objects.get(master=connection.slug)
    RemoteLink.objects.create(connection=elsewhere, entity="contact", remote_id="e1", contact=theirs, sent=b"x")
    (proposal,) = adoption.proposals(connection, "contact")
    adoption.accept(connection, "contact", proposal.link_id, proposal.ours_id)
    link = RemoteLink.objects.get(connection=elsewhere)
    assert (link.contact, link.sent) == (known, None), "it is sent there anew, under the name it has there"


def test_C5_what_a_person_calls_two_is_not_proposed_again() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    ContactFactory(numbers=["773790001"])
    shelf.put(person(1))
    engine.run(inward)
    (proposal,) = adoption.proposals(connection, "contact")
    pair = (connection, "contact", proposal.link_id, proposal.ours_id)
    assert adoption.refuse(*pair)
    assert adoption.proposals(connection, "contact") == []
    assert not adoption.refuse(*pair)
    assert not adoption.accept(*pair)
    assert Contact.objects.count() == 2


def test_C5_two_extensions_of_one_number_are_two_people() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    ContactFactory().add_number("773790001 ext. 12")
    shelf.put(person(1))
    engine.run(inward)
    assert adoption.proposals(connection, "contact") == []


def test_C5_a_number_that_many_share_proposes_nobody() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    ContactFactory().add_number("773790001", is_shared=True)
    shelf.put(person(1))
    engine.run(inward)
    assert adoption.proposals(connection, "contact") == []
