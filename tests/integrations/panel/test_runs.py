"""Can one see what a run did to each record, and have it undone?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from integrations.clock import now
from integrations.models import Errand, RecordChange, RecordFailure, Stream, SyncRun
from tests.factories import ContactFactory
from tests.integrations.panel.conftest import Panel


@pytest.fixture
def run(stream: Stream) -> SyncRun:
    made = SyncRun.objects.create(
        stream=stream, state=SyncRun.State.WITH_ERRORS, version=1, created=1, updated=1, rejected=1, ended_at=now()
    )
    contact = ContactFactory(first_name="Jana", last_name="Nováková")
    changes: list[dict[str, Any]] = [
        {"action": "created", "remote_id": "contact_1", "record_id": contact.pk, "after": {"last_name": "Nováková"}},
        {"action": "updated", "remote_id": "contact_2",
         "before": {"alert": "", "is_vip": False}, "after": {"alert": None, "is_vip": True}},
        {"action": "rejected", "remote_id": "contact_3", "reason": "It has no name."},
    ]  # fmt: skip
    for change in changes:
        RecordChange.objects.create(run=made, **change)
    return made


def test_runs_are_listed_and_narrowed(panel: Panel, run: SyncRun, stream: Stream) -> None:
    SyncRun.objects.create(stream=stream, kind="dry", state="done", started_at=now() - timedelta(days=1))
    assert len(panel.get("runs").context["rows"]) == 2
    assert [row.kind for row in panel.get("runs", kind="dry").context["rows"]] == ["dry"]
    assert list(panel.get("runs", state="errors").context["rows"]) == [run]
    assert len(panel.get("runs", state="nonsense").context["rows"]) == 2
    assert panel.get("runs", page="99").status_code == 200


def test_a_run_shows_each_record_before_and_after(panel: Panel, run: SyncRun) -> None:
    page = panel.text("run", run.pk)
    assert "Jana Nováková" in page
    assert "It has no name." in page
    fields = panel.get("run", run.pk, action="updated").context["rows"][0]["fields"]
    assert fields == [("VIP", "no", "yes")], "what is the same is left out"


def test_a_value_nobody_knows_before_is_not_called_empty(panel: Panel, run: SyncRun) -> None:
    RecordChange.objects.create(run=run, action="updated", remote_id="contact_9", after={"title": "Jana"})
    rows = panel.get("run", run.pk, action="updated").context["rows"]
    assert rows[1]["fields"] == [("title", "", "Jana")]


def test_that_not_every_record_is_kept_is_said(panel: Panel, run: SyncRun) -> None:
    assert "are kept to look at" not in panel.text("run", run.pk)
    SyncRun.objects.update(created=5000)
    assert "the first 3 are kept to look at" in panel.text("run", run.pk)


def test_records_come_in_pages(panel: Panel, run: SyncRun) -> None:
    RecordChange.objects.bulk_create(
        RecordChange(run=run, action="updated", remote_id=f"c{number}") for number in range(60)
    )
    first = panel.get("run", run.pk, action="updated")
    assert len(first.context["rows"]) == 25
    assert first.context["next_url"] == "?action=updated&page=2"
    assert "51–61 of 61" in panel.text("run", run.pk, action="updated", page="3")


def test_the_failures_of_a_run_are_a_link_away(panel: Panel, run: SyncRun, stream: Stream) -> None:
    RecordFailure.objects.create(stream=stream, run=run, key="contact_3", reason="It has no name.")
    assert "1 record of this run failed and wait" in panel.text("run", run.pk)


def test_a_dry_run_says_would(panel: Panel, run: SyncRun) -> None:
    SyncRun.objects.update(kind=SyncRun.Kind.DRY)
    page = panel.text("run", run.pk)
    assert "would create" in page
    assert "would be updated" in page
    assert "Nothing was written by this dry run." in page


def test_rolling_back_says_first_what_it_will_do(panel: Panel, run: SyncRun) -> None:
    assert panel.url("run_undo", run.pk) in panel.text("run", run.pk)
    page = panel.text("run_undo", run.pk)
    assert "1 record it created is deleted, unless somebody has edited it since" in page
    assert "1 record it updated gets the earlier values back" in page
    assert not Errand.objects.exists()


def test_rolling_back_is_asked_for_once(panel: Panel, run: SyncRun) -> None:
    for _ in range(2):
        assert panel.post("run_undo", run.pk).url == panel.url("stream", run.stream_id)
    errand = Errand.objects.get()
    assert (errand.kind, errand.run) == ("rollback", run)


@pytest.mark.parametrize("values", [{"kind": "dry"}, {"state": "running"}, {"kind": "rollback"}])
def test_what_changed_nothing_or_still_runs_is_not_rolled_back(
    panel: Panel, run: SyncRun, values: dict[str, str]
) -> None:
    SyncRun.objects.update(**values)
    assert panel.url("run_undo", run.pk) not in panel.text("run", run.pk)
    assert panel.post("run_undo", run.pk).url == panel.url("run", run.pk)
    assert not Errand.objects.exists()
    assert "cannot be rolled back" in panel.text("run", run.pk)


def test_a_run_outward_is_not_taken_back_by_us(panel: Panel, run: SyncRun) -> None:
    Stream.objects.update(direction="outward")
    panel.post("run_undo", run.pk)
    assert not Errand.objects.exists()


def test_a_run_is_rolled_back_once(panel: Panel, run: SyncRun, stream: Stream) -> None:
    undo = SyncRun.objects.create(stream=stream, kind="rollback", state="done")
    SyncRun.objects.filter(pk=run.pk).update(undone_by=undo)
    panel.post("run_undo", run.pk)
    assert not Errand.objects.exists()
    assert "Rolled back" in panel.text("run", run.pk)
