"""Is one user's part in a call linked, unlinked and concluded as people mean it?"""

from __future__ import annotations

from crm.models import Activity, User
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ContactFactory,
    OutcomeFactory,
)


def test_the_company_of_a_wrong_person_goes_with_that_person(agent: User) -> None:
    right = ContactFactory(account=AccountFactory())
    activity = ActivityFactory()
    activity.link_to(ContactFactory(account=AccountFactory()), by=agent)
    activity.link_to(right, by=agent)
    activity.call.refresh_from_db()
    assert (activity.account, activity.call.account) == (right.account, right.account)
    activity.call.link_to(ContactFactory(account=None), by=agent)
    activity.refresh_from_db()
    assert (activity.account, activity.call.account) == (None, None)


def test_a_company_that_somebody_chose_stays_with_the_next_person(agent: User) -> None:
    chosen = AccountFactory()
    activity = ActivityFactory()
    activity.link_to(ContactFactory(account=AccountFactory()), by=agent)
    activity.link_to(account=chosen, by=agent)
    activity.link_to(ContactFactory(account=AccountFactory()), by=agent)
    assert activity.account == chosen


def test_linking_to_a_person_brings_the_persons_company_and_tells_the_call(agent: User) -> None:
    activity = ActivityFactory()
    person = ContactFactory(account=AccountFactory())
    activity.link_to(person, by=agent)
    activity.call.refresh_from_db()
    assert (activity.account, activity.call.contact, activity.call.account) == (person.account, person, person.account)


def test_a_company_chosen_by_hand_stays_when_the_person_changes(agent: User) -> None:
    activity, company = ActivityFactory(), AccountFactory()
    activity.link_to(account=company, by=agent)
    activity.link_to(ContactFactory(account=AccountFactory()), by=agent)
    assert activity.account == company


def test_what_a_person_said_is_not_overruled_by_the_number(agent: User) -> None:
    activity, said, guessed = ActivityFactory(), ContactFactory(), ContactFactory()
    activity.link_to(said, by=agent)
    activity.link_to(guessed)
    assert (activity.contact, activity.link) == (said, Activity.Link.MANUAL)


def test_what_a_person_says_while_the_number_is_looked_up_stands(agent: User) -> None:
    linked, refused, said = ActivityFactory(), ActivityFactory(), ContactFactory()
    read_before = [Activity.objects.get(pk=one.pk) for one in (linked, refused)]
    linked.link_to(said, by=agent)
    refused.unlink()
    for activity in read_before:
        activity.link_to(ContactFactory())
    kept = Activity.objects.order_by("pk").values_list("contact", "link")
    assert list(kept) == [(said.pk, Activity.Link.MANUAL), (None, Activity.Link.REFUSED)]


def test_unlinking_is_remembered(db: None) -> None:
    activity, guessed = ActivityFactory(), ContactFactory()
    activity.link_to(guessed)
    activity.unlink()
    activity.link_to(guessed)
    activity.refresh_from_db()
    assert (activity.contact, activity.link) == (None, Activity.Link.REFUSED)


def test_one_call_has_an_activity_for_each_user_who_handled_it(db: None) -> None:
    call = CallFactory()
    for _ in range(2):
        ActivityFactory(call=call)
    assert call.activities.count() == 2


def test_concluding_keeps_the_first_time_and_notes_a_corrected_outcome(agent: User) -> None:
    solved, wrong = OutcomeFactory(title="Solved"), OutcomeFactory(title="Wrong number")
    activity = ActivityFactory()
    activity.conclude(note="Sent.", outcome_id=wrong.pk, custom={}, by=agent)
    first = activity.done_at
    activity = Activity.objects.get(pk=activity.pk)
    activity.conclude(note="Sent.", outcome_id=solved.pk, custom={}, by=agent)
    assert activity.done_at == first
    assert Activity.objects.get(type=Activity.Type.NOTE).title == "Outcome corrected: Wrong number → Solved"


def test_a_person_with_only_a_desk_telephone_is_named_without_a_log_in(db: None) -> None:
    activity = ActivityFactory(user=None, user_name="Reception, extension 205", source="", activity_id=None)
    activity.full_clean()
    assert activity.user_name.startswith("Reception")
