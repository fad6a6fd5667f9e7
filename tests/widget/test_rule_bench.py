"""Does an admin see what the rules do before agents do, and can no rule break an example call unseen?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from crm.models import Queue, Team, User
from tests.factories import (
    AccountFactory,
    ContactFactory,
    CustomFieldFactory,
    QueueFactory,
    ScreenPopRuleFactory,
    TeamFactory,
)
from widget.models import ExampleCall, ScreenPopRule

BENCH = reverse("admin:widget_screenpoprule_bench")
ADD = reverse("admin:widget_screenpoprule_add")
LIST = reverse("admin:widget_screenpoprule_changelist")
JANAS = "773 796 040"


@pytest.fixture
def queue(db: None) -> Queue:
    return QueueFactory(slug="2000", title="Sales", own_numbers=["+420222333444"])


@pytest.fixture
def jana(queue: Queue) -> Any:
    return ContactFactory(first_name="Jana", last_name="Nováková", numbers=[JANAS])


def ask(client: Client, queue: Queue, number: str = JANAS, **changes: object) -> HttpResponse:
    call = {"number": number, "queue": queue.pk, "direction": "in", "call_type": "", "viewer": "", "title": ""}
    return client.post(BENCH, call | changes)


def rule(queue: Queue | None = None, **changes: object) -> dict[str, object]:
    """A rule as the form sends it: each order's and field's position in a box of its own."""
    return {
        "queue": queue.pk if queue else "",
        "call_type": "default",
        "order-contact": "1",
        "order-lead": "2",
        "order-account": "3",
        "on_one": "open",
        "on_many": "ask",
        "on_none": "offer",
    } | changes


def example(queue: Queue, expected: str, **facts: object) -> ExampleCall:
    return ExampleCall.objects.create(
        **{"title": "Jana calls", "queue": queue, "number": JANAS, "expected": expected} | facts
    )


# The bench
def test_the_bench_says_who_it_may_be_why_and_which_rule_applied(admin_client: Client, queue: Queue, jana: Any) -> None:
    ScreenPopRuleFactory(queue=queue, call_type="inbound", on_one="ask")
    page = ask(admin_client, queue, "+420 (0) 773-796-040").content.decode()
    assert "This call asks: Jana Nováková?" in page
    assert "+420 773 796 040" in page
    assert "number on record" in page
    assert "Sales: Inbound" in page


def test_without_a_rule_the_built_in_one_opens_and_links(admin_client: Client, queue: Queue, jana: Any) -> None:
    page = ask(admin_client, queue).content.decode()
    assert "This call opens Jana Nováková" in page
    assert "linked by itself" in page
    assert "the built-in one" in page


@pytest.mark.parametrize(("number", "direction", "says"), [
    ("", "in", "matches nobody: withheld"), ("anonymous", "in", "matches nobody: withheld"),
    ("222 333 444", "in", "matches nobody: own"), ("101", "in", "matches nobody: internal"),
    (JANAS, "internal", "matches nobody: internal"), ("601 111 222", "out", "offers a new record"),
])  # fmt: skip
def test_the_bench_tells_every_other_outcome(
    admin_client: Client, queue: Queue, number: str, direction: str, says: str
) -> None:
    assert f"This call {says}" in ask(admin_client, queue, number, direction=direction).content.decode()


def test_a_call_type_of_its_own_takes_its_own_rule(admin_client: Client, queue: Queue, jana: Any) -> None:
    ScreenPopRuleFactory(call_type="preview", order=["account"], on_none="search")
    assert "only searches" in ask(admin_client, queue, direction="out", call_type="preview").content.decode()
    assert "opens Jana" in ask(admin_client, queue, direction="out").content.decode()


def test_the_bench_can_look_with_an_agents_eyes(admin_client: Client, queue: Queue, agent: User) -> None:
    ContactFactory(last_name="Tajná", numbers=[JANAS], team=TeamFactory(name="Poland", kind=Team.Kind.COUNTRY))
    assert "Tajná" in ask(admin_client, queue).content.decode()
    page = ask(admin_client, queue, viewer=agent.pk).content.decode()
    assert "names nobody: known to another team" in page
    assert "Tajná" not in page


@pytest.mark.parametrize("changes", [
    {"queue": ""}, {"queue": "999999"}, {"direction": "sideways"}, {"call_type": "default"}, {"number": "1" * 65},
    {"number": "77\x00"}, {"viewer": "x"},
])  # fmt: skip
def test_a_wrong_question_is_answered_at_its_field(admin_client: Client, queue: Queue, changes: dict[str, str]) -> None:
    response = admin_client.post(
        BENCH, {"number": JANAS, "queue": queue.pk, "direction": "in", "call_type": ""} | changes
    )
    assert response.status_code == 200
    assert set(response.context["form"].errors) == set(changes)
    assert "This call" not in response.content.decode()


@pytest.mark.parametrize(
    "number", ["<script>alert(1)</script>", "' or 1=1 --", "{{ 7|add:7 }}", "٧٧٣٧٩٦٠٤٠", "\u202e77"]
)
def test_whatever_is_asked_is_shown_as_text(admin_client: Client, queue: Queue, number: str) -> None:
    response = ask(admin_client, queue, number)
    assert response.status_code == 200
    assert b"<script>alert" not in response.content


def test_asking_writes_nothing_and_no_number_stands_in_an_address(
    admin_client: Client, queue: Queue, jana: Any
) -> None:
    page = admin_client.get(BENCH, {"number": JANAS, "queue": queue.pk}).content.decode()
    assert JANAS not in page
    assert "This call" not in page
    ask(admin_client, queue)
    assert not ExampleCall.objects.exists()


@pytest.mark.parametrize("name", ["agent_client", "office_client"])
def test_only_an_administrator_may_ask(request: pytest.FixtureRequest, name: str, queue: Queue) -> None:
    response = ask(request.getfixturevalue(name), queue)
    assert response.status_code in (302, 403)
    assert b"This call" not in response.content


def test_the_pages_need_no_inline_style_or_script(admin_client: Client, queue: Queue, jana: Any) -> None:
    example(queue, "opens somebody else")
    for page in (ask(admin_client, queue), admin_client.get(ADD), admin_client.get(LIST)):
        html = page.content.decode()
        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html
        assert " onclick=" not in html
        assert "unsafe" not in page["Content-Security-Policy"]


# Examples
def test_a_tried_call_is_kept_as_an_example(admin_client: Client, queue: Queue, jana: Any) -> None:
    response = ask(admin_client, queue, title="Jana from her mobile", direction="out")
    assert (response.status_code, response["Location"]) == (302, BENCH)
    kept = ExampleCall.objects.get()
    assert (kept.number, kept.call_type, kept.expected) == (JANAS, "outbound", "opens Jana Nováková")
    assert "Jana from her mobile" in admin_client.get(BENCH).content.decode()


def test_what_only_an_agent_sees_is_no_example(admin_client: Client, queue: Queue, agent: User) -> None:
    response = ask(admin_client, queue, title="As Petr", viewer=agent.pk)
    assert "tried as an administrator" in response.content.decode()
    assert not ExampleCall.objects.exists()


def test_an_internal_call_is_no_example(admin_client: Client, queue: Queue) -> None:
    assert "needs no example" in ask(admin_client, queue, title="x", direction="internal").content.decode()
    assert not ExampleCall.objects.exists()


def test_an_example_that_does_not_hold_is_saved_with_a_warning(admin_client: Client, queue: Queue, jana: Any) -> None:
    fields = {"title": "Jana", "queue": queue.pk, "number": JANAS, "call_type": "inbound", "expected": "opens Petr"}
    response = admin_client.post(reverse("admin:widget_examplecall_add"), fields, follow=True)
    assert "The rules do something else for it now: opens Jana Nováková." in response.content.decode()


# Saving a rule
def test_a_rule_is_written_in_the_order_of_its_positions(admin_client: Client, queue: Queue) -> None:
    CustomFieldFactory(key="tariff", title="Tariff")
    boxes = {"order-contact": "20", "order-account": "3", "order-lead": ""}
    chosen = {"fields-owner": "2", "fields-custom:tariff": "1", "fields-stage": "7"}
    assert admin_client.post(ADD, rule(queue, **boxes, **chosen))["Location"] == LIST
    saved = ScreenPopRule.objects.get()
    assert (saved.order, saved.fields) == (["account", "contact"], ["custom:tariff", "owner", "stage"])
    page = admin_client.get(reverse("admin:widget_screenpoprule_change", args=[saved.pk])).content.decode()
    assert page.index("Accounts") < page.index("Contacts") < page.index("Leads")
    assert "accounts, then contacts" in admin_client.get(LIST).content.decode()


@pytest.mark.parametrize(("changes", "field", "text"), [
    ({"order-contact": "", "order-lead": "", "order-account": ""}, "order", "Say what is searched"),
    ({"order-contact": "first"}, "order", "whole numbers"), ({"order-contact": "0"}, "order", "whole numbers"),
    ({"order-contact": "-1"}, "order", "whole numbers"), ({"order-contact": "1" * 5000}, "order", "whole numbers"),
    ({"order-contact": "²"}, "order", "whole numbers"), ({"fields-owner": "1.5"}, "fields", "whole numbers"),
    ({"on_one": "guess"}, "on_one", "valid choice"), ({"call_type": ""}, "call_type", "required"),
    ({"queue": "77777"}, "queue", "valid choice"),
])  # fmt: skip
def test_a_wrong_rule_is_refused_at_its_field(
    admin_client: Client, queue: Queue, changes: dict[str, str], field: str, text: str
) -> None:
    response = admin_client.post(ADD, rule(queue) | changes)
    assert text in str(response.context["adminform"].form.errors[field])
    assert not ScreenPopRule.objects.exists()


def test_a_field_nobody_offers_is_not_taken(admin_client: Client, queue: Queue) -> None:
    admin_client.post(ADD, rule(queue, **{"fields-password": "1", "order-user": "1"}))
    saved = ScreenPopRule.objects.get()
    assert (saved.order, saved.fields) == (["contact", "lead", "account"], [])


def test_a_deleted_custom_field_stays_until_it_is_taken_out(admin_client: Client, queue: Queue) -> None:
    saved = ScreenPopRuleFactory(queue=queue, fields=["custom:gone", "owner"])
    page = admin_client.get(reverse("admin:widget_screenpoprule_change", args=[saved.pk])).content.decode()
    assert "custom:gone (no longer there)" in page


def test_there_is_one_rule_for_a_queue_and_call_type(admin_client: Client, queue: Queue) -> None:
    ScreenPopRuleFactory(queue=None)
    assert "There is a rule for this queue and call type." in admin_client.post(ADD, rule()).content.decode()


def test_a_rule_that_breaks_an_example_is_refused_with_the_difference(
    admin_client: Client, queue: Queue, jana: Any
) -> None:
    example(queue, "opens Jana Nováková")
    page = admin_client.post(ADD, rule(queue, on_one="ask")).content.decode()
    assert not ScreenPopRule.objects.exists()
    assert "breaks 1 of 1 example calls" in page
    assert "asks: Jana Nováková?" in page
    assert 'name="save_all_the_same"' in page


def test_it_is_saved_all_the_same_when_the_admin_says_so(admin_client: Client, queue: Queue, jana: Any) -> None:
    example(queue, "opens Jana Nováková")
    response = admin_client.post(ADD, rule(queue, on_one="ask", save_all_the_same="on"), follow=True)
    assert ScreenPopRule.objects.get().on_one == "ask"
    assert "asks: Jana Nováková?" in response.content.decode()


def test_after_a_save_the_bench_shows_which_examples_hold(admin_client: Client, queue: Queue, jana: Any) -> None:
    example(queue, "opens Jana Nováková")
    response = admin_client.post(ADD, rule(queue, on_many="open"))
    assert response["Location"] == BENCH
    assert [one.holds for one in admin_client.get(BENCH).context["tried"]] == [True]


def test_a_changed_rule_is_tried_in_the_place_of_itself(admin_client: Client, queue: Queue, jana: Any) -> None:
    saved = ScreenPopRuleFactory(queue=queue, on_one="ask")
    example(queue, "asks: Jana Nováková?")
    change = reverse("admin:widget_screenpoprule_change", args=[saved.pk])
    assert "breaks 1 of 1" in admin_client.post(change, rule(queue, on_one="open")).content.decode()
    assert admin_client.post(change, rule(queue, on_one="ask", on_none="search")).status_code == 302


def test_a_rule_that_moves_to_another_queue_is_tried_in_both(admin_client: Client, queue: Queue, jana: Any) -> None:
    saved = ScreenPopRuleFactory(queue=queue, on_one="ask")
    other = QueueFactory(slug="3000")
    example(queue, "asks: Jana Nováková?")
    example(other, "opens Jana Nováková")
    change = reverse("admin:widget_screenpoprule_change", args=[saved.pk])
    assert "breaks 2 of 2" in admin_client.post(change, rule(other, on_one="ask")).content.decode()


def test_what_did_not_hold_before_does_not_stop_a_rule(admin_client: Client, queue: Queue, jana: Any) -> None:
    example(queue, "opens Petr")
    assert admin_client.post(ADD, rule(queue, on_one="ask")).status_code == 302


def test_examples_of_other_queues_are_left_in_peace(admin_client: Client, queue: Queue, jana: Any) -> None:
    example(queue, "opens Jana Nováková")
    assert admin_client.post(ADD, rule(QueueFactory(slug="3000"), on_one="ask")).status_code == 302


def test_companies_and_switchboards_are_benched_too(admin_client: Client, queue: Queue) -> None:
    acme = AccountFactory(name="ACME", numbers=["224 111 222"])
    for number in range(6):
        ContactFactory(first_name="Ota", last_name=f"Novák {number}", account=acme, numbers=["224 111 222"])
    page = ask(admin_client, queue, "224 111 222").content.decode()
    assert "This call searches in ACME" in page


def test_the_admin_has_its_pages(admin_client: Client, queue: Queue, client_of: Callable[..., Client]) -> None:
    for name in ("screenpoprule", "examplecall"):
        page = admin_client.get(reverse(f"admin:widget_{name}_changelist"))
        assert BENCH in page.content.decode()
        assert client_of(None).get(reverse(f"admin:widget_{name}_changelist")).status_code == 302
