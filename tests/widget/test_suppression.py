"""The erased stay erased (contract X1): does the card refuse to keep them, and say why?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crm.models import Contact, EmailAddress, PhoneNumber, Suppression, Team
from tests.factories import ContactFactory

Open = Callable[..., Any]
NUMBER, ADDRESS = "+420773796040", "jana@example.cz"


@pytest.fixture(autouse=True)
def erased(db: None) -> None:
    Suppression.objects.suppress("number", [NUMBER])
    Suppression.objects.suppress("email", [ADDRESS])


def test_x1_a_new_contact_from_an_erased_number_is_refused(frame: Open) -> None:
    opened = frame(NUMBER)
    opened.post("open")
    answer = opened.post("create", name="Jana Nováková")
    assert answer.status == 409
    assert "This person asked to be erased, so this number must not be kept again." in answer.text
    assert not Contact.objects.exists()


def test_x1_an_erased_address_is_marked_in_the_form(frame: Open) -> None:
    opened = frame("606 555 999")
    opened.post("open")
    answer = opened.post("create", name="Jana Nováková", email=ADDRESS)
    assert answer.status == 422
    assert "This person asked to be erased, so this address must not be kept again." in answer.text
    assert not Contact.objects.exists()


@pytest.mark.parametrize("clid", [NUMBER, ADDRESS])
def test_x1_attaching_it_to_somebody_is_refused_and_linking_alone_is_not(frame: Open, team: Team, clid: str) -> None:
    petr = ContactFactory(last_name="Malý", team=team)
    opened = frame(clid) if clid == NUMBER else frame(clid, callid="")
    opened.post("open")
    attached = opened.post("link", record=f"contact-{petr.pk}", attach="1")
    assert attached.status == 409
    assert "asked to be erased" in attached.text
    assert opened.post("link", record=f"contact-{petr.pk}").status == 200
    assert not PhoneNumber.objects.exists()
    assert not EmailAddress.objects.exists()
