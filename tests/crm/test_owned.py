"""What another system is the master of (contract C1, threat 19): is it read-only in every form and in the API?"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crm.models import Contact, OwnedField, PhoneNumber, Team
from tests.crm.views.test_records import form
from tests.factories import AccountFactory, ContactFactory, CustomFieldFactory

MINE = ("first_name", "last_name", "account", "stage", "language", "do_not_call", "email", "phone.mobile", "custom.vat")
FROM = "This comes from Dynamics 365: change it there."


@pytest.fixture
def jana(team: Team) -> Contact:
    """Jana, who comes from Dynamics with her name, account, stage, addresses, mobile numbers and VAT number."""
    CustomFieldFactory(key="vat", title="VAT number", is_required=True)
    for field in MINE:
        OwnedField.objects.create(record="contact", master="dynamics", field=field, label="Dynamics 365")
    made: Contact = ContactFactory(
        first_name="Jana", last_name="Nováková", team=team, master="dynamics", job_title="Buyer", language="cs",
        account=AccountFactory(name="Acme", team=team), custom={"vat": "CZ1"}, emails=["jana@example.cz"],
    )  # fmt: skip
    made.phone_numbers.create(number="+420773796040", written="773 796 040", kind="mobile")
    made.phone_numbers.create(number="+420585555100", written="585 555 100", kind="work")
    return made


def patch_of(client: Client, jana: Contact, body: Any) -> Any:
    return client.generic("PATCH", f"/api/contacts/{jana.pk}/", json.dumps(body), "application/json")


def numbers_of(jana: Contact) -> set[tuple[str, str]]:
    return set(jana.phone_numbers.values_list("number", "kind"))


def test_c1_the_form_shows_what_is_the_masters_and_takes_no_change_of_it(agent_client: Client, jana: Contact) -> None:
    html = agent_client.get(f"/contacts/{jana.pk}/edit/").content.decode()
    for name in ("first_name", "language", "do_not_call", "custom_vat"):
        assert re.search(rf'name="{name}"[^>]* disabled', html), name
    assert not re.search(r'name="job_title"[^>]* disabled', html)
    assert html.count("Changed in Dynamics 365.") == 7
    assert 'name="account_search"' not in html
    sent = form(
        ("606 555 999",), first_name="Eva", last_name="Malá", stage="lead", language="de", do_not_call="on",
        custom_vat="CZ2", account="", job_title="Head", seen_at=jana.changed_at.isoformat(),
    )  # fmt: skip
    assert agent_client.post(f"/contacts/{jana.pk}/edit/", {**sent, "numbers-0-kind": "home"}).status_code == 302
    jana.refresh_from_db()
    assert (jana.name, jana.stage, jana.language, jana.do_not_call) == ("Jana Nováková", "customer", "cs", False)
    assert (jana.custom["vat"], str(jana.account), jana.job_title) == ("CZ1", "Acme", "Head")
    assert numbers_of(jana) == {("+420773796040", "mobile"), ("+420606555999", "home")}, "ours go and come, theirs stay"
    assert [str(row) for row in jana.email_addresses.all()] == ["jana@example.cz"]


def test_c1_the_forms_lines_refuse_a_number_and_an_address_of_the_masters_kind(
    agent_client: Client, jana: Contact
) -> None:
    sent = form(("606 555 999",), ("eva@example.cz",), seen_at=jana.changed_at.isoformat())
    answer = agent_client.post(f"/contacts/{jana.pk}/edit/", sent)
    assert answer.status_code == 422
    assert "Numbers of this kind come from Dynamics 365. Choose another kind." in answer.content.decode()
    assert "E-mail addresses come from Dynamics 365: change them there." in answer.content.decode()


def test_c1_a_number_on_the_records_page_is_added_as_ours_and_the_masters_stays(
    agent_client: Client, jana: Contact
) -> None:
    address = reverse("crm:contact_number", args=[jana.pk])
    refused = agent_client.post(address, {"value": "606 555 999", "kind": "mobile"})
    assert refused.status_code == 422
    assert "Mobile numbers come from Dynamics 365: change them there." in refused.content.decode()
    assert agent_client.post(address, {"value": "606 555 999", "kind": "work"}).status_code == 302
    theirs = jana.phone_numbers.get(kind="mobile")
    answer = agent_client.post(reverse("crm:number_remove", args=[theirs.pk]), follow=True)
    assert "comes from Dynamics 365. Remove it there." in answer.content.decode()
    agent_client.post(reverse("crm:number_confirm", args=[theirs.pk]))
    theirs.refresh_from_db()
    assert theirs.confirmed_at, "what agents teach is ours"


def test_c1_an_attached_number_gets_the_first_kind_that_is_ours(jana: Contact) -> None:
    OwnedField.objects.create(record="contact", master="dynamics", field="phone.other", label="Dynamics 365")
    assert jana.add_number("606 555 999").kind == PhoneNumber.Kind.WORK


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"first_name": "Eva"}, {"first_name": [FROM]}),
        ({"account": None}, {"account": [FROM]}),
        ({"stage": "lead", "job_title": "Head"}, {"stage": [FROM]}),
        ({"custom": {"vat": "CZ2"}}, {"custom": {"vat": [FROM]}}),
        ({"emails": []}, {"emails": [FROM]}),
        ({"emails": ["jana@example.cz", "eva@example.cz"]}, {"emails": [FROM]}),
        ({"numbers": []}, {"numbers": ["Numbers of the kind mobile come from Dynamics 365: send them as they are."]}),
        (
            {"numbers": [{"number": "773796040", "kind": "home"}]},
            {"numbers": ["Numbers of the kind mobile come from Dynamics 365: send them as they are."]},
        ),
    ],
)
def test_c1_the_api_refuses_a_write_to_what_is_the_masters_by_name(
    agent_client: Client, jana: Contact, body: Any, wrong: Any
) -> None:
    answer = patch_of(agent_client, jana, body)
    assert (answer.status_code, answer.json()) == (400, wrong)
    jana.refresh_from_db()
    assert (jana.name, jana.job_title) == ("Jana Nováková", "Buyer")


def test_c1_the_api_takes_back_what_it_gave_and_changes_what_is_ours(agent_client: Client, jana: Contact) -> None:
    given = agent_client.get(f"/api/contacts/{jana.pk}/").json()
    assert given["master"] == "dynamics"
    ours = [one for one in given["numbers"] if one["kind"] == "mobile"] + [{"number": "606 555 999", "kind": "home"}]
    numbers = [{name: one[name] for name in ("number", "kind")} for one in ours]
    answer = patch_of(
        agent_client, jana, {**given, "numbers": numbers, "job_title": "Head", "emails": ["Jana@example.cz"]}
    )
    assert answer.status_code == 200, answer.json()
    jana.refresh_from_db()
    assert jana.job_title == "Head"
    assert numbers_of(jana) == {("+420773796040", "mobile"), ("+420606555999", "home")}


def test_c1_what_has_no_master_is_ours_to_write(agent_client: Client, jana: Contact, team: Team) -> None:
    eva = ContactFactory(first_name="Eva", last_name="Malá", team=team, custom={"vat": "CZ3"})
    assert patch_of(agent_client, eva, {"first_name": "Ewa", "emails": ["eva@example.cz"]}).status_code == 200


def test_c1_the_admin_shows_it_and_saves_what_is_ours_alone(admin_client: Client, jana: Contact) -> None:
    page = reverse("admin:crm_contact_change", args=[jana.pk])
    html = admin_client.get(page).content.decode()
    assert "Mastered in Dynamics 365" in html
    assert 'name="first_name"' not in html
    assert 'name="email_addresses-0-address"' not in html
    rows = {row.kind: row.pk for row in jana.phone_numbers.all()}
    totals = {f"{of}-{what}_FORMS": "0" for of in ("phone_numbers", "email_addresses") for what in ("INITIAL", "TOTAL")}
    sent = {**totals, "first_name": "Eva", "job_title": "Head"}
    assert admin_client.post(page, sent).status_code == 302
    jana.refresh_from_db()
    assert (jana.name, jana.job_title) == ("Jana Nováková", "Head")
    line = {"id": rows["mobile"], "contact": jana.pk, "written": "773 796 040", "kind": "mobile", "country": "CZ"}
    sent |= {f"phone_numbers-0-{name}": str(value) for name, value in {**line, "DELETE": "on"}.items()}
    answer = admin_client.post(page, {**sent, "phone_numbers-INITIAL_FORMS": "1", "phone_numbers-TOTAL_FORMS": "1"})
    assert "Numbers of this kind come from Dynamics 365: change them there." in answer.content.decode()
    assert ("+420773796040", "mobile") in numbers_of(jana)
