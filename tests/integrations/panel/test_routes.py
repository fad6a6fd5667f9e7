"""Who may open the panel? Administrators, every page of it; and nothing is changed by opening one."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import Client

from crm.models import User
from integrations.models import Errand, Stream, SyncRun, WebhookEvent
from integrations.panel.routes import PAGES
from tests.integrations.panel.conftest import Panel

READ = {
    "check", "streams", "stream", "progress", "mapping", "mapping_file", "runs", "run", "run_progress", "run_undo",
    "failures", "duplicates", "inbox", "event", "events", "ledger",
}  # fmt: skip
NAMES = [name for _, _, name in PAGES]
OF_A_PART = [name for address, _, name in PAGES if "<int:" in address]  # of a stream, a run or an event


@pytest.fixture
def places(panel: Panel, stream: Stream) -> dict[str, list[Any]]:
    """What follows the connection in the address of each page."""
    run = SyncRun.objects.create(stream=stream, state=SyncRun.State.DONE)
    event = WebhookEvent.objects.create(connection=panel.connection, key="k", body=b"{}", due_at=None)
    found: dict[str, list[Any]] = {name: [] for name in NAMES}
    streams = ("stream", "progress", "sync", "answer", "dry", "mapping", "mapping_file", "mapping_import")
    found |= {name: [stream.pk] for name in streams}
    found |= {name: [run.pk] for name in ("run", "run_progress", "run_undo")}
    found |= {name: [stream.pk, 1] for name in ("mapping_restore", "mapping_resume")}
    return found | {"event": [event.pk], "set_up": ["account-inward"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_for_administrators_alone(
    name: str, panel: Panel, places: dict[str, list[Any]], agent_client: Client, office_client: Client
) -> None:
    page = panel.url(name, *places[name])
    stranger = Client(headers={"host": settings.OFFICE_HOST})
    for client in (agent_client, office_client, stranger):
        for answer in (client.get(page), client.post(page)):
            assert answer.status_code == 302
            assert "login" in answer.url or "sign-in" in answer.url
    assert not Errand.objects.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("name", NAMES)
def test_what_changes_something_is_no_get(name: str, panel: Panel, places: dict[str, list[Any]]) -> None:
    status = panel.get(name, *places[name]).status_code
    assert status == (405 if name not in READ else 302 if name == "run_undo" else 200)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in READ] + ["stream", "mapping", "run_undo"])
def test_what_changes_something_wants_the_form_token(
    name: str, panel: Panel, places: dict[str, list[Any]], admin: User
) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": settings.OFFICE_HOST})
    client.force_login(admin)
    assert client.post(panel.url(name, *places[name])).status_code == 403


@pytest.mark.parametrize("name", OF_A_PART)
def test_what_is_of_another_connection_is_not_there(
    name: str, panel: Panel, places: dict[str, list[Any]], other: Panel
) -> None:
    assert other.get(name, *places[name]).status_code in (404, 405)
    assert other.post(name, *places[name]).status_code in (404, 405)


@pytest.mark.parametrize("name", ["inbox", "events", "ledger", "mapping", "runs"])
def test_no_page_shows_a_credential(name: str, panel: Panel, places: dict[str, list[Any]]) -> None:
    assert "t" * 20 not in panel.text(name, *places[name])
