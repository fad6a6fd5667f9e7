"""How often is the database asked for a card? Once for a known caller, session and user included (G2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from bench.plans import asked
from crm.models import Activity, Queue, User
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ContactFactory,
    CustomFieldFactory,
    DraftFactory,
    ScreenPopRuleFactory,
    TaskFactory,
)
from tests.widget.conftest import Frame

NUMBER = "773 796 040"
FIELDS = ["company", "job_title", "numbers", "emails", "language", "stage", "owner", "address", "custom:contract"]
FrameOf = Callable[..., Frame]


def statements(frame: Frame) -> list[str]:
    """Those of a GET in the steady state: what is laid down for the queue is kept by the process."""
    assert frame.open().status == 200
    with asked() as sent:
        frame.open()
    return sent


@pytest.fixture
def caller(queue: Queue, agent: User) -> None:
    """Somebody about whom there is a lot to say."""
    CustomFieldFactory(key="contract")
    company = AccountFactory(name="Alfa s.r.o.", numbers=["226 211 245"])
    person = ContactFactory(
        account=company, owner=agent, custom={"contract": "C-1"}, numbers=[NUMBER, "226 211 246"], emails=["jana@x.cz"]
    )
    for _ in range(12):
        ActivityFactory(contact=person, account=company, queue=queue, user=agent, note="He called before.")
    ScreenPopRuleFactory(queue=queue, fields=FIELDS)


@pytest.mark.usefixtures("caller")
@pytest.mark.parametrize("clid", [NUMBER, "+420773796040", "00420773796040", "773796040 ext. 12", "226 211 245"])
def test_a_known_caller_takes_one_statement_in_any_written_form(frame: FrameOf, clid: str) -> None:
    assert len(statements(frame(clid))) == 1


@pytest.mark.usefixtures("caller")
def test_a_foreign_queue_takes_one_statement_once_its_country_is_known(frame: FrameOf, queue: Queue) -> None:
    Queue.objects.filter(pk=queue.pk).update(country="SK")
    assert len(statements(frame("+420 773 796 040"))) == 1


@pytest.mark.usefixtures("caller")
def test_the_first_card_after_a_change_reads_the_house_and_asks_again(frame: FrameOf, queue: Queue) -> None:
    card = frame()
    assert len(statements(card)) == 1
    Queue.objects.filter(pk=queue.pk).update(title="Bookings")
    with asked() as sent:
        assert "Bookings" in card.open().text
    assert len(sent) == 3
    assert len(statements(card)) == 1


@pytest.mark.usefixtures("caller")
def test_a_call_that_is_linked_noted_and_transferred_takes_one_statement(
    frame: FrameOf, queue: Queue, agent: User
) -> None:
    earlier = ActivityFactory(queue=queue, activity_id="activities_0", call__call_id="1WS.58184", note="From Petr.")
    mine = ActivityFactory(queue=queue, activity_id="activities_1", call=earlier.call, user=agent)
    mine.link_to(contact=Activity.objects.exclude(contact=None).first().contact, by=agent)
    DraftFactory(activity_id="activities_1", user=agent)
    assert len(statements(frame())) == 1


@pytest.mark.parametrize("people", [2, 5, 8])
def test_a_number_of_several_people_takes_two_statements_at_most(frame: FrameOf, people: int) -> None:
    company = AccountFactory()
    for _ in range(people):
        ContactFactory(account=company, numbers=[NUMBER])
    assert len(statements(frame())) <= 2


@pytest.mark.parametrize("clid", ["602 111 222", "79604000", "not a number"])
def test_an_unknown_number_takes_two_statements_at_most(frame: FrameOf, clid: str) -> None:
    assert len(statements(frame(clid))) <= 2


def test_an_unknown_number_that_has_called_before_takes_two_statements(frame: FrameOf) -> None:
    CallFactory(number="+420602111222")
    TaskFactory(number="+420602111222", due_at=timezone.now())
    assert "promised" in frame("602 111 222").open().text
    assert len(statements(frame("602 111 222"))) == 2


@pytest.mark.parametrize("clid", ["", "anonymous", "123"])
def test_a_withheld_or_internal_number_takes_one_statement(frame: FrameOf, clid: str) -> None:
    assert len(statements(frame(clid))) == 1


def test_a_stranger_takes_one_statement_and_it_names_nobody(frame: FrameOf, caller: None) -> None:
    page = frame(user=None).open()
    assert len(statements(frame(user=None))) == 1
    assert "Alfa" not in page.body


@pytest.mark.usefixtures("caller")
def test_the_statement_of_a_get_only_reads(frame: FrameOf) -> None:
    words = {statement.split()[0].lower() for statement in statements(frame())}
    assert words <= {"select", "with", "--"}
