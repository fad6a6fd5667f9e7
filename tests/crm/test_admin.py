"""Do the admin's pages open for an administrator and for nobody else, also on big tables?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin as site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Contact, PhoneNumber, Queue, Team, User
from integrations.models import Playback
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    AgentFactory,
    CallFactory,
    ConnectionFactory,
    ContactFactory,
    CustomFieldFactory,
    OutcomeFactory,
    QueueFactory,
    ScreenPopRuleFactory,
    TaskFactory,
    TeamFactory,
    UserFactory,
)
from widget.models import CardView

MADE: dict[str, Callable[[], Any]] = {
    "account": lambda: AccountFactory(numbers=["585 555 100"]),
    "activity": ActivityFactory,
    "call": CallFactory,
    "cardview": lambda: CardView.objects.create(user=UserFactory(), queue=QueueFactory(), contact=ContactFactory()),
    "connection": lambda: AgentFactory(connection=ConnectionFactory()).connection,
    "contact": lambda: ContactFactory(numbers=["773 796 040"], emails=["jana@example.cz"]),
    "customfield": CustomFieldFactory,
    "outcome": OutcomeFactory,
    "playback": lambda: Playback.objects.create(user=UserFactory(), activity=ActivityFactory()),
    "queue": lambda: QueueFactory(outcomes=[OutcomeFactory()]),
    "screenpoprule": ScreenPopRuleFactory,
    "task": TaskFactory,
    "team": TeamFactory,
    "user": UserFactory,
}
OURS = {
    model._meta.model_name: admin
    for model, admin in site.site._registry.items()
    if model._meta.app_label in ("crm", "integrations", "widget")
}
READ_ONLY = ("activity", "call", "cardview", "playback")
QUERIES = {"connection": "?connector=daktela"}


def test_every_record_that_matters_is_in_the_admin() -> None:
    assert set(MADE) <= set(OURS)


def test_the_index_begins_with_our_apps_and_shows_nothing_nobody_needs(admin_client: Client) -> None:
    index = admin_client.get(reverse("admin:index"))
    assert [app["name"] for app in index.context["app_list"]] == ["CRM", "Integrations", "Widget", "Sign-in attempts"]
    assert [model["name"] for model in index.context["app_list"][-1]["models"]] == ["Access attempts"]


@pytest.mark.parametrize("name", MADE)
def test_its_pages_open_for_an_administrator_and_nobody_else(
    admin_client: Client, office_client: Client, agent_client: Client, name: str
) -> None:
    record = MADE[name]()
    app = record._meta.app_label
    pages = [reverse(f"admin:{app}_{name}_changelist"), reverse(f"admin:{app}_{name}_change", args=[record.pk])]
    pages += [] if name in READ_ONLY else [reverse(f"admin:{app}_{name}_add") + QUERIES.get(name, "")]
    for page in pages:
        assert admin_client.get(page).status_code == 200, page
        assert office_client.get(page).status_code == 302, page
        assert agent_client.get(page).status_code == 302, page


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_happened_is_only_read(admin_client: Client, name: str) -> None:
    record = MADE[name]()
    app = record._meta.app_label
    assert admin_client.get(reverse(f"admin:{app}_{name}_add")).status_code == 403
    assert admin_client.post(reverse(f"admin:{app}_{name}_delete", args=[record.pk])).status_code == 403
    assert admin_client.post(reverse(f"admin:{app}_{name}_change", args=[record.pk]), {}).status_code == 403


@pytest.mark.parametrize("name", MADE)
def test_a_page_keeps_to_the_content_security_policy(admin_client: Client, name: str) -> None:
    record = MADE[name]()
    page = admin_client.get(reverse(f"admin:{record._meta.app_label}_{name}_change", args=[record.pk]))
    text = page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "<style" not in text
    assert ' style="' not in text
    assert " onclick=" not in text
    assert "<script>" not in text


@pytest.mark.parametrize("name", ["contact", "account", "call", "activity", "task", "cardview"])
def test_a_list_counts_no_further_than_a_thousand(admin_client: Client, name: str) -> None:
    app = MADE[name]()._meta.app_label
    with CaptureQueriesContext(
        connection,
    ) as statements:
        admin_client.get(reverse(f"admin:{app}_{name}_changelist"))
    counts = [one["sql"] for one in statements if "COUNT(" in one["sql"]]
    assert counts
    assert all("LIMIT 1000" in sql for sql in counts)


@pytest.mark.parametrize("text", ["Nováková jana", "novak", "773 796 040", "+420773796040", "jana@example.cz"])
def test_a_contact_is_found_by_name_address_and_number_in_any_spelling(admin_client: Client, text: str) -> None:
    ContactFactory(first_name="Jana", last_name="Nováková", numbers=["773 796 040"], emails=["jana@example.cz"])
    ContactFactory(first_name="Eva", last_name="Malá")
    page = admin_client.get(reverse("admin:crm_contact_changelist"), {"q": text}).content.decode()
    assert "Jana Nováková" in page
    assert "Eva Malá" not in page


def test_a_call_is_found_by_its_number_in_any_spelling(admin_client: Client) -> None:
    QueueFactory()
    CallFactory(number="+420773796040")
    CallFactory(number="+420601555001")
    page = admin_client.get(reverse("admin:crm_call_changelist"), {"q": "773 796 040"}).content.decode()
    assert "+420773796040" in page
    assert "+420601555001" not in page


def test_a_number_is_written_in_any_spelling_and_kept_by_its_key(admin_client: Client) -> None:
    rows = {"phone_numbers-TOTAL_FORMS": 1, "phone_numbers-INITIAL_FORMS": 0, "phone_numbers-0-written": "0905 555 412"}
    rows |= {"phone_numbers-0-country": "SK", "phone_numbers-0-kind": "mobile", "email_addresses-TOTAL_FORMS": 0}
    rows |= {"email_addresses-INITIAL_FORMS": 0, "last_name": "Oravec", "stage": "customer", "custom": "{}"}
    answer = admin_client.post(reverse("admin:crm_contact_add"), rows)
    assert answer.status_code == 302, answer.content.decode()
    assert PhoneNumber.objects.get(contact__last_name="Oravec").number == "+421905555412"


def test_a_number_without_digits_is_refused_with_a_word(admin_client: Client) -> None:
    rows = {"phone_numbers-TOTAL_FORMS": 1, "phone_numbers-INITIAL_FORMS": 0, "phone_numbers-0-written": "none"}
    rows |= {"phone_numbers-0-country": "SK", "phone_numbers-0-kind": "mobile", "email_addresses-TOTAL_FORMS": 0}
    rows |= {"email_addresses-INITIAL_FORMS": 0, "last_name": "Oravec", "stage": "customer", "custom": "{}"}
    page = admin_client.post(reverse("admin:crm_contact_add"), rows).content.decode()
    assert "There are no digits in it." in page
    assert not Contact.objects.exists()


def test_a_queues_own_numbers_are_kept_by_their_keys(admin_client: Client) -> None:
    queue = QueueFactory(country="SK")
    body = {
        "title": "Support SK",
        "slug": queue.slug,
        "name": queue.name,
        "country": "SK",
        "time_zone": "Europe/Prague",
    }
    body |= {"own_numbers": "02/5555 0000", "queue_outcomes-TOTAL_FORMS": 0, "queue_outcomes-INITIAL_FORMS": 0}
    answer = admin_client.post(reverse("admin:crm_queue_change", args=[queue.pk]), body)
    assert answer.status_code == 302, answer.content.decode()
    assert Queue.objects.get().own_numbers == ["+421255550000"]


def test_a_person_is_added_with_a_role_and_a_password_that_is_hashed(admin_client: Client, team: Team) -> None:
    body = {"username": "Petr", "name": "Petr Dvořák", "role": "agent", "teams": [team.pk], "usable_password": "true"}
    body |= {"password1": "velmi-dlouhe-heslo", "password2": "velmi-dlouhe-heslo"}
    answer = admin_client.post(reverse("admin:crm_user_add"), body)
    assert answer.status_code == 302, answer.content.decode()
    petr = User.objects.get(username="petr")
    assert petr.check_password("velmi-dlouhe-heslo")
    assert list(petr.teams.all()) == [team]


def test_a_person_with_only_a_desk_telephone_needs_no_password(admin_client: Client) -> None:
    body = {"username": "karel", "name": "Karel Urban", "role": "office", "usable_password": "false"}
    admin_client.post(reverse("admin:crm_user_add"), body)
    assert not User.objects.get(username="karel").has_usable_password()


def test_a_persons_password_is_neither_shown_nor_hinted_at(admin_client: Client, agent: User) -> None:
    page = admin_client.get(reverse("admin:crm_user_change", args=[agent.pk])).content.decode()
    assert agent.password not in page
    assert agent.password.rpartition("$")[2] not in page


def test_people_are_switched_off_and_never_deleted(admin_client: Client, agent: User) -> None:
    assert admin_client.post(reverse("admin:crm_user_delete", args=[agent.pk]), {"post": "yes"}).status_code == 403


def test_a_custom_fields_key_stays(admin_client: Client) -> None:
    field = CustomFieldFactory(key="tax_id")
    body = {"key": "other", "record": "account", "title": "Tax number", "kind": "text", "position": 1}
    admin_client.post(reverse("admin:crm_customfield_change", args=[field.pk]), body)
    field.refresh_from_db()
    assert (field.key, field.record, field.title) == ("tax_id", "contact", "Tax number")
