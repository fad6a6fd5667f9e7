"""Whose number is this? The reasons and the ranking, as a table; what confirming teaches, as a law."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from crm import matching
from crm.matching import Status, who_has, who_wrote
from crm.models import Contact, PhoneNumber, Queue, Team, User
from tests.factories import AccountFactory, ContactFactory, CustomFieldFactory, PhoneNumberFactory, QueueFactory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def queue(team: Team) -> Queue:
    return QueueFactory(team=team, own_numbers=["+420220555000"], ignored_numbers=["+420910555555"])


def row(**facts: Any) -> dict[str, Any]:
    """A row of the statement: Jana's mobile, exactly, in sight, unless said otherwise."""
    return {
        "phone_id": 1, "is_exact": True, "extension": "", "kind": "mobile", "field": None, "is_shared": False,
        "confirmed_at": None, "rejected_at": None, "contact_id": 1, "account_id": None, "stage": "customer",
        "company_id": None, "is_visible": True, "name": "Jana", "company": None, **facts,
    }  # fmt: skip


def days(count: int) -> datetime:
    return NOW - timedelta(days=count)


COMPANY = {"contact_id": None, "account_id": 7, "stage": None, "name": "Acme", "kind": "other"}


@pytest.mark.parametrize(
    ("facts", "why", "is_sure"),
    [
        ({}, "mobile", True),
        ({"kind": "work"}, "work", True),
        ({"kind": "home"}, "home", True),
        ({"kind": "switchboard"}, "switchboard", True),
        ({"kind": "other"}, "number on record", True),
        ({"field": "Assistant's phone", "kind": "other"}, "Assistant's phone", True),
        ({"confirmed_at": days(0)}, "mobile, confirmed today", True),
        ({"confirmed_at": days(1)}, "mobile, confirmed yesterday", True),
        ({"confirmed_at": days(12)}, "mobile, confirmed 12 days ago", True),
        ({"confirmed_at": days(59)}, "mobile, confirmed 59 days ago", True),
        ({"confirmed_at": days(90)}, "mobile, confirmed 3 months ago", True),
        ({"confirmed_at": days(800)}, "mobile, confirmed 2 years ago", True),
        ({"is_shared": True}, "mobile, shared number", False),
        ({"is_shared": True, "confirmed_at": days(8)}, "mobile, shared number, confirmed 8 days ago", False),
        ({"rejected_at": days(1)}, "mobile, last time it was somebody else", False),
        ({"rejected_at": days(1), "confirmed_at": days(2)}, "mobile, last time it was somebody else", False),
        ({"rejected_at": days(2), "confirmed_at": days(1)}, "mobile, confirmed yesterday", True),
        ({"is_exact": False}, "mobile, same last 8 digits", False),
        ({"is_exact": False, "kind": "other"}, "same last 8 digits", False),
        ({"is_exact": False, "confirmed_at": days(1)}, "mobile, same last 8 digits", False),
        ({"is_visible": False, "name": None}, "mobile", False),
        (COMPANY, "company switchboard", True),
        ({**COMPANY, "is_exact": False}, "company switchboard, same last 8 digits", False),
        ({**COMPANY, "is_shared": True}, "company switchboard, shared number", False),
        ({**COMPANY, "kind": matching.ADDRESS}, "e-mail address", True),
    ],
)
def test_each_candidate_says_why(facts: dict[str, Any], why: str, is_sure: bool) -> None:
    (candidate,) = matching.rank([row(**facts)], NOW)
    assert (candidate.why, candidate.is_sure) == (why, is_sure)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({}, {"is_exact": False}),
        ({}, COMPANY),
        (COMPANY, {"is_exact": False}),
        ({"confirmed_at": days(3)}, {}),
        ({}, {"is_shared": True}),
        ({}, {"rejected_at": days(1)}),
        ({"is_shared": True}, {"rejected_at": days(1)}),
        ({"rejected_at": days(1)}, COMPANY),
        ({"is_exact": False, "confirmed_at": days(1)}, {"is_exact": False}),
    ],
)
def test_the_likelier_one_comes_first_however_the_rows_arrive(better: dict[str, Any], worse: dict[str, Any]) -> None:
    first = row(**{"phone_id": 10, "contact_id": 10, **better})
    second = row(**{"phone_id": 20, "contact_id": 20, **worse})
    for rows in ([first, second], [second, first]):
        assert [one.phone_id for one in matching.rank(rows, NOW)] == [10, 20]


def test_two_people_with_the_same_number_are_both_unsure() -> None:
    ranked = matching.rank([row(contact_id=1), row(contact_id=2, confirmed_at=days(1))], NOW)
    assert [one.is_sure for one in ranked] == [False, False]


def test_the_company_of_the_number_does_not_make_its_person_unsure() -> None:
    ranked = matching.rank([row(), row(**COMPANY)], NOW)
    assert [(one.kind, one.is_sure) for one in ranked] == [("contact", True), ("account", False)]


def test_what_only_ends_alike_does_not_make_an_exact_match_unsure() -> None:
    assert matching.rank([row(), row(contact_id=2, is_exact=False)], NOW)[0].is_sure


