"""Does a recording reach those who may hear it and nobody else, from any place, and is it said why one does not?"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.conf import settings as ours
from django.test import Client
from django.urls import reverse

from crm.models import Activity, Team, User
from crm.sessions import WIDGET_COOKIE
from integrations.connectors.daktela.simulator import Simulator
from integrations.models import Connection, Playback
from tests.clock import HandClock
from tests.factories import ActivityFactory, ContactFactory, TeamFactory, UserFactory

THERE_IS_NONE = (404, "There is no such recording.")


@pytest.fixture
def recorded(connection: Connection, simulator: Simulator, clock: HandClock, agent: User, team: Team) -> Activity:
    """The agent's part in a call of twenty seconds that is over."""
    ringing = simulator.scenarios.ring("petr", 2000, "00420773796040")
    simulator.scenarios.answer(ringing)
    clock.forward(20)
    name = simulator.scenarios.close(ringing)["name"]
    return ActivityFactory(
        source=connection.slug, activity_id=name, user=agent, team=team, status="closed", has_recording=True,
        contact=ContactFactory(team=team),
    )  # fmt: skip


@pytest.fixture
def sound(simulator: Simulator, recorded: Activity) -> bytes:
    url = f"{simulator.url}/file/recording/{recorded.activity_id}"
    return httpx.get(url, headers={"X-AUTH-TOKEN": simulator.token("admin")}).content


def address(activity: Activity) -> str:
    return reverse("integrations:recording", args=[activity.pk])


def heard(client: Client, activity: Activity, **headers: str) -> Any:
    return client.get(address(activity), headers=headers)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def words(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    return answer.status_code, answer.content.decode().strip()


def test_h5_a_recording_is_played_whole_and_from_any_place(
    agent_client: Client, recorded: Activity, sound: bytes
) -> None:
    whole = heard(agent_client, recorded)
    assert (whole.status_code, body(whole), whole["Content-Length"]) == (200, sound, str(len(sound)))
    part = heard(agent_client, recorded, range="bytes=100-199")
    assert (part.status_code, body(part)) == (206, sound[100:200])
    assert part["Content-Range"] == f"bytes 100-199/{len(sound)}"
    beyond = heard(agent_client, recorded, range=f"bytes={len(sound) + 5}-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(sound)}")
    validated = heard(agent_client, recorded, range="bytes=100-199", if_range='"v1"')
    assert (validated.status_code, body(validated)) == (200, sound)


def test_threat_17_the_browser_is_told_neither_daktelas_address_nor_its_token(
    agent_client: Client, recorded: Activity, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = heard(agent_client, recorded)
        told = "".join(
            [*map(str, answer.headers.values()), caplog.text, *(str(one.__dict__) for one in caplog.records)]
        )
    assert body(answer)
    page = agent_client.get(reverse("crm:activity", args=[recorded.pk])).content.decode()
    for secret in (simulator.token("admin"), simulator.url, "accessToken"):
        assert secret not in told + page
    assert answer["Content-Type"] == "audio/x-wav"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("who", "may"), [("agent", True), ("office", True), ("admin", True), ("colleague", False), ("foreign", False)]
)
def test_threat_8_only_who_may_hears_it_and_sees_the_player(
    who: str, may: bool, recorded: Activity, team: Team, client_of: Callable[[User], Client], request: Any
) -> None:
    """An agent his own, the office all of its teams; for everybody else it is not there."""
    others = {
        "colleague": lambda: UserFactory(teams=[team]),
        "foreign": lambda: UserFactory(role=User.Role.OFFICE, teams=[TeamFactory(name="Poland")]),
    }
    client = client_of(others[who]() if who in others else request.getfixturevalue(who))
    answer = heard(client, recorded)
    assert answer.status_code == 200 if may else words(answer) == THERE_IS_NONE
    assert Playback.objects.exists() == may
    for page in (reverse("crm:activity", args=[recorded.pk]), reverse("crm:contact", args=[recorded.contact.pk])):
        assert (f'src="{address(recorded)}"' in client.get(page).content.decode()) == may


def test_a_stranger_hears_nothing_on_either_host(recorded: Activity, client_of: Callable[[None], Client]) -> None:
    assert words(heard(client_of(None), recorded))[0] == 401
    assert words(heard(Client(headers={"host": ours.WIDGET_HOST}), recorded))[0] == 401


def test_the_card_plays_it_on_the_widgets_host(recorded: Activity, sound: bytes, agent: User) -> None:
    client = Client(headers={"host": ours.WIDGET_HOST})
    client.force_login(agent)
    client.cookies[WIDGET_COOKIE] = client.cookies.pop(ours.SESSION_COOKIE_NAME).value
    assert body(heard(client, recorded)) == sound


def test_who_listened_is_kept_once_a_listening_and_logged(
    agent_client: Client, admin_client: Client, recorded: Activity, agent: User, admin: User
) -> None:
    for place in ("bytes=5-9", "bytes=0-", "bytes=10-20"):
        heard(agent_client, recorded, range=place)
    heard(admin_client, recorded)
    assert list(Playback.objects.order_by("pk").values_list("user", flat=True)) == [agent.pk, admin.pk]
    assert admin_client.get(reverse("admin:integrations_playback_changelist")).content.decode().count(agent.name) == 1


def test_what_has_no_recording_is_not_asked_for(agent_client: Client, recorded: Activity, simulator: Simulator) -> None:
    Activity.objects.update(has_recording=False)
    assert words(heard(agent_client, recorded)) == THERE_IS_NONE
    Activity.objects.update(has_recording=True, source="", activity_id=None)
    assert words(heard(agent_client, recorded))[1].startswith("The Daktela this call came by is not connected any more")


def test_a_recording_that_is_not_there_yet_is_said_in_words(
    agent_client: Client, recorded: Activity, simulator: Simulator
) -> None:
    simulator.world.assumptions = replace(simulator.world.assumptions, recording_delay_seconds=600)
    status, text = words(heard(agent_client, recorded))
    assert (status, text) == (
        404,
        "There is no recording of this call, or not yet: Daktela may need some minutes. Try again later.",
    )


@pytest.mark.parametrize(
    ("kind", "theirs", "status", "text"),
    [
        ("status", 503, 503, "Daktela cannot be asked for the recording just now."),
        ("html", 0, 503, "Daktela cannot be asked for the recording just now."),
        ("reset", 0, 503, "Daktela cannot be asked for the recording just now."),
        ("rate_limit", 0, 503, "Daktela cannot be asked for the recording just now."),
        ("status", 403, 502, "Daktela does not give us this recording."),
        ("html", 200, 503, "Daktela cannot be asked for the recording just now."),
    ],
)
def test_a_daktela_that_fails_is_said_in_words(
    agent_client: Client, recorded: Activity, simulator: Simulator, kind: str, theirs: int, status: int, text: str
) -> None:
    simulator.faults.add(kind, "/file/", status=theirs)
    code, told = words(heard(agent_client, recorded))
    assert (code, told.startswith(text)) == (status, True), told
    assert "<html" not in told


def test_nothing_but_get_is_answered(agent_client: Client, recorded: Activity) -> None:
    assert agent_client.post(address(recorded)).status_code == 405
    assert agent_client.head(address(recorded)).status_code == 405
