"""Is the card's statement answered whatever became of the connection since the last one?"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from django.db import connection, transaction

from tests.factories import ContactFactory
from tests.widget.conftest import Frame

pytestmark = pytest.mark.django_db(transaction=True)
FrameOf = Callable[..., Frame]


@pytest.fixture
def card(frame: FrameOf) -> Frame:
    ContactFactory(first_name="Jana", last_name="Nováková", numbers=["773 796 040"])
    card = frame("773 796 040")
    assert "Jana Nováková" in card.open().text
    return card


def test_a_card_after_a_rollback_is_as_any_other(card: Frame) -> None:
    """After one psycopg lets PostgreSQL forget what was prepared."""
    for _ in range(3):
        with transaction.atomic():
            ContactFactory(numbers=["773 796 041"])
            transaction.set_rollback(True)
        assert "Jana Nováková" in card.open().text


def test_a_card_inside_a_transaction_sees_what_is_written_there(frame: FrameOf, card: Frame) -> None:
    with transaction.atomic():
        ContactFactory(first_name="Petr", last_name="Svoboda", numbers=["773 796 042"])
        assert "Petr Svoboda" in frame("773 796 042").open().text


def test_a_card_after_the_connection_broke_is_as_any_other(card: Frame) -> None:
    process_id = connection.connection.info.backend_pid
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [process_id])
    assert "Jana Nováková" in card.open().text


@pytest.mark.parametrize("slug", ["2000%00", "%00", "%ff"])
def test_a_queue_that_no_text_can_name_is_none_of_ours(card: Frame, slug: str) -> None:
    assert card.client.get(f"/daktela.html?queue={slug}&clid=773796040").status_code == 404
