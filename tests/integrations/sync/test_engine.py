"""Dry runs, retries, roll-backs, leases and mappings that change: is each what it says?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db import connection as database
from django.utils import timezone

from crm.models import Contact, OwnedField
from integrations import timetable
from integrations.models import RecordFailure, RemoteLink, Stream, SyncRun
from integrations.sync import engine, running
from tests.factories import ContactFactory, UserFactory
from tests.integrations.sync.books import PEOPLE, books, person, rows, stream

pytestmark = pytest.mark.django_db


def test_a_dry_run_writes_nothing_and_shows_what_would_be_written() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(person(1), person(2))
    engine.run(inward)
    shelf.put(person(1, first="Jiřina"), person(3), {"id": "p4", "last": ""}, person(2))
    shelf.delete("p2")
    before = (inward.cursor, list(Contact.objects.order_by("pk").values()), RemoteLink.objects.count())
    run = engine.dry_run(inward)
    inward.refresh_from_db()
    assert (inward.cursor, list(Contact.objects.order_by("pk").values()), RemoteLink.objects.count()) == before
    assert (run.created, run.updated, run.rejected, run.deleted) == (1, 1, 1, 1)
    assert not RecordFailure.objects.exists()
    changed = run.changes.get(action="updated")
    assert (changed.before["first_name"], changed.after["first_name"]) == ("Jana1", "Jiřina")
    assert run.changes.get(action="created").after["last_name"] == "Nováková"
    assert "neither a first nor a last name" in run.changes.get(action="rejected").reason


def test_a_dry_run_outward_sends_nothing() -> None:
    connection, shelf = books("centre")
    outward = stream(connection, ("last_name", "last"), direction="outward")
    contact = ContactFactory(last_name="Malá")
    run = engine.dry_run(outward)
    assert (run.created, shelf.writes) == (1, [])
    assert run.changes.get().after == {"last": "Malá"}
    assert run.changes.get().record_id == contact.pk


def test_C6_a_retry_asks_for_the_one_record_and_settles_it() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put({"id": "p1", "first": ""}, person(2))
    engine.run(inward)
    failure = RecordFailure.objects.get()
    assert engine.retry(failure) is False
    failure.refresh_from_db()
    assert (failure.attempts, failure.state) == (2, "waiting")
    shelf.records["contact"]["p1"] = person(1)
    RecordFailure.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    assert engine.retry_due(inward).created == 1
    failure.refresh_from_db()
    assert failure.state == "settled"


def test_C6_what_is_refused_again_and_again_waits_longer_and_then_for_a_person() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put({"id": "p1", "first": ""})
    engine.run(inward)
    waits = []
    for _ in range(9):
        failure = RecordFailure.objects.get()
        waits.append((failure.next_try_at - failure.failed_at).total_seconds() if failure.next_try_at else None)
        engine.retry(failure)
    assert [round(seconds / 60) if seconds else None for seconds in waits[:1]] == [1]
    assert waits[0] < waits[1] < waits[2] < waits[3] < waits[4] < waits[5] <= 86400 * 1.2
    assert (waits[-1], RecordFailure.objects.get().state) == (None, "dead")


def test_C9_a_field_that_vanished_suspends_its_row_and_not_the_sync() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE, ("job_title", "job"))
    shelf.fields = {"first": "text", "last": "text", "mobile": "phone", "job": "text"}
    shelf.put(person(1, job="Smith"))
    engine.run(inward, "full")
    shelf.fields.pop("job")
    engine.compare_ids(inward)
    assert [row.ours for row in inward.mappings.exclude(suspended_reason="")] == ["job_title"]
    shelf.put(person(1, job="Other", first="Jiřina"))
    inward.refresh_from_db()
    engine.run(inward)
    contact = Contact.objects.get()
    assert (contact.job_title, contact.first_name) == ("Smith", "Jiřina")
    shelf.fields["job"] = "text"
    engine.compare_ids(inward)
    inward.refresh_from_db()
    assert engine.run(inward).kind == "full"
    assert Contact.objects.get().job_title == "Other"


def test_C9_a_field_of_another_kind_waits_for_a_person() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.fields = {"first": "text", "last": "text", "mobile": "phone"}
    engine.run(inward, "full")
    shelf.fields["mobile"] = "list"
    engine.compare_ids(inward)
    assert "was phone" in inward.mappings.get(theirs="mobile").suspended_reason


def test_C1_each_field_has_one_owner_and_it_is_kept_in_step() -> None:
    first, shelf = books()
    inward = stream(first, *PEOPLE, {"ours": "job_title", "theirs": "job", "mode": "if_empty"})
    inward.publish(rows(inward), None)
    assert set(OwnedField.objects.values_list("field", flat=True)) == {"first_name", "last_name", "phone.mobile"}
    shelf.put(person(1))
    engine.run(inward)
    other, theirs = books("second")
    second = stream(other, *PEOPLE, ("job_title", "job"))
    RemoteLink.objects.create(connection=other, entity="contact", remote_id="q1", contact=Contact.objects.get())
    theirs.put({"id": "q1", "first": "Somebody", "last": "Else", "job": "Cook"})
    engine.run(second)
    contact = Contact.objects.get()
    assert (contact.first_name, contact.last_name, contact.job_title) == ("Jana1", "Nováková", "Cook")
    inward.publish(rows(inward)[:1], None)
    assert OwnedField.objects.get().field == "first_name"


def test_a_new_mapping_goes_through_every_record_again() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.put(person(1, job="Smith"))
    engine.run(inward)
    inward.publish([*rows(inward), {"ours": "job_title", "theirs": "job"}], None)
    run = engine.run(inward)
    assert (run.kind, run.version, run.updated) == ("full", inward.version, 1)
    assert Contact.objects.get().job_title == "Smith"


def test_C11_whose_lease_has_passed_writes_nothing() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    slow = Stream.objects.get(pk=inward.pk)
    late = running.begin(slow, "changes")
    Stream.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    shelf.put(person(1))
    assert engine.run(inward).created == 1
    with pytest.raises(running.LeaseLost), running.page(slow, late):
        Contact.objects.create(first_name="Late")
    assert not Contact.objects.filter(first_name="Late").exists()
    late.refresh_from_db()
    assert (late.state, late.message) == ("failed", "The worker died in the middle of it.")


def test_P5_what_somebody_changed_over_there_is_put_back_and_told() -> None:
    connection, shelf = books("centre")
    outward = stream(connection, ("last_name", "last"), ("phone.mobile", "mobile"), direction="outward")
    contact = ContactFactory(last_name="Malá")
    contact.add_number("773796040", kind="mobile")
    other = ContactFactory(last_name="Stejná")
    engine.run(outward)
    shelf.records["contact"][f"contact-own:{contact.pk}"]["last"] = "Velká"
    run = engine.compare_ids(outward)
    assert (run.updated, run.unchanged) == (1, 1)
    assert shelf.records["contact"][f"contact-own:{contact.pk}"]["last"] == "Malá"
    assert run.changes.filter(before={"last": "Velká"}, record_id=contact.pk).exists()
    shelf.records["contact"].pop(f"contact-own:{other.pk}")
    engine.compare_ids(outward)
    assert f"contact-own:{other.pk}" in shelf.records["contact"]


@pytest.mark.parametrize("is_published", [True, False], ids=["a mapping", "Sync now of everything"])
def test_what_asks_for_a_full_run_while_another_run_goes_on_is_not_lost(*, is_published: bool) -> None:
    connection, _ = books()
    inward = stream(connection, *PEOPLE)
    run = running.begin(inward, "changes")
    if is_published:
        Stream.objects.get(pk=inward.pk).publish([*rows(inward), {"ours": "job_title", "theirs": "job"}], None)
    else:
        Stream.objects.filter(pk=inward.pk).update(is_full_due=True)
    with running.page(inward, run):
        pass
    running.end(inward, run, "done")
    assert engine.run(Stream.objects.get(pk=inward.pk)).kind == "full"


def test_C11_who_is_too_slow_for_the_lease_has_not_crashed() -> None:
    connection, _ = books()
    inward = stream(connection, *PEOPLE)

    def dawdle(stream: Stream, run: SyncRun, _: object) -> running.Ending:
        Stream.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        running.keep(stream, run)
        raise AssertionError

    for _ in range(3):
        run = engine.under_lease(Stream.objects.get(pk=inward.pk), "changes", dawdle)
        assert (run.state, run.message) == ("failed", running.SLOW)
    timetable.bury()
    kept = Stream.objects.get(pk=inward.pk)
    assert (kept.paused_reason, kept.attempts) == ("", 3)


@pytest.mark.django_db(transaction=True)
def test_E5_an_outage_of_our_own_database_is_no_crash(settings: Any) -> None:
    settings.WAIT_SCALE = 0.01
    connection, shelf = books()
    stream(connection, *PEOPLE)
    shelf.put(person(1))
    for _ in range(3):
        left = iter(range(3))  # the page, the end of the run, and the first time that it is let go

        def away(execute: Any, sql: str, *rest: Any, left: Iterator[int] = left) -> Any:
            if "integrations_stream" in sql and "attempts + 1" not in sql and next(left, None) is not None:
                raise OperationalError
            return execute(sql, *rest)

        kept = Stream.objects.get()
        with database.execute_wrapper(away):
            run = engine.run(kept)
        assert (run.state, run.message) == ("failed", running.AWAY)
    timetable.bury()
    kept = Stream.objects.get()
    assert (kept.paused_reason, kept.crashes, kept.leased_until, kept.attempts) == ("", 0, None, 3)
    assert engine.run(kept).created == 1


def test_who_presses_sync_now_during_a_run_gets_another_one() -> None:
    connection, _ = books()
    inward = stream(connection, *PEOPLE)
    run = running.begin(inward, "changes")
    pressed, user = timezone.now(), UserFactory()
    Stream.objects.update(due_at=pressed, asked_by=user)
    running.end(inward, run, "done")
    kept = Stream.objects.get()
    assert (kept.due_at, kept.asked_by) == (pressed, user)
