"""Does a check say what works, what does not, and what to do about it, in the time it has?"""

from __future__ import annotations

import base64
from typing import Any

from integrations.connectors.daktela.simulator import Simulator
from integrations.models import Connection
from tests.integrations.panel.conftest import Panel


def test_each_finding_is_a_line_and_is_kept(panel: Panel) -> None:
    assert panel.post("check_run").url == panel.url("check")
    kept = Connection.objects.get()
    assert kept.checked_at
    page = panel.text("check")
    assert "As Robot." in page
    for finding in kept.findings:
        assert finding["tone"] in ("good", "warn", "bad")
        assert finding["title"] in page
        assert finding["tone"] == "good" or finding["remedy"]


def test_a_wrong_token_is_a_line_with_a_remedy(panel: Panel) -> None:
    panel.connection.credentials = {"token": "wrong" * 5}  # type: ignore[assignment]
    panel.connection.save()
    panel.post("check_run")
    assert [finding["tone"] for finding in Connection.objects.get().findings] == ["bad"]
    assert "Enter a token that is valid" in panel.text("check")


def test_an_address_where_nobody_answers_is_a_line_too(panel: Panel, daktela: Simulator, settings: Any) -> None:
    settings.ALLOWED_EGRESS = ["http://127.0.0.1:9"]
    Connection.objects.update(origin="http://127.0.0.1:9")
    panel.post("check_run")
    assert "cannot be reached" in panel.text("check")


def test_credentials_that_cannot_be_read_are_a_line_too(panel: Panel, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ["other:" + base64.b64encode(b"x" * 32).decode()]
    panel.post("check_run")
    assert "ENCRYPTION_KEYS" in panel.text("check")


def test_a_check_that_finds_nothing_bad_ends_a_pause(panel: Panel, daktela: Simulator) -> None:
    Connection.objects.update(paused_reason="The token is wrong.", settings={"retire": "keep"})
    panel.post("check_run")
    kept = Connection.objects.get()
    assert [finding for finding in kept.findings if finding["tone"] == "bad"] == []
    assert kept.paused_reason == ""


def test_a_check_that_finds_something_bad_does_not(panel: Panel) -> None:
    Connection.objects.update(paused_reason="The token is wrong.", settings={"database": "nowhere"})
    panel.post("check_run")
    assert Connection.objects.get().paused_reason == "The token is wrong."
