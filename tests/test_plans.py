"""Does it stay fast as the data grows? At 100,000 records of each kind no statement reads a table from end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from bench import centre
from bench import crowd as crowds
from bench.crowd import TABLES, Crowd
from bench.plans import Plan, explained, generic
from crm import matching
from crm.models import Account, Activity, Call, Contact, Queue, Task, User
from widget import facts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("crowd")]
LISTS = ("contacts", "accounts", "calls", "activities", "tasks")


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[Crowd]:
    """Committed, with statistics; the database is empty again after the module."""
    size = Crowd(contacts=100_000, each=2, contacts_an_account=1, tasks_every=1)
    with django_db_blocker.unblock():
        centre.make(size)
        crowds.settle()
        yield size
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def office(crowd: Crowd) -> User:
    """Of the team that has half of the records."""
    user = User.objects.get(username="agent1")
    user.role = User.Role.OFFICE
    user.save()
    return user


@pytest.fixture
def browser(office: User, client_of: Callable[[User | None], Client]) -> Client:
    return client_of(office)


def plans_of(browser: Client, address: str, **post: str) -> list[Plan]:
    """Those of every query of a page, once it has answered well."""
    with explained() as plans:
        response = browser.post(address, post) if post else browser.get(address)
    assert response.status_code == 200, response.content[:500]
    assert plans
    return plans


def read_as_a_whole(plans: list[Plan]) -> list[tuple[str, str]]:
    return [(table, plan.sql) for plan in plans for table in plan.scanned & set(TABLES)]


@pytest.mark.parametrize("table", TABLES)
def test_there_are_enough_rows_for_a_plan_to_mean_something(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        assert cursor.fetchone()[0] >= 100_000


def test_a_scan_would_be_noticed() -> None:
    with explained() as plans:
        Contact.objects.filter(description__contains="nobody says this").first()
    assert [plan.scanned for plan in plans] == [{"crm_contact"}]


def test_the_look_up_goes_by_one_index_whatever_the_number() -> None:
    plan = generic(matching.CANDIDATES)
    used = {node["Index Name"] for node in plan.nodes() if node.get("Relation Name") == "crm_phonenumber"}
    assert (read_as_a_whole([plan]), used) == ([], {"number_by_suffix"})


@pytest.mark.parametrize("statement", [facts.CARD.named, facts.STORY], ids=["card", "story"])
def test_the_card_reads_no_table_as_a_whole(statement: str) -> None:
    plan = generic(statement)
    assert read_as_a_whole([plan]) == []
    assert {"activity_of_contact", "activity_of_account", "number_once_a_contact"} <= plan.indexes


def test_the_card_finds_the_caller_the_call_and_its_own_activity_by_their_indexes() -> None:
    found = {"number_by_suffix", "call_by_number", "call_once_a_source", "activity_once_a_source"}
    assert found <= generic(facts.CARD.named).indexes


@pytest.mark.parametrize("statement", [facts.CARD.named, facts.STORY, matching.CANDIDATES, matching.WRITERS])
def test_the_card_and_the_look_up_walk_through_no_index_either(statement: str) -> None:
    """Each touch of a large table is a look-up: what has to be sorted first is found first."""
    large = [node for node in generic(statement).nodes() if node.get("Relation Name") in TABLES]
    assert [node for node in large if "Index Cond" not in node and "Recheck Cond" not in node] == []


@pytest.mark.parametrize("written", ["773 796 040", "+420 600 000 001", "77379604", "0041 44 668 18 00", "1", "0" * 40])
def test_any_spelling_is_looked_up_by_that_index(written: str, office: User) -> None:
    with explained() as plans:
        matching.who_has(written, Queue.objects.get(slug="2000"), office)
    assert read_as_a_whole(plans) == []
    assert all("number_by_suffix" in plan.indexes for plan in plans if "crm_phonenumber" in plan.sql)


def test_all_columns_with_normalised_digits_have_one_collation() -> None:
    """A comparison across two collations turns an index look-up into a scan, without a word."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select distinct l.collname
            from pg_attribute a join pg_class t on t.oid = a.attrelid join pg_collation l on l.oid = a.attcollation
            where t.relkind = 'r' and t.relname like 'crm\\_%%' and a.attname in ('number', 'suffix')""")
        assert cursor.fetchall() == [("C",)]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("query", ["", "?sort=name", "?sort=-changed"])
def test_the_first_page_of_a_list_reads_no_table_as_a_whole(browser: Client, name: str, query: str) -> None:
    assert read_as_a_whole(plans_of(browser, f"/{name}/{query}")) == []


@pytest.mark.parametrize("side", ["after", "before"])
@pytest.mark.parametrize("model", [Contact, Account, Call, Activity, Task])
def test_a_page_in_the_middle_of_a_list_reads_no_table_as_a_whole(browser: Client, model: type[Any], side: str) -> None:
    name = {"activity": "activities"}.get(model._meta.model_name, f"{model._meta.model_name}s")
    middle = model.objects.order_by("pk")[50_000].pk
    assert read_as_a_whole(plans_of(browser, f"/{name}/?{side}={middle}")) == []


@pytest.mark.parametrize("filters", [
    "contacts/?owner={user}", "contacts/?stage=lead", "accounts/?owner={user}", "calls/?queue={queue}",
    "calls/?only=missed", "calls/?only=unknown", "activities/?queue={queue}", "activities/?user={user}",
    "activities/?only=unlinked", "tasks/?whose=all", "tasks/?state=done",
])  # fmt: skip
def test_a_narrowed_list_reads_no_table_as_a_whole(browser: Client, office: User, filters: str) -> None:
    address = filters.format(user=office.pk, queue=Queue.objects.get(slug="2000").pk)
    assert read_as_a_whole(plans_of(browser, f"/{address}")) == []


@pytest.mark.parametrize("kind", ["", "calls", "emails", "notes", "tasks"])
@pytest.mark.parametrize("name", ["contacts", "accounts"])
def test_a_timeline_reads_no_table_as_a_whole(browser: Client, name: str, kind: str) -> None:
    assert read_as_a_whole(plans_of(browser, f"/{name}/50000/?kind={kind}")) == []


@pytest.mark.parametrize("address", ["/", "/calls/1/", "/activities/1/", "/tasks/5/"])
def test_the_home_page_and_single_records_read_no_table_as_a_whole(browser: Client, address: str) -> None:
    address = address.replace("/calls/1/", f"/calls/{Call.objects.order_by('pk').first().pk}/")
    assert read_as_a_whole(plans_of(browser, address)) == []


@pytest.mark.parametrize("text", [
    "Kateřina", "kate", "nová", "Jan Nov", "xylophone", "773 796 040", "+420600000001", "77379604", "37960",
    "customer5", "customer500@example.com", "s.r.o.",
])  # fmt: skip
def test_a_search_reads_no_table_as_a_whole(browser: Client, text: str) -> None:
    assert read_as_a_whole(plans_of(browser, "/search/live/", q=text)) == []
