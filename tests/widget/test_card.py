"""Does the card say, in every state, who is calling and why we think so, and does looking write nothing?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Activity, Call, Contact, Queue, Session, Team, User
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ConnectionFactory,
    ContactFactory,
    CustomFieldFactory,
    DraftFactory,
    ScreenPopRuleFactory,
    TaskFactory,
    TeamFactory,
)
from widget.models import CardView, Draft

Open = Callable[..., Any]
WRITTEN = (Activity, Call, CardView, Draft, Contact)


def counts() -> list[int]:
    return [model.objects.count() for model in WRITTEN]


@pytest.fixture
def jana(team: Team) -> Contact:
    return ContactFactory(
        first_name="Jana", last_name="Nováková", job_title="Buyer", team=team,
        account=AccountFactory(name="Acme s.r.o.", team=team), numbers=["773 796 040"], numbers__kind="mobile",
    )  # fmt: skip


@pytest.mark.parametrize("written", ["773796040", "+420 773 796 040", "00420773796040", "420773796040"])
def test_a_known_caller_is_on_the_card_however_the_number_is_written(frame: Open, jana: Contact, written: str) -> None:
    page = frame(written).open()
    assert page.status == 200
    assert "Jana Nováková" in page.text
    assert "Buyer · Acme s.r.o." in page.text
    assert "Mobile" in page.text


def test_the_card_says_when_the_number_was_confirmed(frame: Open, jana: Contact) -> None:
    jana.phone_numbers.update(confirmed_at=timezone.now() - timedelta(days=12))
    assert "Mobile, confirmed 12 days ago" in frame().open().text


def test_looking_at_a_card_writes_nothing(frame: Open, jana: Contact) -> None:
    opened = frame()
    opened.open()  # the first one keeps the form token in the session, which a real sign-in does by itself
    before = counts()
    with CaptureQueriesContext(connection) as queries:
        opened.open()
    assert counts() == before
    assert not [one for one in queries if one["sql"].split()[0].lower() in ("insert", "update", "delete")]


def test_the_last_contact_and_the_open_promise_are_on_the_card(frame: Open, jana: Contact, agent: User) -> None:
    then = timezone.now() - timedelta(days=1)
    ActivityFactory(contact=jana, user=agent, note="Invoice resent.", time=then, status="closed", answered_at=then)
    due = timezone.localtime().replace(hour=23, minute=59)
    TaskFactory(contact=jana, title="Call back about the invoice", is_call_back=True, due_at=due)
    text = frame().open().text
    assert "Petr Agent: Invoice resent." in text
    assert "Call back about the invoice" in text
    assert "promised 23:59" in text


def test_a_promise_that_was_not_kept_says_so(frame: Open, jana: Contact) -> None:
    TaskFactory(contact=jana, is_call_back=True, due_at=timezone.now() - timedelta(hours=1))
    assert "not done" in frame().open().text


def test_a_repeat_caller_is_announced(frame: Open, jana: Contact) -> None:
    for _ in range(2):
        CallFactory(number="+420773796040", contact=jana)
    assert "3rd call in 24 hours" in frame().open().text


@pytest.mark.parametrize(("calls", "said"), [(10, "11th"), (20, "21st"), (21, "22nd")])
def test_a_very_frequent_caller_is_announced_in_english(frame: Open, jana: Contact, calls: int, said: str) -> None:
    CallFactory.create_batch(calls, number="+420773796040", contact=jana)
    assert f"{said} call in 24 hours" in frame().open().text


@pytest.mark.parametrize("clid", ["", "anonymous", "jana@acme.example"])
def test_withheld_callers_are_not_one_repeat_caller(
    frame: Open, jana: Contact, queue: Queue, agent: User, clid: str
) -> None:
    CallFactory.create_batch(3, number="")
    ActivityFactory(source="daktela", activity_id="activities_1", queue=queue, user=agent, contact=jana)
    text = frame(clid, callid="" if "@" in clid else "1WS.58184").open().text
    assert "Jana Nováková" in text
    assert "in 24 hours" not in text


def test_a_message_is_not_counted_among_the_calls(frame: Open, jana: Contact) -> None:
    CallFactory(number="+420773796040")
    assert "2nd call" in frame().open().text
    assert "call in 24 hours" not in frame(callid="").open().text


def test_do_not_call_and_alerts_come_first(frame: Open, jana: Contact) -> None:
    jana.do_not_call, jana.alert, jana.is_vip = True, "Complaint is open", True
    jana.save()
    text = frame(direction="out").open().text
    assert "Do not call · Complaint is open" in text
    assert "VIP" in text


def test_a_weak_match_is_asked_about(frame: Open, team: Team) -> None:
    ContactFactory(first_name="Jan", last_name="Kolář", team=team, numbers=["+421773796040"])
    page = frame("773796040").open()
    assert "Is this Jan Kolář?" in page.text
    assert "same last 8 digits" in page.text


def test_two_people_at_one_number_are_offered_to_choose_from(frame: Open, team: Team) -> None:
    for name in ("Tomáš", "Ivana"):
        ContactFactory(first_name=name, last_name="Blažek", team=team, numbers=["541 555 077"])
    page = frame("541555077").open()
    assert "Who is it?" in page.text
    assert "Tomáš Blažek" in page.text
    assert "Ivana Blažek" in page.text
    assert 'data-key="2"' in page.body


def test_a_shared_number_never_opens_one_person_by_itself(frame: Open, jana: Contact) -> None:
    jana.phone_numbers.update(is_shared=True)
    page = frame().open()
    assert "Is this Jana Nováková?" in page.text
    assert "shared number" in page.text


def test_a_switchboard_searches_in_the_company(frame: Open, team: Team) -> None:
    company = AccountFactory(name="Strojírny Morava", team=team)
    for count in range(7):
        ContactFactory(last_name=f"Muž {count}", account=company, team=team, numbers=["541 555 000"])
    page = frame("541555000").open()
    assert "Somebody from Strojírny Morava" in page.text
    assert "Search in Strojírny Morava" in page.text


def test_a_company_without_people_is_shown_by_its_number(frame: Open, team: Team) -> None:
    AccountFactory(name="Kovárna Dvořák", team=team, numbers=["541 555 001"])
    assert "Kovárna Dvořák" in frame("541555001").open().text


def test_an_unknown_number_says_it_never_called(frame: Open, queue: Queue) -> None:
    page = frame("606555999").open()
    assert "+420 606 555 999" in page.text
    assert "never called before" in page.text
    assert "New contact" in page.text


def test_an_unknown_number_counts_its_unlinked_calls(frame: Open, queue: Queue) -> None:
    for _ in range(4):
        CallFactory(number="+420606555999", started_at=timezone.now() - timedelta(days=3))
    assert "4 unlinked calls, last" in frame("606555999").open().text


def test_an_unknown_number_keeps_what_it_was_promised(frame: Open, queue: Queue) -> None:
    CallFactory(number="+420606555999")
    TaskFactory(number="+420606555999", is_call_back=True, due_at=timezone.localtime().replace(hour=23, minute=59))
    assert "1 unlinked call, last today" in frame("606555999").open().text
    assert "promised 23:59" in frame("606555999").open().text


@pytest.mark.parametrize("clid", ["", "anonymous", "Restricted"])
def test_a_withheld_number_matches_nobody(frame: Open, jana: Contact, clid: str) -> None:
    page = frame(clid).open()
    assert "Number withheld" in page.text
    assert "Jana" not in page.text


@pytest.mark.parametrize(
    ("clid", "call", "said"),
    [
        ("205", {}, "Internal call"),
        ("773796040", {"direction": "internal"}, "Internal call"),
        ("220555000", {}, "one of our own numbers"),
        ("910555555", {}, "ignore list"),
    ],
)
def test_numbers_that_are_nobodys_show_one_line(
    frame: Open, queue: Queue, jana: Contact, clid: str, call: dict[str, str], said: str
) -> None:
    queue.own_numbers, queue.ignored_numbers = ["+420220555000"], ["+420910555555"]
    queue.save()
    page = frame(clid, **call).open()
    assert said in page.text
    assert "Jana" not in page.text


def test_another_teams_customer_has_no_name_here(frame: Open, queue: Queue) -> None:
    ContactFactory(first_name="Dieter", last_name="Krause", team=TeamFactory(), numbers=["+49 30 23125018"])
    page = frame("+493023125018").open()
    assert "Known to another team" in page.text
    assert "Krause" not in page.body


def test_a_transferred_call_shows_who_passed_it_on_and_whom_he_found(
    frame: Open, queue: Queue, jana: Contact, office: User
) -> None:
    call = CallFactory(source="daktela", call_id="1WS.58184", number="")
    part = ActivityFactory(call=call, queue=queue, user=office, contact=jana, answered_at=timezone.now())
    DraftFactory(
        source="daktela", activity_id=part.activity_id, user=office, note="Wants the invoice", call_id="1WS.58184"
    )
    text = frame("").open().text
    assert "From Olga Office" in text
    assert "Wants the invoice" in text
    assert "Jana Nováková" in text
    assert "Identified by Olga Office in this call" in text


def test_a_draft_is_back_after_a_reload(frame: Open, queue: Queue, agent: User) -> None:
    DraftFactory(source="daktela", activity_id="activities_1", user=agent, note="He said <b>no</b>", revision=7)
    page = frame("606555999").open()
    assert "He said &lt;b&gt;no&lt;/b&gt;" in page.body
    assert 'data-revision="7"' in page.body


@pytest.mark.parametrize("parameter", ["activity", "direction"])
def test_a_missing_parameter_is_named_for_the_admin(frame: Open, jana: Contact, parameter: str) -> None:
    opened = frame()
    del opened.call[parameter]
    page = opened.open()
    assert page.status == 200
    assert f"“{parameter}” is missing" in page.text


def test_without_an_activity_the_agent_can_still_search(frame: Open, queue: Queue) -> None:
    page = frame(activity="").open()
    assert "Name, number or e-mail" in page.text
    assert 'id="note"' not in page.body


def test_the_white_papers_own_address_answers(frame: Open, jana: Contact, queue: Queue) -> None:
    opened = frame()
    answer = opened.client.get("/daktela.html", {**opened.call, "queue": queue.slug})
    assert "Jana Nováková" in answer.content.decode()


def test_the_rule_says_which_fields_the_card_shows(frame: Open, jana: Contact, queue: Queue) -> None:
    CustomFieldFactory(record="contact", key="segment", title="Segment")
    jana.set_custom({"segment": "Gold"})
    ScreenPopRuleFactory(queue=queue, call_type="inbound", order=["contact"], fields=["custom:segment"])
    text = frame().open().text
    assert "Segment Gold" in text


def test_a_rule_that_asks_does_not_open(frame: Open, jana: Contact, queue: Queue) -> None:
    ScreenPopRuleFactory(queue=queue, call_type="inbound", order=["contact"], on_one="ask")
    assert "Is this Jana Nováková?" in frame().open().text


def test_a_rule_that_only_searches_offers_no_new_contact(frame: Open, queue: Queue) -> None:
    ScreenPopRuleFactory(queue=queue, order=["contact"], on_none="search")
    assert "New contact" not in frame("606555999").open().text


def test_only_enabled_daktela_hosts_may_frame_the_card(frame: Open, jana: Contact) -> None:
    ConnectionFactory(slug="one", origin="https://one.daktela.com")
    ConnectionFactory(slug="two", origin="https://two.daktela.com", is_enabled=False)
    policy = frame().open().headers["Content-Security-Policy"]
    assert "frame-ancestors https://one.daktela.com" in policy
    assert "two.daktela.com" not in policy
    assert "unsafe" not in policy


def test_a_stranger_sees_a_sign_in_form_and_no_customer(frame: Open, jana: Contact) -> None:
    before = counts(), Session.objects.count()
    page = frame(user=None).open()
    assert "Sign in" in page.text
    assert "Jana" not in page.body
    assert (counts(), Session.objects.count()) == before


def test_a_disabled_agent_is_refused_on_the_next_request(frame: Open, jana: Contact, agent: User) -> None:
    opened = frame()
    assert "Jana" in opened.open().text
    User.objects.filter(pk=agent.pk).update(is_active=False)
    assert "Jana" not in opened.open().text


def test_a_changed_password_ends_the_session(frame: Open, jana: Contact, agent: User) -> None:
    opened = frame()
    agent.set_password("another one entirely")
    agent.save()
    assert "Jana" not in opened.open().text


def test_an_unknown_queue_is_named(frame: Open, queue: Queue) -> None:
    opened = frame()
    opened.queue = "9999"
    page = opened.open()
    assert page.status == 404
    assert "There is no queue “9999”" in page.text


def test_too_many_look_ups_without_a_call_are_stopped(frame: Open, jana: Contact, agent: User, queue: Queue) -> None:
    CardView.objects.bulk_create([CardView(user=agent, queue=queue, is_theirs=False) for _ in range(30)])
    page = frame().open()
    assert page.status == 429
    assert "Jana" not in page.body
    assert "they open again within the hour" in page.text


def test_the_answer_says_how_long_the_server_took(frame: Open, jana: Contact) -> None:
    assert "app;dur=" in frame().open().headers["Server-Timing"]


def test_the_last_contact_is_never_this_call(frame: Open, queue: Queue, jana: Contact, office: User) -> None:
    call = CallFactory(source="daktela", call_id="1WS.58184")
    ActivityFactory(call=call, queue=queue, user=office, contact=jana, note="Just passed on.")
    earlier = timezone.now() - timedelta(days=2)
    ActivityFactory(contact=jana, note="Invoice resent.", time=earlier, status="closed", answered_at=earlier)
    text = frame().open().text
    assert "Invoice resent." in text
    assert "Last" in text
    assert ": Just passed on. Open" not in text


def test_the_last_ten_stand_there_beside_all_parts_of_this_call(
    frame: Open, jana: Contact, queue: Queue, agent: User
) -> None:
    for number in range(12):
        ActivityFactory(contact=jana, note=f"Before {number:02}.", time=timezone.now() - timedelta(days=20 - number))
    call = CallFactory(call_id="1WS.58184", contact=jana)
    for number in range(5):
        ActivityFactory(contact=jana, call=call, note=f"Part {number}.", activity_id=f"activities_part{number}")
    mine = ActivityFactory(contact=jana, call=call, user=agent, note="Mine.", activity_id="activities_1")
    mine.link_to(contact=jana, by=agent)
    history = frame().open().body.split('class="entry-icon"')[1:]
    assert ["Before" in entry for entry in history] == [True] * 10
    assert "Before 11." in history[0]
