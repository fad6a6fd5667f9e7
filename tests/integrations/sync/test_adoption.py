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
    adoption.accept(proposal, "contact")
    activity.refresh_from_db()
    assert activity.contact == Contact.objects.get() == known
    assert adoption.proposals(connection, "contact") == []
    shelf.put(person(1, email="Jana@example.com"))
    assert engine.run(inward).updated == 1
    assert Contact.objects.get().name == "Jana1 Nováková"


def test_C5_a_number_that_many_share_proposes_nobody() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    ContactFactory().add_number("773790001", is_shared=True)
    shelf.put(person(1))
    engine.run(inward)
    assert adoption.proposals(connection, "contact") == []
