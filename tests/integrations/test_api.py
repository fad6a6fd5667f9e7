"""Can an administrator's program ask how each connection is doing and what ran, and nobody else's?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from integrations.models import Connection, Stream, SyncRun
from tests.factories import ConnectionFactory

PATHS = ("connections/", "runs/", "connections/{connection}/", "runs/{run}/")


@pytest.fixture
def run(db: None) -> SyncRun:
    stream = Stream.objects.create(connection=ConnectionFactory(), entity="contact", direction="inward")
    return SyncRun.objects.create(stream=stream, state="done", created=12, updated=40)


def get(client: Client, run: SyncRun, path: str) -> Any:
    return client.get("/api/integrations/" + path.format(connection=run.stream.connection_id, run=run.pk))


def test_an_administrator_reads_health_and_runs(admin_client: Client, run: SyncRun) -> None:
    (health,) = get(admin_client, run, "connections/").json()
    assert health == get(admin_client, run, PATHS[2]).json()
    assert (health["slug"], health["tone"], health["lag_seconds"]) == ("daktela", "info", None)
    assert health["remarks"] == [{"tone": "info", "text": "Not checked yet."}]
    (row,) = get(admin_client, run, "runs/").json()["results"]
    assert row == get(admin_client, run, PATHS[3]).json() == health["last_run"]
    assert (row["connection"], row["entity"], row["direction"], row["created"]) == ("daktela", "contact", "inward", 12)


def test_the_newest_run_comes_first_and_pages_follow_one_another(admin_client: Client, run: SyncRun) -> None:
    later = SyncRun.objects.create(stream=run.stream, state="done")
    first = admin_client.get("/api/integrations/runs/?limit=1").json()
    assert [row["id"] for row in first["results"]] == [later.pk]
    assert [row["id"] for row in admin_client.get(first["next"]).json()["results"]] == [run.pk]


@pytest.mark.parametrize("path", PATHS)
def test_it_is_for_administrators_alone(
    path: str, run: SyncRun, agent_client: Client, office_client: Client, client_of: Callable[[None], Client]
) -> None:
    for client in (agent_client, office_client, client_of(None)):
        assert get(client, run, path).status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_changed_here(path: str, run: SyncRun, admin_client: Client) -> None:
    address = "/api/integrations/" + path.format(connection=run.stream.connection_id, run=run.pk)
    for verb in ("post", "put", "patch", "delete"):
        assert getattr(admin_client, verb)(address).status_code == 405


@pytest.mark.parametrize("path", ["connections/nonsense/", "runs/999999/", f"connections/{'0' * 32}/"])
def test_what_is_not_there_is_not_found(path: str, run: SyncRun, admin_client: Client) -> None:
    assert get(admin_client, run, path).status_code == 404


def test_no_secret_is_told(run: SyncRun, admin_client: Client) -> None:
    Connection.objects.update(webhook_keys=["a-hash"], settings={"parallel": 2})
    text = get(admin_client, run, "connections/").content.decode()
    assert "a-hash" not in text
    assert "token-of-a-test" not in text
