"""What becomes of a call, a message, an agent's state? Scenarios, seen through the API as a client sees them."""

import io
import threading
import time
import wave
from typing import Any

import httpx
import pytest

from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.daktela.simulator.scenarios import Impossible
from tests.clock import HandClock

from .conftest import Api


def activity(api: Api, name: str) -> Any:
    return api("GET", f"activities/{name}").json()["result"]


def test_a_call_rings_is_answered_ends_and_closes(api: Api, simulator: Simulator, clock: HandClock) -> None:
    name = simulator.scenarios.ring("petr", 2000, "+420773796041")["name"]
    seen = activity(api, name)
    assert (seen["action"], seen["title"], seen["contact"]["title"]) == ("WAIT", "+420773796041", "Eva Dvořáková")
    assert (seen["item"]["clid"], seen["item"]["direction"], seen["item"]["answered"]) == ("+420773796041", "in", False)
    clock.forward(4)
    simulator.scenarios.answer(name)
    clock.forward(180)
    simulator.scenarios.hang_up(name)
    wrap_up = activity(api, name)
    assert (wrap_up["action"], wrap_up["item"]["duration"], wrap_up["item"]["disposition_cause"]) == (
        "OPEN",
        180,
        "caller",
    )
    clock.forward(6)
    simulator.scenarios.close(name)
    closed = activity(api, name)
    times = [closed[key] for key in ("time", "time_open", "time_close")]
    assert times == ["2026-01-05 10:00:00", "2026-01-05 10:00:04", "2026-01-05 10:03:10"]
    assert (closed["ringing_time"], closed["duration"], closed["aaw"]) == (4, 180, 6)


def test_a_call_that_nobody_answers_is_missed(api: Api, simulator: Simulator, clock: HandClock) -> None:
    ringing = simulator.scenarios.ring("petr", 2000, "777")
    clock.forward(20)
    simulator.scenarios.hang_up(ringing["name"])
    call = api("GET", f"activitiesCall/{ringing['item']}").json()["result"]
    assert (call["answered"], call["missed_call"], call["disconnection_cause"]) == (False, 1, "abandon")
    assert call["missed_call_time"] == "2026-01-05 10:00:20"
    assert call["activities"][0]["action"] == "CLOSE"


def test_a_transfer_closes_one_activity_and_rings_another_of_the_same_call(api: Api, simulator: Simulator) -> None:
    first = simulator.scenarios.ring("petr", 2000, "773796041")
    simulator.scenarios.answer(first["name"])
    second = simulator.scenarios.transfer(first["name"], "jana")
    assert (activity(api, first["name"])["action"], activity(api, second["name"])["action"]) == ("CLOSE", "WAIT")
    assert activity(api, second["name"])["user"]["name"] == "jana"
    call = api("GET", f"activitiesCall/{first['item']}").json()["result"]
    assert [one["name"] for one in call["activities"]] == [first["name"], second["name"]]
    assert call["disposition_cause"] == "transfer"
    simulator.scenarios.answer(second["name"])
    assert api("GET", f"activitiesCall/{first['item']}").json()["result"]["id_agent"]["name"] == "jana"


def test_a_consulted_agent_takes_the_call_over_when_put_through(api: Api, simulator: Simulator) -> None:
    first = simulator.scenarios.ring("petr", 2000, "773796041")
    simulator.scenarios.answer(first["name"])
    second = simulator.scenarios.consult(first["name"], "lucia")
    simulator.scenarios.answer(second["name"])
    assert (activity(api, first["name"])["action"], activity(api, second["name"])["action"]) == ("OPEN", "OPEN")
    simulator.scenarios.put_through(first["name"])
    assert (activity(api, first["name"])["action"], activity(api, second["name"])["action"]) == ("CLOSE", "OPEN")
    assert first["item"] == second["item"]


def test_a_consulted_agent_who_leaves_does_not_end_the_call(api: Api, simulator: Simulator) -> None:
    first = simulator.scenarios.ring("petr", 2000, "773796041")
    simulator.scenarios.answer(first["name"])
    second = simulator.scenarios.consult(first["name"], "lucia")
    simulator.scenarios.close(second["name"])
    assert activity(api, first["name"])["item"]["disposition_cause"] == ""
    assert simulator.scenarios.transfer(first["name"], "jana")["action"] == "WAIT"


