"""Is what a person asked for done by a worker, once, and told when it cannot be?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm.models import Contact, User
from integrations import errands
from integrations.clock import now
from integrations.connectors.daktela.simulator import Simulator
from integrations.models import Connection, Direction, Entity, Errand, Stream, SyncRun
from tests.factories import ConnectionFactory
from tests.integrations.panel.conftest import BLANK, ROWS, SEED

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stream(transactional_db: None, settings: Any) -> Any:
    with Simulator(seed=SEED) as daktela:
        settings.ALLOWED_EGRESS = [daktela.url]
        connection = ConnectionFactory(origin=daktela.url, credentials={"token": "t" * 20})
        made = Stream.objects.create(connection=connection, entity=Entity.CONTACT, direction=Direction.INWARD)
        made.publish([BLANK | row for row in ROWS], None)
        yield made


def asked(stream: Stream, kind: str, **what: Any) -> Errand:
    return Errand.objects.create(connection=stream.connection, kind=kind, stream=stream, due_at=now(), **what)


def test_a_dry_run_writes_nothing_and_says_what_it_would(stream: Stream, admin: User) -> None:
    errand = asked(stream, "dry", by=admin)
    errands.do(errand.pk)
    errand.refresh_from_db()
    assert (errand.due_at, errand.leased_until, errand.message) == (None, None, "")
    run = errand.result
    assert (run.kind, run.created, run.by) == ("dry", 2, admin)
    assert run.changes.count() == 2
    assert not Contact.objects.exists()


def test_what_is_done_is_not_done_again(stream: Stream) -> None:
    errand = asked(stream, "dry")
    for _ in range(2):
        errands.do(errand.pk)
    assert SyncRun.objects.count() == 1


def test_what_somebody_else_is_at_is_left_to_him(stream: Stream) -> None:
    errand = asked(stream, "dry", leased_until=now() + timedelta(minutes=1))
    errands.do(errand.pk)
    assert not SyncRun.objects.exists()


def test_while_another_run_goes_on_it_waits(stream: Stream) -> None:
    Stream.objects.update(leased_until=now() + timedelta(minutes=1), fence=1)
    SyncRun.objects.create(stream=stream, fence=1)
    errand = asked(stream, "dry")
    errands.do(errand.pk)
    errand.refresh_from_db()
    assert errand.due_at > now()
    assert "Another run is going on" in errand.message


def test_a_run_is_rolled_back(stream: Stream) -> None:
    from integrations.sync import engine

    run = engine.run(stream)
    assert Contact.objects.filter(hidden_at=None).count() == 2
    errands.do(asked(stream, "rollback", run=run).pk)
    assert Contact.objects.filter(hidden_at=None).count() == 0
    run.refresh_from_db()
    assert run.undone_by.kind == "rollback"


def test_what_cannot_be_rolled_back_says_why_and_is_over(stream: Stream) -> None:
    run = SyncRun.objects.create(stream=stream, kind="dry", state="done")
    errand = asked(stream, "rollback", run=run)
    errands.do(errand.pk)
    errand.refresh_from_db()
    assert errand.due_at is None
    assert "Only a run that wrote our records" in errand.message


def test_a_dry_run_that_finds_nobody_says_so_in_its_run(stream: Stream, settings: Any) -> None:
    settings.ALLOWED_EGRESS = ["http://127.0.0.1:9"]
    Connection.objects.update(origin="http://127.0.0.1:9")
    errand = asked(stream, "dry")
    errands.do(errand.pk)
    errand.refresh_from_db()
    assert errand.due_at is None
    assert errand.result.state == SyncRun.State.FAILED
    assert "cannot be reached" in errand.result.message


def test_a_repair_that_finds_nobody_is_done_again_later(stream: Stream, settings: Any) -> None:
    settings.ALLOWED_EGRESS = ["http://127.0.0.1:9"]
    Connection.objects.update(origin="http://127.0.0.1:9")
    errand = Errand.objects.create(
        connection=stream.connection, kind="repair", day=now().date(), queue="2000", due_at=now()
    )
    errands.do(errand.pk)
    errand.refresh_from_db()
    assert errand.due_at > now()
    assert "cannot be reached" in errand.message
