"""Does the ledger show what is missing, and have it fetched?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from integrations.clock import now
from integrations.models import Connection, Errand, LedgerEntry
from tests.integrations.panel.conftest import Panel

TODAY = now().date()


@pytest.fixture
def gap(connection: Connection) -> LedgerEntry:
    LedgerEntry.objects.create(connection=connection, day=TODAY - timedelta(days=1), queue="2010", theirs=7, ours=7)
    return LedgerEntry.objects.create(
        connection=connection, day=TODAY - timedelta(days=1), queue="2000", theirs=40, ours=38, missing=["a1", "a2"]
    )


def test_gaps_are_said_with_a_button_and_the_rest_is_good(panel: Panel, gap: LedgerEntry) -> None:
    page = panel.text("ledger")
    assert "2 of 47 closed activities are not here." in page
    assert page.count("Repair") == 1


def test_without_a_gap_all_is_here(panel: Panel, gap: LedgerEntry) -> None:
    LedgerEntry.objects.update(missing=[], ours=40, theirs=40)
    page = panel.text("ledger")
    assert "All 80 closed activities are here." in page
    assert "Repair" not in page


def test_a_repair_is_asked_for_once(panel: Panel, gap: LedgerEntry) -> None:
    for _ in range(2):
        panel.post("ledger_repair", day=str(gap.day), queue=gap.queue)
    errand = Errand.objects.get()
    assert (errand.kind, errand.day, errand.queue) == ("repair", gap.day, "2000")
    assert "being repaired" in panel.text("ledger")


@pytest.mark.parametrize("day", ["", "yesterday", "2026-13-01"])
def test_a_day_that_is_none_is_told(panel: Panel, gap: LedgerEntry, day: str) -> None:
    panel.post("ledger_repair", day=day)
    assert not Errand.objects.exists()
    assert "Choose the day to repair from the list." in panel.text("ledger")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"from": "2026-03-01", "to": "2026-03-05"}, (date(2026, 3, 1), date(2026, 3, 5))),
        ({"from": "2026-03-05", "to": "2026-03-01"}, (date(2026, 3, 1), date(2026, 3, 5))),
        ({"to": "2026-03-07"}, (date(2026, 3, 1), date(2026, 3, 7))),
        ({"from": "2020-01-01", "to": "2026-03-04"}, (date(2026, 1, 1), date(2026, 3, 4))),
        ({"from": "nonsense", "to": "2026-03-07"}, (date(2026, 3, 1), date(2026, 3, 7))),
    ],
)
def test_a_period_is_shown_as_far_as_it_makes_sense(
    panel: Panel, asked: dict[str, str], shown: tuple[date, date]
) -> None:
    context = panel.get("ledger", **asked).context
    assert (context["first"], context["last"]) == shown
