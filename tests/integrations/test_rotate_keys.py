"""Can an encryption key be changed, and then be thrown away?"""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.models import Connection
from tests.factories import ConnectionFactory

OLD = "1:dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE="
NEW = "2:YW5vdGhlciBrZXkgb2YgdGhlIHRlc3RzLCAzMiBieXQ="


@pytest.fixture
def connection(db: None, settings: Any) -> Connection:
    settings.ENCRYPTION_KEYS = [OLD]
    return ConnectionFactory(credentials={"token": "secret"})


def test_after_rotating_the_old_key_can_go(connection: Connection, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_keys", stdout=(said := StringIO()))
    settings.ENCRYPTION_KEYS = [NEW]
    assert Connection.objects.get().secrets() == {"token": "secret"}
    assert "All credentials (1) rest under the first key" in said.getvalue()


def test_without_the_old_key_nothing_changes_and_the_remedy_is_said(connection: Connection, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match=r"key '1' is missing.* Put it back into ENCRYPTION_KEYS"):
        call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [OLD]
    assert Connection.objects.get().secrets() == {"token": "secret"}
