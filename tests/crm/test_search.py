"""Is a record found by what people remember of it, and only by those who may see it?"""

from __future__ import annotations

import pytest

from crm.models import PhoneNumber, User
from crm.search import FRAGMENT, find, tidy
from tests.factories import AccountFactory, CallFactory, ContactFactory, QueueFactory, TeamFactory


@pytest.fixture
def zaneta(db: None) -> None:
    account = AccountFactory(name="Kovárna Dvořák s.r.o.", numbers=["585 555 100"], emails=["info@kovarna.example"])
    ContactFactory(
        first_name="Žaneta",
        last_name="Příhodová",
        account=account,
        numbers=["773 796 040"],
        emails=["Prihodova@kovarna.example"],
    )


def names(text: str, user: User) -> list[str]:
    results = find(text, user)
    return [str(hit.record) for hit in (*results.contacts, *results.accounts)]


@pytest.mark.parametrize(
    "text", ["Příhodová", "prihodova", "PRIHODOVA", "Žaneta Příh", "zan pri", "hodov", "pr", "  příhodová\tŽaneta "]
)
def test_a_name_is_found_by_its_parts_without_accents_or_capitals(text: str, zaneta: None, agent: User) -> None:
    assert names(text, agent) == ["Žaneta Příhodová"]


@pytest.mark.parametrize(
    "text",
    [
        "773796040",
        "+420 773 796 040",
        "00420773796040",
        "(0420) 773-796-040",
        "٧٧٣٧٩٦٠٤٠",
        "773 796 040 klapka 3",
        "73796040",
    ],
)
def test_a_number_is_found_in_any_spelling(text: str, zaneta: None, agent: User) -> None:
    assert names(text, agent) == ["Žaneta Příhodová"]


@pytest.mark.parametrize("start", range(0, 12 - FRAGMENT + 1))
def test_five_digits_in_a_row_find_a_number(start: int, zaneta: None, agent: User) -> None:
    assert "Žaneta Příhodová" in names("420773796040"[start : start + FRAGMENT], agent)


def test_a_number_is_read_in_the_countries_of_the_queues(agent: User) -> None:
    QueueFactory(country="SK")
    ContactFactory(first_name="Eva", last_name="Veselá", numbers=["+421 905 221 340"])
    assert names("0905 221 340", agent) == ["Eva Veselá"]


def test_the_exact_number_comes_before_one_that_only_ends_alike(agent: User) -> None:
    ContactFactory(first_name="Anna", last_name="Ähnlich", numbers=["+49 30 73796040"])
    ContactFactory(first_name="Jana", last_name="Nováková", numbers=["+420 773 796 040"])
    assert names("773 796 040", agent) == ["Jana Nováková", "Anna Ähnlich"]


@pytest.mark.parametrize("text", ["prihodova@kovarna.example", "PRIHODOVA@", "prihodova@kov"])
def test_an_address_is_found_by_its_beginning(text: str, zaneta: None, agent: User) -> None:
    assert names(text, agent) == ["Žaneta Příhodová"]


def test_a_companys_name_number_and_address_find_the_company(zaneta: None, agent: User) -> None:
    assert [names(text, agent) for text in ("dvorak", "585555100", "info@kov")] == [["Kovárna Dvořák s.r.o."]] * 3


def test_calls_of_an_unknown_number_are_found(agent: User) -> None:
    call = CallFactory(number="+420602111222")
    assert find("602 111 222", agent).calls == [call]


def test_what_belongs_to_another_team_is_not_found(agent: User, admin: User) -> None:
    poland = TeamFactory(name="Poland")
    ContactFactory(
        first_name="Jan", last_name="Kowalski", team=poland, numbers=["+48 601 234 567"], emails=["jan@k.pl"]
    )
    AccountFactory(name="Kowalski i syn", team=poland, numbers=["+48 22 123 45 67"])
    CallFactory(number="+48601234567", team=poland)
    for text in ("kowalski", "ko", "+48 601 234 567", "23456", "jan@k.pl", "+48221234567"):
        assert len(find(text, agent)) == 0, text
        assert len(find(text, admin)) > 0, text


def test_names_that_begin_so_come_first(agent: User) -> None:
    for last_name in ("Skovalský", "Kovář", "Nekovář"):
        ContactFactory(first_name="Petr", last_name=last_name)
    assert names("kov", agent)[0] == "Petr Kovář"
    assert len(names("kov", agent)) == 3


def test_a_record_with_two_numbers_that_fit_is_shown_once(agent: User) -> None:
    ContactFactory(first_name="Eva", last_name="Hrubá", numbers=["602 111 222", "602 111 223"])
    assert names("602111", agent) == ["Eva Hrubá"]


@pytest.mark.parametrize(
    "text", ["", "   ", "\0", "%", "_", "\\", "'; drop table", "\ud800", "𝒜", "a" * 10_000, "@", "+", "00000"]
)
def test_odd_texts_find_nothing_and_break_nothing(text: str, zaneta: None, agent: User) -> None:
    assert names(text, agent) == []


def test_a_text_becomes_one_line_that_postgresql_takes() -> None:
    assert tidy("Jana\0\n  Nov\u200bák ") == "Jana Nov ák"


def test_each_search_takes_few_statements(zaneta: None, agent: User, django_assert_max_num_queries: object) -> None:
    for text in ("příhodová", "773796040", "info@kovarna", "12345"):
        with django_assert_max_num_queries(15):  # type: ignore[operator]
            find(text, agent)


def test_a_shared_number_finds_all_its_people(agent: User) -> None:
    for name in ("Eva", "Jan", "Petr"):
        ContactFactory(first_name=name, last_name="Malý", numbers=["602 111 222"])
    PhoneNumber.objects.update(is_shared=True)
    assert len(names("602111222", agent)) == 3
