"""Do the connector and the simulator speak as Daktela was seen to speak?"""

from __future__ import annotations

import json

import pytest

from integrations.connectors.base import Access, Rejected
from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.errors import RecordGone, TemporaryFailure
from tests.integrations.connectors.daktela.conftest import Api
from tests.integrations.connectors.daktela.replay import PAYLOADS, recorded
from tests.integrations.connectors.daktela.systems import PRAGUE, item
from tests.integrations.connectors.recorded import shape


def opened(url: str) -> Daktela:
    return Daktela(Access(url, PRAGUE, {"token": "a-token"}, [url]))


def test_a_list_is_read_flat_and_what_is_not_told_is_absent() -> None:
    with recorded("contacts") as url, opened(url) as daktela:
        page = next(daktela.changes("contact", None))
        first, second = (record.values for record in page.records)
    assert (page.is_last, page.total) == (False, 9)
    assert (first["account"], second["account"]) == (None, "account_0001")
    assert first["customFields.number"] == "00420111222333"
    assert "firstname" not in first
    assert not any(name.startswith("customFields") for name in second)


def test_custom_fields_are_read_from_a_record() -> None:
    with recorded("contact") as url, opened(url) as daktela:
        row = PAYLOADS["contact"]["body"]["result"]
        definitions = row["_sys"]["cfScheme"]
        assert set(definitions) == {"number", "segment", "secret"}
        assert daktela.api.update("contacts", "contact_0001", {"title": "Test Person"})["title"] == "Test Person"


@pytest.mark.parametrize(
    ("name", "field", "reason"),
    [
        ("refused-form", "lastname", "Item is mandatory"),
        ("refused-nested-form", "customFields.email", "This value is not a valid email address"),
        ("refused-primary", "", "User have not available devices"),
        ("refused-primary-and-form", "", "Ticket cannot be closed"),
        ("error-in-success", "title", "Entry is required"),
    ],
)
def test_a_refusal_names_its_field_and_says_why(name: str, field: str, reason: str) -> None:
    with recorded(name) as url, opened(url) as daktela:
        settled = list(daktela.write("contact", [item(1, remote_id="contact_0001")]))
    assert settled == [Rejected("key-1", reason, field)]


@pytest.mark.parametrize("name", ["gone-text", "gone-list"])
def test_older_builds_say_gone_with_400(name: str) -> None:
    with recorded(name) as url, opened(url) as daktela, pytest.raises(RecordGone):
        daktela.api.update("contacts", "contact_9", {"title": "x"})


@pytest.mark.parametrize("name", ["no-result", "rows-by-name", "contact"])
def test_what_is_no_list_is_an_error_and_not_an_empty_one(name: str) -> None:
    with recorded(name) as url, opened(url) as daktela:
        for ask in (lambda: list(daktela.changes("contact", None)), lambda: list(daktela.ids("contact"))):
            with pytest.raises(TemporaryFailure):
                ask()
        with pytest.raises(TemporaryFailure):
            daktela.fetch("contact", ["contact_0001"])


def test_a_webhook_in_use_is_understood() -> None:
    (event,) = Daktela.read(json.dumps(PAYLOADS["webhook"]["body"]).encode())
    assert (event.entity, event.remote_id, event.verb) == ("activity", "activities_0001", "close")
    assert event.values["queue"] == "2000"
    assert "user" not in event.values  # its placeholder was never filled


def test_the_simulator_answers_in_the_shapes_that_were_seen(api: Api) -> None:
    seen = shape(PAYLOADS["contact"]["body"])
    told = api("GET", "contacts/contact_0001").json()
    assert told.keys() == seen.keys()
    assert told["result"].keys() == seen["result"].keys()
    fields = {"fields[0]": "name", "fields[1]": "title", "fields[2]": "account.name", "fields[3]": "customFields"}
    listed = api("GET", "contacts", params=fields).json()["result"]
    assert listed.keys() == PAYLOADS["contacts"]["body"]["result"].keys()
    assert "_sys" not in listed["data"][0]
    for name, values in (
        ("refused-form", {"title": "x", "database": "default"}),
        ("refused-nested-form", {"title": "x", "lastname": "y", "database": "default", "customFields": {"email": "z"}}),
    ):
        refused = api("POST", "contacts", json=values)
        assert (refused.status_code, refused.json()["error"]) == (400, PAYLOADS[name]["body"]["error"])
        assert refused.json()["result"].keys() >= PAYLOADS[name]["body"]["result"].keys()