def test_what_cannot_happen_is_refused_in_words(simulator: Simulator) -> None:
    does = simulator.scenarios
    ringing = does.ring("petr", 2000, "777")["name"]
    message = does.email("petr", "x@example.com", "Hello")["name"]
    impossible = [
        lambda: does.ring("nobody", 2000, "777"),
        lambda: does.ring("petr", 9999, "777"),
        lambda: does.ring("petr", 2000, "777", "sideways"),
        lambda: does.transfer(ringing, "jana"),
        lambda: does.postpone(ringing),
        lambda: does.hang_up(message),
        lambda: does.answer("none"),
    ]
    for attempt in impossible:
        with pytest.raises(Impossible, match=r"\w{3}"):
            attempt()


def test_a_withheld_number_is_empty_and_belongs_to_nobody(api: Api, simulator: Simulator) -> None:
    seen = activity(api, simulator.scenarios.ring("petr", 2000, None)["name"])
    assert (seen["item"]["clid"], seen["contact"], seen["title"]) == ("", None, "Anonymous")


def test_postponing_sets_the_time_of_closing_for_good(api: Api, simulator: Simulator, clock: HandClock) -> None:
    name = simulator.scenarios.email("petr", "eva.dvorakova@moravia-kola.example", "Invoice")["name"]
    clock.forward(60)
    postponed = api("PUT", f"activities/{name}", json={"action": "POSTPONE"}).json()["result"]
    assert (postponed["action"], postponed["time_close"]) == ("POSTPONE", "2026-01-05 10:01:00")
    clock.forward(3600)
    closed = api("PUT", f"activities/{name}", json={"action": "CLOSE"}).json()["result"]
    assert (closed["action"], closed["time_close"]) == ("CLOSE", "2026-01-05 10:01:00")


@pytest.mark.parametrize(
    ("kind", "item", "direction"),
    [("email", "activitiesEmail", "in"), ("chat", "activitiesWeb", None), ("sms", "activitiesSms", "IN")],
)
def test_messages_have_items_of_their_own(
    api: Api, simulator: Simulator, kind: str, item: str, direction: str | None
) -> None:
    does = simulator.scenarios
    made = {
        "email": lambda: does.email("petr", "eva.dvorakova@moravia-kola.example", "Invoice"),
        "chat": lambda: does.chat("petr", "Eva", "eva.dvorakova@moravia-kola.example"),
        "sms": lambda: does.sms("petr", "+420773796041", "Please call me."),
    }[kind]()
    seen = activity(api, made["name"])
    assert seen["contact"]["name"] == "contact_0001"
    assert seen["item"]["_sys"]["model"] == item
    assert seen["item"].get("direction") == direction
    read = api("GET", f"{item}/{seen['item']['name']}").json()["result"]
    assert read["activities"][0]["name"] == made["name"]


def test_a_custom_activity_may_be_closed_in_the_past(api: Api) -> None:
    values = {"type": "CUSTOM", "title": "Visit", "action": "CLOSE", "time_close": "2025-12-24 12:00:00"}
    made = api("POST", "activities", user="petr", json=values).json()["result"]
    assert (made["time_close"], made["time"]) == ("2025-12-24 12:00:00", "2026-01-05 10:00:00")
    assert made["user"]["name"] == "petr"


def test_an_agent_dials_from_an_outgoing_queue_only(api: Api, simulator: Simulator) -> None:
    call = {"number": "601123456", "type": "CALL"}
    for queue in (2000, 9999):
        assert api("POST", "activities", user="petr", json=call | {"queue": queue}).status_code == 400
    answer = api("POST", "activities.json", user="petr", json=call | {"queue": 2010})
    assert answer.status_code == 201
    made = answer.json()["result"]
    assert (made["title"], made["item"]["direction"], made["item"]["did"]) == ("601123456", "out", "00420228888000")
    log_out = {"queues": [{"login": False, "name": 2010, "penalty": 0}]}
    assert "2010" not in str(api("POST", "usersSession", user="petr", json=log_out).json()["result"]["queues"])
    assert api("POST", "activities", user="petr", json=call | {"queue": 2010}).status_code == 400


