"""The erased stay erased (contract X1, threat 20): does every writer ask the list, and say why it refuses?"""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from crm.models import Contact, EmailAddress, PhoneNumber, Suppression, Team, User
from tests.crm.views.test_records import form
from tests.factories import ActivityFactory, ContactFactory, CustomFieldFactory

NUMBER, WRITTEN = "+420773796040", "00420 773 796 040"
ADDRESS, SPELLED = "jana@example.cz", "Jana@Example.cz"
NO_NUMBER = "This person asked to be erased, so this number must not be kept again. Leave it out."
NO_ADDRESS = "This person asked to be erased, so this address must not be kept again. Leave it out."


@pytest.fixture(autouse=True)
def erased(db: None) -> None:
    Suppression.objects.suppress("number", [NUMBER])
    Suppression.objects.suppress("email", [ADDRESS])


@pytest.fixture
def petr(team: Team) -> Contact:
    return ContactFactory(first_name="Petr", last_name="Malý", team=team)


def changed(client: Client, contact: Contact, body: dict[str, Any]) -> Any:
    return client.generic("PATCH", f"/api/contacts/{contact.pk}/", json.dumps(body), "application/json")


def is_kept() -> bool:
    return PhoneNumber.objects.exists() or EmailAddress.objects.exists()


def test_x1_the_list_holds_no_personal_data() -> None:
    for row in Suppression.objects.all():
        assert b"773796040" not in bytes(row.digest)
        assert len(bytes(row.digest)) == 32


def test_x1_kinds_do_not_meet_and_capitals_do_not_matter() -> None:
    assert Suppression.objects.among("email", [SPELLED, "petr@example.cz"]) == {SPELLED}
    assert Suppression.objects.among("remote:daktela:contact", [ADDRESS]) == set()
    assert Suppression.objects.among("number", ["\ud800"]) == set()


def test_x1_a_new_secret_key_does_not_empty_the_list_and_another_key_of_its_own_would(
    settings: Any,
) -> None:
    settings.SECRET_KEY = "rotated"
    assert Suppression.objects.among("number", [NUMBER]) == {NUMBER}
    settings.SUPPRESSION_KEY = "another"
    assert Suppression.objects.among("number", [NUMBER]) == set()


def test_x1_the_offices_forms_refuse(agent_client: Client) -> None:
    answer = agent_client.post("/contacts/new/", form((WRITTEN,), (SPELLED,), last_name="Nováková"))
    assert answer.status_code == 422
    assert NO_NUMBER in answer.content.decode()
    assert NO_ADDRESS in answer.content.decode()
    assert not Contact.objects.exists()


def test_x1_an_admins_own_fields_refuse(agent_client: Client, petr: Contact) -> None:
    CustomFieldFactory(key="fax", kind="phone")
    CustomFieldFactory(key="mail", kind="email")
    data = form(last_name="Malý", custom_fax=WRITTEN, custom_mail=SPELLED, seen_at=petr.changed_at.isoformat())
    answer = agent_client.post(f"/contacts/{petr.pk}/edit/", data)
    assert answer.status_code == 422
    assert NO_NUMBER in answer.content.decode()
    assert NO_ADDRESS in answer.content.decode()
    assert not is_kept()


def test_x1_adding_and_remembering_a_number_refuse(agent_client: Client, petr: Contact, agent: User) -> None:
    added = agent_client.post(reverse("crm:contact_number", args=[petr.pk]), {"value": WRITTEN, "kind": "mobile"})
    assert (added.status_code, NO_NUMBER in added.content.decode()) == (422, True)
    activity = ActivityFactory(user=agent, team=petr.team, number=NUMBER)
    remember = {"record": f"contact-{petr.pk}", "remember": "on"}
    answer = agent_client.post(reverse("crm:activity_link", args=[activity.pk]), remember, follow=True)
    assert NO_NUMBER in answer.content.decode()
    activity.refresh_from_db()
    assert activity.contact == petr, "the link itself was a person's word"
    assert not is_kept()


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"numbers": [{"number": WRITTEN}]}, {"numbers": [NO_NUMBER]}),
        ({"emails": [SPELLED]}, {"emails": [NO_ADDRESS]}),
        ({"custom": {"fax": WRITTEN}}, {"custom": {"fax": [NO_NUMBER]}}),
        ({"custom": {"mail": SPELLED}}, {"custom": {"mail": [NO_ADDRESS]}}),
    ],
)
def test_x1_the_api_refuses_by_name(agent_client: Client, petr: Contact, body: Any, wrong: Any) -> None:
    CustomFieldFactory(key="fax", kind="phone")
    CustomFieldFactory(key="mail", kind="email")
    made = agent_client.post("/api/contacts/", {"last_name": "Nováková", **body}, "application/json")
    later = changed(agent_client, petr, body)
    assert [(one.status_code, one.json()) for one in (made, later)] == [(400, wrong)] * 2
    assert not is_kept()
    assert Contact.objects.count() == 1


def test_x1_a_tasks_number_is_refused_too(agent_client: Client) -> None:
    answer = agent_client.post("/api/tasks/", {"title": "Call", "number": WRITTEN}, "application/json")
    assert (answer.status_code, answer.json()) == (400, {"number": [NO_NUMBER]})


def test_x1_what_a_living_person_has_already_is_no_hindrance(agent_client: Client, petr: Contact) -> None:
    """A number that was somebody else's before: it stays, and the record can be saved."""
    PhoneNumber.objects.create(contact=petr, number=NUMBER, written=WRITTEN)
    body = {"numbers": [{"number": WRITTEN}], "job_title": "Buyer"}
    assert changed(agent_client, petr, body).status_code == 200
    petr.refresh_from_db()
    data = form(("+420 773 796 040",), last_name="Malý", seen_at=petr.changed_at.isoformat())
    assert agent_client.post(f"/contacts/{petr.pk}/edit/", data).status_code == 302


def test_x1_the_admin_refuses(admin_client: Client, petr: Contact) -> None:
    totals = {f"{of}-{what}_FORMS": "0" for of in ("phone_numbers", "email_addresses") for what in ("INITIAL", "MIN")}
    lines = {
        "phone_numbers-TOTAL_FORMS": "1", "phone_numbers-0-written": WRITTEN, "phone_numbers-0-kind": "mobile",
        "phone_numbers-0-country": "CZ", "email_addresses-TOTAL_FORMS": "1", "email_addresses-0-address": SPELLED,
    }  # fmt: skip
    data = {"last_name": "Malý", "stage": "customer", **totals, **lines}
    answer = admin_client.post(reverse("admin:crm_contact_change", args=[petr.pk]), data)
    assert NO_NUMBER in answer.content.decode()
    assert NO_ADDRESS in answer.content.decode()
    assert not is_kept()


def test_x1_a_command_puts_people_on_the_list_and_takes_them_off() -> None:
    def told(lines: str, **options: bool) -> None:
        call_command("suppress", stdin=io.StringIO(lines), **options)

    told("606 555 999\nPetr@example.cz\n")
    assert Suppression.objects.among("number", ["+420606555999"])
    assert Suppression.objects.among("email", ["petr@example.cz"])
    told("606 555 999\n", lift=True)
    assert not Suppression.objects.among("number", ["+420606555999"])
    with pytest.raises(CommandError):
        told("Petr\n")
