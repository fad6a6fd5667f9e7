"""Is the demo's contact centre believable, and does every preset of the desk show what it says?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from crm.matching import Found, Status, who_has
from crm.models import Activity, Call, Contact, EmailAddress, PhoneNumber, Queue, Task, User
from integrations.connectors.daktela.simulator.world import World
from integrations.models import Connection
from widget import demo
from widget.demo.cast import CAST
from widget.demo.people import surname
from widget.models import ExampleCall

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def centre(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo is written once for the whole module, and taken back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo.fill("http://127.0.0.1:8100")
        connection.check_constraints()  # once, and not after every test again
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def presets() -> dict[str, Any]:
    return {caller["label"].partition(",")[0]: caller for caller in CAST["callers"]}


def found(preset: dict[str, Any]) -> Found:
    queue = Queue.objects.get(slug=preset.get("queue", "2000"))
    return who_has(preset.get("number", ""), queue, User.objects.get(username="petr"), preset.get("direction", "in"))


def test_there_are_thousands_of_people_and_six_months_of_history() -> None:
    assert Contact.objects.count() >= 5000
    assert Activity.objects.count() > 15_000
    oldest = Activity.objects.earliest("time").time
    assert 170 <= (timezone.now() - oldest).days <= 190


def test_nothing_has_happened_in_the_future() -> None:
    assert not Activity.objects.filter(closed_at__gt=timezone.now()).exists()
    assert not Call.objects.filter(ended_at__gt=timezone.now()).exists()


def test_every_number_but_the_white_papers_own_is_a_real_one() -> None:
    written = PhoneNumber.objects.exclude(number="77379604").values_list("number", flat=True)
    wrong = [one for one in written if not phonenumbers.is_valid_number(phonenumbers.parse(one))]
    assert wrong == []


def test_every_address_belongs_to_nobody() -> None:
    assert not EmailAddress.objects.exclude(address__endswith=".example").exists()


def test_a_known_caller_is_sure_in_every_spelling(presets: dict[str, Any]) -> None:
    spellings = [caller for caller in CAST["callers"] if caller["label"].startswith("Jana")]
    assert len(spellings) == 2
    for caller in spellings:
        best = found(caller).candidates[0]
        assert (best.name, best.is_sure) == ("Jana Nováková", True)


def test_a_family_and_a_shared_number_are_never_sure(presets: dict[str, Any]) -> None:
    for label, people in (("The Blažeks", 2), ("Shared number", 3)):
        candidates = found(presets[label]).candidates
        assert len(candidates) == people
        assert not any(one.is_sure for one in candidates)


def test_a_switchboard_has_more_people_than_a_card_can_list(presets: dict[str, Any]) -> None:
    assert len(found(presets["Strojírny Morava"]).people) > 5


def test_an_ending_is_a_weak_match(presets: dict[str, Any]) -> None:
    (only,) = found(presets["Tomasz Wiśniewski"]).candidates
    assert not only.is_exact


def test_the_white_papers_number_is_a_company(presets: dict[str, Any]) -> None:
    (only,) = found(presets["White paper's own caller id"]).candidates
    assert only.name == "Čerpadla Hanák s.r.o."


def test_another_teams_customer_has_no_name_for_petr(presets: dict[str, Any]) -> None:
    (only,) = found(presets["Dieter Krause"]).candidates
    assert (only.is_visible, only.name) == (False, "")


@pytest.mark.parametrize(
    ("label", "status"),
    [
        ("Withheld number", Status.WITHHELD),
        ("Internal", Status.INTERNAL),
        ("Our own number", Status.OWN),
        ("Ignored number", Status.IGNORED),
    ],
)
def test_some_numbers_are_nobodys(presets: dict[str, Any], label: str, status: Status) -> None:
    assert found(presets[label]).status is status


def test_an_unknown_number_has_four_earlier_calls(presets: dict[str, Any]) -> None:
    caller = found(presets["Unknown"])
    assert caller.candidates == ()
    assert Activity.objects.filter(number=caller.number.key, contact=None).count() == 4


def test_a_repeat_caller_called_twice_today_and_was_promised_two_o_clock(presets: dict[str, Any]) -> None:
    milena = Contact.objects.get(first_name="Milena", last_name="Kučerová", tasks__is_call_back=True)
    today = milena.activities.filter(time__date=timezone.localdate())
    assert today.count() == 2
    due_at = timezone.localtime(Task.objects.get(contact=milena, done_at=None).due_at)
    assert (due_at.date(), due_at.hour) == (timezone.localdate(), 14)


def test_a_transferred_call_has_one_activity_for_each_agent() -> None:
    second = Activity.objects.filter(call__isnull=False).order_by("call", "time").distinct("call").values("call")
    assert Activity.objects.filter(type="CALL").count() > second.count()


def test_some_calls_have_only_a_desk_telephone_behind_them() -> None:
    assert Activity.objects.filter(user=None).exclude(user_name="").exists()


@pytest.mark.parametrize(
    ("man", "country", "woman"),
    [
        ("Novák", "CZ", "Nováková"),
        ("Černý", "CZ", "Černá"),
        ("Hájek", "CZ", "Hájková"),
        ("Procházka", "CZ", "Procházková"),
        ("Němec", "CZ", "Němcová"),
        ("Vaněk/Vaňková", "CZ", "Vaňková"),
        ("Kováč", "SK", "Kováčová"),
        ("Kowalski", "PL", "Kowalska"),
        ("Nowak", "PL", "Nowak"),
        ("Müller", "DE", "Müller"),
    ],
)
def test_a_woman_bears_her_own_form_of_a_surname(man: str, country: str, woman: str) -> None:
    assert surname(man, country, is_woman=True) == woman


def test_every_preset_is_an_example_call_of_the_rule_bench() -> None:
    expected = dict(ExampleCall.objects.values_list("title", "expected"))
    assert set(expected) == {caller["label"] for caller in CAST["callers"]}
    assert "Jana Nováková" in expected["Jana Nováková, known"]


def test_a_second_run_changes_nothing_but_the_desks_address() -> None:
    token = Connection.objects.get().secrets()
    said = StringIO()
    call_command("demo_data", desk_origin="http://127.0.0.1:8199", stdout=said)
    assert "is there" in said.getvalue()
    assert Connection.objects.get().origin == "http://127.0.0.1:8199"
    assert Connection.objects.get().secrets() == token


def test_the_simulated_daktela_starts_from_the_seed_file(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    call_command("demo_data", seed_file=path, stdout=StringIO())
    assert path.stat().st_mode & 0o077 == 0
    world = World(json.loads(path.read_text(encoding="utf-8")))
    assert world.find("users", "petr")["extension"] == "101"
    assert {"label": "Withheld number", "number": ""} in world.seed["callers"]
    assert world.find("queues", 2010)["direction"] == "out"
    assert any(contact["lastname"] == "Nováková" for contact in world.rows("contacts"))
    token = Connection.objects.get().secrets()["token"]
    assert world.sessions[token][0] == "callroom"
