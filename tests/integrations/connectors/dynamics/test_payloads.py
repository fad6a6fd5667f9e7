"""Do the connector and the simulator of Dynamics speak as its documentation does?"""

from __future__ import annotations

import json

import httpx
import msgspec
import pytest

from integrations.connectors.dynamics.describing import Attributes
from integrations.connectors.dynamics.refusals import QuestionRefused, refusal
from integrations.connectors.dynamics.simulator import Simulator
from integrations.connectors.dynamics.tables import TABLES, page
from integrations.connectors.errors import CursorExpired, NotAuthorized, RateLimited, UnknownField
from tests.integrations.connectors.dynamics.conftest import Ask
from tests.integrations.connectors.recorded import payloads, shape

PAYLOADS = payloads("dynamics")
SELECT = {"$select": "name,telephone1,merged,_masterid_value"}


def body(name: str) -> bytes:
    return json.dumps(PAYLOADS[name]["body"]).encode()


def answer(name: str) -> httpx.Response:
    payload = PAYLOADS[name]
    return httpx.Response(payload["status"], json=payload["body"], headers=payload.get("headers"))


def test_a_tracked_page_ends_with_its_delta_link() -> None:
    found = page(TABLES["account"], body("tracked"), "")
    assert [record.remote_id for record in found.records] == ["60c4e274-0d87-4711-80e5-00155db19e6d"]
    assert found.is_last
    assert "$deltatoken=" in str(found.cursor)


def test_a_delta_tells_who_is_gone() -> None:
    found = page(TABLES["account"], body("delta"), "")
    assert found.records[0].values["name"] == "Glassworks Ltd"
    assert found.deleted == ["2e451703-c686-4711-80e5-00155db19e6d"]


def test_a_page_in_the_middle_is_not_the_last() -> None:
    found = page(TABLES["account"], body("page"), "")
    assert not found.is_last
    assert "pagingcookie" in str(found.cursor)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("expired", CursorExpired),
        ("busy", RateLimited),
        ("no-member", NotAuthorized),
        ("unknown-column", UnknownField),
    ],
)
def test_a_refusal_is_understood(name: str, error: type[Exception]) -> None:
    found = refusal(answer(name))
    assert type(found) is error
    assert PAYLOADS[name]["body"]["error"]["message"] not in str(found)
    if isinstance(found, RateLimited):
        assert found.retry_after_seconds == 31


def test_any_other_refusal_of_a_question_is_for_the_administrator() -> None:
    found = refusal(httpx.Response(400, json={"error": {"code": "", "message": "jan@example.com is odd"}}))
    assert type(found) is QuestionRefused
    assert "jan@" not in str(found)


def test_metadata_is_read() -> None:
    (attribute,) = msgspec.json.decode(body("attributes"), type=Attributes).value
    assert (attribute.name, str(attribute.display_name)) == ("name", "Account Name")
    (industry,) = msgspec.json.decode(body("picklists"), type=Attributes).value
    assert industry.option_set
    assert [(one.value, str(one.label)) for one in industry.option_set.options] == [
        (1, "Accounting"),
        (2, "Agriculture"),
    ]


def asked(ask: Ask, simulator: Simulator, name: str) -> httpx.Response:
    """The simulator's answer to what a payload answers."""
    world, attributes = simulator.world, "EntityDefinitions(LogicalName='account')/Attributes"
    if name == "tracked":
        return ask("GET", "accounts", params=SELECT, prefer="odata.track-changes")
    if name == "delta":
        link = asked(ask, simulator, "tracked").json()["@odata.deltaLink"]
        world.change("account", world.key("account", 0), {"name": "Glassworks Ltd"})
        world.delete("account", world.key("account", 1))
        return ask("GET", link)
    if name == "page":
        return ask("GET", "accounts", params=SELECT, prefer="odata.maxpagesize=1")
    if name == "expired":
        link = asked(ask, simulator, "tracked").json()["@odata.deltaLink"]
        world.forget_changes()
        return ask("GET", link)
    if name == "busy":
        world.protects, world.requests_per_window = True, 0
    if name == "no-member":
        world.has_application_user = False
    if name in ("busy", "no-member", "whoami"):
        return ask("GET", "WhoAmI")
    if name == "unknown-column":
        return ask("GET", "accounts", params={"$select": "nosuch"})
    if name == "picklists":
        cast = f"{attributes}/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
        return ask("GET", cast, params={"$select": "LogicalName", "$expand": "OptionSet"})
    if name == "attributes":
        select = PAYLOADS[name]["request"].partition("$select=")[2]
        return ask("GET", attributes, params={"$select": select})
    secret = world.secret if name == "token" else "wrong"
    form = {"grant_type": "client_credentials", "client_id": world.client, "client_secret": secret}
    path = f"{simulator.url}/{world.tenant}/oauth2/v2.0/token"
    return httpx.post(path, data=form | {"scope": f"{simulator.url}/.default"})


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_simulator_answers_in_the_documented_shape(ask: Ask, simulator: Simulator, name: str) -> None:
    simulator.world.change("account", simulator.world.key("account", 0), {"telephone1": "+420 222 000 111"})
    found, payload = asked(ask, simulator, name), PAYLOADS[name]
    assert found.status_code == payload["status"]
    assert payload.get("headers", {}).keys() <= {header.title() for header in found.headers}
    theirs, ours = payload["body"], found.json()
    if name in ("picklists", "attributes"):
        column = theirs["value"][0]["LogicalName"]
        ours["value"] = [row for row in ours["value"] if row["LogicalName"] == column]
    if "error" in theirs and isinstance(theirs["error"], dict):
        assert ours["error"]["code"] == theirs["error"]["code"]
    if name == "delta":
        assert [shape(row) for row in ours["value"]] == [shape(row) for row in theirs["value"]]
    assert shape(ours) == shape(theirs)
