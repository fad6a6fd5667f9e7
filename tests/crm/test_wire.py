"""Does a statement that goes straight through libpq answer as any other, whoever listens?"""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from crm.models import Team
from crm.wire import Statement

VALUES = {"text": "Nováková", "bytes": bytes(range(256))}
SIZES = "select octet_length(%(text)s::text) + octet_length(%(bytes)s::bytea) - length(%(text)s)"


@pytest.mark.django_db(transaction=True)
def test_it_answers_alike_prepared_in_a_transaction_and_while_somebody_listens() -> None:
    sizes = Statement("sizes", SIZES)
    assert [int(sizes.answer(VALUES)) for _ in range(2)] == [258, 258]
    with transaction.atomic():
        assert int(sizes.answer(VALUES)) == 258
    with CaptureQueriesContext(connection) as listened:
        assert int(sizes.answer(VALUES)) == 258
    assert len(listened) == 1


@pytest.mark.django_db
def test_what_the_database_refuses_is_djangos_own_error() -> None:
    Team.objects.create(name="Czechia", kind=Team.Kind.COUNTRY)
    again = Statement("again", "insert into crm_team (name, kind) select name, kind from crm_team returning 1")
    with pytest.raises(IntegrityError):
        again.answer({})