def test_a_pause_shows_in_the_realtime_session(api: Api) -> None:
    assert api("POST", "usersSession", user="petr", json={"pause": "siesta"}).status_code == 400
    assert api("POST", "usersSession", user="petr", json={"pause": "lunch"}).status_code == 201
    paused = "filter[field]=state&filter[operator]=eq&filter[value]=Paused"
    rows = api("GET", f"realtimeSessions?{paused}").json()["result"]["data"]
    assert [(row["id_agent"]["name"], row["id_pause"]["title"]) for row in rows] == [("petr", "Lunch")]
    api("POST", "usersSession", user="petr", json={"pause": None})
    assert api("GET", f"realtimeSessions?{paused}").json()["result"]["total"] == 0


def test_a_poll_without_a_hash_tells_all_at_once(api: Api, simulator: Simulator) -> None:
    name = simulator.scenarios.ring("petr", 2000, "777")["name"]
    simulator.scenarios.ring("jana", 2000, "778")
    told = api("GET", "appPullData.json?hash=", user="petr").json()["result"]
    assert [one["name"] for one in told["activities"]] == [name]
    assert (told["user"]["state"], told["devices"][0]["state"]) == ("Idle", "Busy")
    assert {"hash", "queues", "notifications"} <= set(told)


def test_a_poll_with_the_last_hash_waits_and_then_tells_the_hash_alone(api: Api) -> None:
    last = api("GET", "appPullData", user="petr").json()["result"]["hash"]
    started = time.monotonic()
    assert api("GET", f"appPullData?hash={last}", user="petr").json()["result"] == {"hash": last}
    assert time.monotonic() - started >= 0.3


def test_a_waiting_poll_wakes_for_its_own_user_only(clock: HandClock) -> None:
    with Simulator(clock=clock, poll_seconds=10) as patient:
        token = {"accessToken": patient.token("petr")}
        address = f"{patient.url}/api/v6/appPullData"
        last = httpx.get(address, params=token).json()["result"]["hash"]
        told: dict[str, Any] = {}
        waiting = threading.Thread(target=lambda: told.update(httpx.get(address, params=token | {"hash": last}).json()))
        waiting.start()
        patient.scenarios.ring("jana", 2000, "778")
        waiting.join(0.3)
        assert waiting.is_alive()
        mine = patient.scenarios.ring("petr", 2000, "777")
        waiting.join(2)
        assert [one["name"] for one in told["result"]["activities"]] == [mine["name"]]
        assert told["result"]["notifications"] == [{"event": "call_create", "name": mine["name"]}]


def test_a_recording_can_be_heard_once_the_call_has_ended(api: Api, simulator: Simulator, clock: HandClock) -> None:
    name = simulator.scenarios.ring("petr", 2000, "777")["name"]
    address = f"{simulator.url}/file/recording/{name}"
    token = {"accessToken": simulator.token("petr")}
    simulator.scenarios.answer(name)
    assert httpx.get(address, params=token).status_code == 404
    clock.forward(2)
    simulator.scenarios.close(name)
    whole = httpx.get(address, params=token | {"download": "true"})
    assert whole.headers["content-type"] == "audio/x-wav"
    assert name in whole.headers["content-disposition"]
    with wave.open(io.BytesIO(whole.content)) as sound:
        assert sound.getnframes() / sound.getframerate() == 2
    part = httpx.get(address, params=token, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert part.headers["content-range"] == f"bytes 0-3/{len(whole.content)}"
    assert httpx.get(address, params=token, headers={"Range": "bytes=9999999-"}).status_code == 416


def test_call_ids_are_never_repeated_by_a_later_simulator(clock: HandClock) -> None:
    first = Simulator(clock=clock).scenarios.ring("petr", 2000, "777")["item"]
    clock.forward(5)
    assert Simulator(clock=clock).scenarios.ring("petr", 2000, "777")["item"] != first


def test_many_threads_at_once_lose_nothing(simulator: Simulator, api: Api) -> None:
    def make(count: int) -> None:
        for _ in range(count):
            api("POST", "contacts", json={"title": "Many", "lastname": "Many", "database": "default"})

    threads = [threading.Thread(target=make, args=(10,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert api("GET", "contacts?take=1").json()["result"]["total"] == 66
