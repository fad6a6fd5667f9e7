"""Is a row worked on by one at a time, and is one that kills whoever takes it taken away?"""

from datetime import timedelta

import pytest
from django.db import transaction

from integrations.clock import now
from integrations.models import Stream, WebhookEvent
from integrations.models.lease import MOST_CRASHES, LeaseLost
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db


def events(count: int) -> list[WebhookEvent]:
    connection = ConnectionFactory()
    return [
        WebhookEvent.objects.create(
            connection=connection, key=f"k{number}", body=b"{}", due_at=now() - timedelta(minutes=count - number)
        )
        for number in range(count)
    ]


def crash(*rows: WebhookEvent) -> None:
    """Their worker died: the leases run out and nobody gave them back."""
    WebhookEvent.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=now() - timedelta(seconds=1))


def test_what_is_due_is_claimed_once_and_counted_before_the_work() -> None:
    first, second = events(2)
    assert WebhookEvent.objects.claim(limit=5) == [first, second]
    assert WebhookEvent.objects.claim(limit=5) == []
    first.refresh_from_db()
    assert (first.attempts, first.crashes, first.fence) == (1, 0, 1)


def test_a_row_that_crashed_somebody_is_claimed_alone() -> None:
    first, second, third = events(3)
    crash(*WebhookEvent.objects.claim(limit=2))
    assert [WebhookEvent.objects.claim(limit=5) for _ in range(4)] == [[first], [second], [third], []]


def test_three_crashes_in_a_row_poison_a_row_and_nobody_claims_it() -> None:
    (poison,) = events(1)
    for _ in range(MOST_CRASHES):
        assert not WebhookEvent.objects.poisoned().exists()
        assert WebhookEvent.objects.claim() == [poison]
        crash(poison)
    assert WebhookEvent.objects.claim() == []
    assert list(WebhookEvent.objects.poisoned()) == [poison]


def test_a_row_that_was_given_back_has_crashed_nobody() -> None:
    (row,) = events(1)
    for _ in range(MOST_CRASHES * 2):
        assert WebhookEvent.objects.claim() == [row]
        WebhookEvent.objects.filter(pk=row.pk).update(leased_until=None)
    crash(*WebhookEvent.objects.claim())
    assert WebhookEvent.objects.claim() == [row]
    row.refresh_from_db()
    assert row.crashes == 1


def test_who_lost_his_lease_cannot_write() -> None:
    events(1)
    (stalled,) = WebhookEvent.objects.claim()
    crash(stalled)
    (takeover,) = WebhookEvent.objects.claim()
    with pytest.raises(LeaseLost), transaction.atomic():
        stalled.hold()
    with transaction.atomic():
        takeover.hold(seconds=120)


def test_a_stream_nobody_wants_by_the_timetable_is_not_due() -> None:
    stream = Stream.objects.create(connection=ConnectionFactory(), entity="contact", direction="inward", due_at=None)
    assert stream not in Stream.objects.due()