def test_one_record_with_two_spellings_is_one_candidate() -> None:
    assert len(matching.rank([row(phone_id=1), row(phone_id=2, is_exact=False)], NOW)) == 1


@pytest.mark.parametrize(
    ("written", "direction", "status"),
    [
        ("", "in", Status.WITHHELD),
        ("anonymous", "in", Status.WITHHELD),
        ("205", "in", Status.INTERNAL),
        ("773796040", "internal", Status.INTERNAL),
        ("220 555 000", "in", Status.OWN),
        ("00420910555555", "in", Status.IGNORED),
        ("773 796 040", "in", Status.NUMBER),
    ],
)
def test_numbers_that_are_nobodys_match_nobody(
    queue: Queue, agent: User, written: str, direction: str, status: Status
) -> None:
    ContactFactory(numbers=["773 796 040", "220 555 000", "910 555 555"])
    found = who_has(written, queue, agent, direction)
    assert found.status is status
    assert bool(found.candidates) is (status is Status.NUMBER)


def test_the_white_papers_own_number_is_matched_raw_and_by_its_ending(queue: Queue, agent: User) -> None:
    raw, alike = PhoneNumberFactory(written="77379604"), PhoneNumberFactory(written="+421 9 7737 9604")
    found = who_has("77379604", queue, agent)
    assert found.number.key == "77379604"
    assert [(one.phone_id, one.is_exact) for one in found.candidates] == [(raw.pk, True), (alike.pk, False)]


def test_a_phone_field_of_the_admins_takes_part(queue: Queue, agent: User) -> None:
    CustomFieldFactory(record="contact", key="assistant", title="Assistant", kind="phone")
    person = ContactFactory()
    person.set_custom({"assistant": "773 796 040"})
    (candidate,) = who_has("+420773796040", queue, agent).candidates
    assert (candidate.record_id, candidate.why) == (person.pk, "Assistant")
    person.set_custom({"assistant": "601 000 000"})
    assert not who_has("+420773796040", queue, agent).candidates
    person.set_custom({"assistant": ""})
    assert not who_has("601000000", queue, agent).candidates


def test_a_companys_number_finds_the_company(queue: Queue, agent: User) -> None:
    company = AccountFactory(name="Acme", numbers=["541 555 000"])
    (candidate,) = who_has("541555000", queue, agent).candidates
    assert (candidate.key, candidate.name, candidate.is_sure) == (f"account-{company.pk}", "Acme", True)


def test_the_queue_says_which_country_a_bare_number_is_of(agent: User) -> None:
    slovak = ContactFactory(numbers=["+421 905 555 412"])
    assert not any(one.is_exact for one in who_has("0905 555 412", QueueFactory(country="CZ"), agent).candidates)
    (candidate,) = who_has("0905 555 412", QueueFactory(country="SK"), agent).candidates
    assert (candidate.record_id, candidate.is_exact) == (slovak.pk, True)


def test_an_extension_does_not_keep_a_caller_from_being_found(queue: Queue, agent: User) -> None:
    person = ContactFactory(numbers=["541 555 000 ext. 12"])
    assert person.phone_numbers.get().extension == "12"
    assert who_has("541555000", queue, agent).candidates[0].record_id == person.pk


@pytest.mark.parametrize("role", ["agent", "office", "admin"])
def test_a_name_of_another_team_does_not_leave_the_database(queue: Queue, role: str, request: Any) -> None:
    ContactFactory(first_name="Dieter", last_name="Krause", team=Team.objects.create(name="DE"), numbers=["773796040"])
    (candidate,) = who_has("773796040", queue, request.getfixturevalue(role)).candidates
    assert (candidate.name, candidate.is_visible) == (("Dieter Krause", True) if role == "admin" else ("", False))


def test_whoever_wrote_is_found_by_the_address_in_any_letters(agent: User) -> None:
    person = ContactFactory(emails=["Jana.Mala@Acme.example"])
    (candidate,) = who_wrote(" jana.mala@ACME.example", agent)
    assert (candidate.record_id, candidate.why, candidate.is_sure) == (person.pk, "e-mail address", True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(clicks=some.lists(some.tuples(some.integers(0, 3), some.booleans()), max_size=12))
def test_a_number_is_shared_from_the_third_confirmed_person_on_and_stays_so(
    db: None, clicks: list[tuple[int, bool]]
) -> None:
    PhoneNumber.objects.all().delete()
    people = [ContactFactory(numbers=["773 796 040"]) for _ in range(4)]
    confirmed: set[int] = set()
    was_shared = False
    for person, is_yes in clicks:
        number = people[person].phone_numbers.get()
        (number.confirm if is_yes else number.reject)()
        confirmed |= {person} if is_yes else set()
        was_shared = was_shared or len(confirmed) >= 3
        assert set(PhoneNumber.objects.values_list("is_shared", flat=True)) == {was_shared}
    Contact.objects.all().delete()


def test_ago_speaks_of_days_by_the_calendar() -> None:
    midnight = timezone.localtime(NOW).replace(hour=0, minute=0)
    assert matching.ago(midnight - timedelta(minutes=10), midnight + timedelta(minutes=10)) == "yesterday"
