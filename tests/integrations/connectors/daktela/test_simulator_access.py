"""Who gets in? Tokens in each place, log-in, refresh, whoim, rights."""

import httpx
import pytest
from daktela import DaktelaClient, DaktelaConfig
from daktela.auth import AuthMethod

from integrations.connectors.daktela.simulator import Simulator
from tests.clock import HandClock

from .conftest import Api


def test_whoim_without_a_token_is_nobody_and_tells_the_version(api: Api) -> None:
    answer = api("GET", "whoim", user=None)
    assert answer.status_code == 200
    assert answer.json()["result"]["user"] is None
    assert answer.json()["result"]["version"]
    assert "total" not in answer.json()["result"]


def test_whoim_tells_the_user_and_the_token_that_was_used(api: Api, simulator: Simulator) -> None:
    user = api("GET", "whoim.json", user="petr").json()["result"]["user"]
    assert (user["name"], user["title"]) == ("petr", "Petr Novák")
    assert user["_sys"]["accessToken"] == simulator.token("petr")


def test_whoim_with_a_wrong_token_is_refused(api: Api) -> None:
    assert api("GET", "whoim", user=None, headers={"X-AUTH-TOKEN": "wrong"}).status_code == 401


def test_everything_else_needs_a_token(api: Api) -> None:
    for path in ("contacts", "contacts/contact_0001", "appPullData", "xxx"):
        answer = api("GET", path, user=None)
        assert answer.status_code == 401
        assert answer.json()["error"] == ["Unauthorized"]
        assert answer.json()["result"] is None


@pytest.mark.parametrize("method", list(AuthMethod))
def test_the_official_client_gets_in_by_each_of_its_ways(simulator: Simulator, method: AuthMethod) -> None:
    config = DaktelaConfig(url=simulator.url, access_token=simulator.token("petr"), auth_method=method)
    with DaktelaClient(config) as client:
        assert client.ping()


def test_a_token_is_taken_from_the_openapi_header_and_from_the_body(api: Api, simulator: Simulator) -> None:
    token = simulator.token("admin")
    assert api("GET", "users", user=None, headers={"X-AUTH-TOKEN-OPENAPI": token}).status_code == 200
    body = {"accessToken": token, "name": "by_body", "title": "By body"}
    assert api("POST", "statuses", user=None, json=body).status_code == 201
    assert "accessToken" not in api("GET", "statuses/by_body").json()["result"]


def test_a_log_in_answers_200_with_two_tokens_and_the_user(api: Api) -> None:
    answer = api("POST", "login", user=None, json={"username": "jana", "password": "daktela-demo"})
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert result["user"]["name"] == "jana"
    assert api("GET", "users", user=None, headers={"X-AUTH-TOKEN": result["accessToken"]}).status_code == 200


def test_a_log_in_may_ask_for_the_bare_token_and_come_by_query_or_form(api: Api) -> None:
    values = {"username": "jana", "password": "daktela-demo", "only_token": "1"}
    for settings in ({"params": values}, {"data": values}, {"json": values}):
        assert len(api("POST", "login.json", user=None, **settings).json()["result"]) == 32


@pytest.mark.parametrize("password", ["-123", "", None])
def test_bad_credentials_are_refused(api: Api, password: str | None) -> None:
    assert api("POST", "login", user=None, json={"username": "jana", "password": password}).status_code == 401
    assert api("POST", "login", user=None, json={"username": "xyz", "password": password}).status_code == 401


def test_a_session_ends_after_an_hour_and_is_refreshed_once(api: Api, clock: HandClock) -> None:
    first = api("POST", "login", user=None, json={"username": "jana", "password": "daktela-demo"}).json()["result"]
    clock.forward(3601)
    assert api("GET", "users", user=None, headers={"X-AUTH-TOKEN": first["accessToken"]}).status_code == 401
    again = api("PUT", "login", user=None, json={"refreshToken": first["refreshToken"]})
    token = again.json()["result"]["accessToken"]
    assert api("GET", "users", user=None, headers={"X-AUTH-TOKEN": token}).status_code == 200
    assert api("PUT", "login", user=None, json={"refreshToken": first["refreshToken"]}).status_code == 401


def test_a_cookie_client_is_given_new_cookies_when_its_session_has_ended(api: Api, clock: HandClock) -> None:
    first = api("POST", "login", user=None, json={"username": "jana", "password": "daktela-demo"}).json()["result"]
    clock.forward(3601)
    cookie = f"c_user={first['accessToken']}; c_refresh_token={first['refreshToken']}"
    answer = api("GET", "whoim", user=None, headers={"Cookie": cookie})
    assert answer.json()["result"]["user"]["name"] == "jana"
    assert {"c_user", "c_refresh_token"} <= set(answer.cookies)


def test_an_agent_may_not_change_settings_nor_dial_for_somebody_else(api: Api) -> None:
    assert api("POST", "statuses", user="petr", json={"title": "Mine"}).status_code == 403
    call = {"type": "CALL", "number": "777111222", "queue": 2010, "user": "jana"}
    assert api("POST", "activities", user="petr", json=call).status_code == 403
    assert api("POST", "activities", user="admin", json=call).status_code == 201


def test_no_answer_shows_a_password_or_the_token_of_another_user(api: Api, simulator: Simulator) -> None:
    text = api("GET", "users", user="petr").text + api("GET", "users/jana", user="petr").text
    assert "daktela-demo" not in text
    assert simulator.token("jana") not in text


def test_a_new_user_can_sign_in_with_the_password_given(api: Api) -> None:
    user = {"name": "new", "title": "New", "type": "CC", "password": "secret-1", "frontend_version": "react"}
    user |= {"recordAtCallStart": "disabled", "mfa_verification": 0, "timezone": "_AUTOMATIC_"}
    assert api("POST", "users", json=user).status_code == 201
    assert api("POST", "login", user=None, json={"username": "new", "password": "secret-1"}).status_code == 200


def test_a_recording_needs_a_token_too(simulator: Simulator) -> None:
    assert httpx.get(f"{simulator.url}/file/recording/activities_1").status_code == 401
