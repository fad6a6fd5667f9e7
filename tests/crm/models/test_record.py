"""What holds for every record? Who sees it, when it changed, and what the database itself refuses."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.models import Account, Activity, Call, Contact, PhoneNumber, Queue, Task, User
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ContactFactory,
    PhoneNumberFactory,
    QueueFactory,
    TaskFactory,
    TeamFactory,
)


@pytest.mark.parametrize(
    ("factory", "model"),
    [
        (ContactFactory, Contact),
        (AccountFactory, Account),
        (CallFactory, Call),
        (ActivityFactory, Activity),
        (TaskFactory, Task),
    ],
)
def test_a_record_is_seen_by_its_team_by_everybody_if_it_has_none_and_by_admins(
    factory: Any, model: Any, agent: User, admin: User
) -> None:
    mine, common, foreign = (factory(team=team) for team in (agent.teams.get(), None, TeamFactory()))
    assert set(model.objects.visible_to(agent)) == {mine, common}
    assert {mine, common, foreign} <= set(model.objects.visible_to(admin))


def test_a_disabled_admin_sees_no_more_than_anybody(admin: User) -> None:
    admin.is_active = False
    ContactFactory(team=TeamFactory())
    assert not Contact.objects.visible_to(admin)


def test_changed_since_lists_what_changed_oldest_first(db: None) -> None:
    old = ContactFactory()
    began = timezone.now()
    second, first = ContactFactory(), ContactFactory()
    first.save()
    second.save()
    assert list(Contact.objects.changed_since(began)) == [first, second]
    assert old not in Contact.objects.changed_since(began)


@pytest.mark.parametrize(
    ("written", "plain", "sort_key"),
    [
        (("Žaneta", "Příhodová"), "zaneta prihodova", "prihodova zaneta"),
        (("", "Łukasz"), "lukasz", "lukasz"),
        (("Jürgen", "Weiß"), "jurgen weiss", "weiss jurgen"),
    ],
)
def test_names_are_compared_without_accents_and_sorted_by_the_last_name(
    db: None, written: tuple[str, str], plain: str, sort_key: str
) -> None:
    contact = ContactFactory(first_name=written[0], last_name=written[1])
    contact.refresh_from_db()
    assert (contact.plain, contact.sort_key) == (plain, sort_key)


def refused(make: Any) -> bool:
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return True
    return False


def test_the_database_refuses_what_must_not_be(db: None) -> None:
    contact, account = ContactFactory(numbers=["773796040"]), AccountFactory()
    call, activity = CallFactory(), ActivityFactory()
    assert refused(lambda: Contact.objects.create())
    assert refused(lambda: PhoneNumber.objects.create(number="+420773796041"))
    assert refused(lambda: PhoneNumber.objects.create(number="+420773796041", contact=contact, account=account))
    assert refused(lambda: PhoneNumber.objects.create(number="", contact=contact))
    assert refused(lambda: PhoneNumberFactory(contact=contact, written="773 796 040"))
    assert refused(lambda: Call.objects.create(source=call.source, call_id=call.call_id, started_at=timezone.now()))
    assert refused(
        lambda: Activity.objects.create(source=activity.source, activity_id=activity.activity_id, type="CALL")
    )
    assert refused(lambda: User.objects.create(username="Petr"))


def test_an_ignored_number_stands_in_the_list_once(db: None) -> None:
    queue = QueueFactory(country="CZ")
    for written in ("606 555 999", "+420606555999"):
        queue.ignore(written)
    assert Queue.objects.get(pk=queue.pk).ignored_numbers == ["+420606555999"]


def test_a_promise_is_overdue_until_it_is_done(db: None) -> None:
    task = TaskFactory(due_at=timezone.now())
    assert task.is_overdue
    task.finish()
    assert not Task.objects.get(pk=task.pk).is_overdue


def test_a_record_that_came_along_is_judged_as_the_queryset_would(agent: User, admin: User) -> None:
    mine, common, foreign = (ContactFactory(team=team) for team in (agent.teams.get(), None, TeamFactory()))
    for user in (agent, admin):
        seen = set(Contact.objects.visible_to(user))
        assert {contact for contact in (mine, common, foreign) if contact.is_visible_to(user)} == seen
