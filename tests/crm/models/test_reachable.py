"""Do a person and a company get the earlier calls of their number, and nobody's who was told apart by hand?"""

from __future__ import annotations

import pytest

from crm.models import Activity, User
from tests.factories import AccountFactory, ActivityFactory, ContactFactory, PhoneNumberFactory

NUMBER = "+420606555999"


def test_earlier_calls_of_an_unknown_number_are_adopted(db: None) -> None:
    earlier = ActivityFactory(number=NUMBER)
    person = ContactFactory(numbers=[NUMBER])
    assert person.adopt_calls(NUMBER) == 1
    earlier.refresh_from_db()
    assert (earlier.contact, earlier.call.contact, earlier.link) == (person, person, Activity.Link.AUTO)


def test_a_call_that_was_unlinked_by_hand_stays_unlinked(db: None) -> None:
    refused = ActivityFactory(number=NUMBER, link=Activity.Link.REFUSED)
    assert ContactFactory(numbers=[NUMBER]).adopt_calls(NUMBER) == 0
    refused.refresh_from_db()
    assert (refused.contact, refused.call.contact) == (None, None)


def test_a_call_that_was_given_to_a_company_stays_the_companys(agent: User) -> None:
    company = AccountFactory()
    given = ActivityFactory(number=NUMBER)
    given.link_to(account=company, by=agent)
    assert ContactFactory(numbers=[NUMBER]).adopt_calls(NUMBER) == 0
    given.refresh_from_db()
    assert (given.contact, given.call.contact, given.call.account) == (None, None, company)


@pytest.mark.parametrize("number", ["", NUMBER])
def test_the_calls_of_a_shared_or_withheld_number_are_nobodys_to_adopt(db: None, number: str) -> None:
    earlier = ActivityFactory(number=number)
    shared = PhoneNumberFactory(written=NUMBER, is_shared=True)
    assert shared.contact.adopt_calls(number) == 0
    earlier.refresh_from_db()
    assert earlier.contact is None
