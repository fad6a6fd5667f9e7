"""Can programs read calls, and nobody write them?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import User
from tests.crm.api.conftest import Send
from tests.factories import CallFactory, QueueFactory, TeamFactory


@pytest.mark.parametrize("verb", ["post", "patch", "put", "delete"])
def test_nobody_writes_a_call(send: Send, admin: User, verb: str) -> None:
    assert send(admin, verb, f"calls/{CallFactory().pk}/", {"number": "+420"}).status_code == 405


def test_another_teams_calls_do_not_exist(send: Send, agent: User) -> None:
    call = CallFactory(team=TeamFactory(name="Germany"))
    assert send(agent, "get", "calls/").json()["results"] == []
    assert send(agent, "get", f"calls/{call.pk}/").status_code == 404


def test_calls_come_newest_first_and_can_be_cut_by_time_and_queue(send: Send, agent: User) -> None:
    now = timezone.now()
    calls = [CallFactory(started_at=now - timedelta(days=day), queue=QueueFactory(slug="2000")) for day in range(3)]
    CallFactory(queue=QueueFactory(slug="2010"), started_at=now - timedelta(days=1))
    since = (now - timedelta(days=1, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = send(agent, "get", f"calls/?queue=2000&started_from={since}").json()["results"]
    assert [row["id"] for row in rows] == [calls[0].pk, calls[1].pk]


def test_pages_of_calls_at_one_moment_neither_repeat_nor_skip(send: Send, agent: User) -> None:
    now = timezone.now()
    wanted = [CallFactory(started_at=now).pk for _ in range(5)]
    path, seen = "calls/?limit=2", []
    while path:
        page = send(agent, "get", path).json()
        seen += [row["id"] for row in page["results"]]
        path = (page["next"] or "").partition("/api/")[2]
    assert seen == sorted(wanted, reverse=True)
