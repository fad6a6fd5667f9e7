"""Is a log line one JSON object, without what PostgreSQL quotes of a row?"""

from __future__ import annotations

import json
import logging

import pytest
from django.db import IntegrityError, transaction

from crm.logs import JsonFormatter
from tests.factories import ContactFactory, PhoneNumberFactory


def test_values_are_fields_and_not_in_the_message() -> None:
    record = logging.makeLogRecord({"msg": "number ignored", "levelname": "INFO", "user": 7})
    line = json.loads(JsonFormatter().format(record))
    assert (line["message"], line["user"], line["level"]) == ("number ignored", 7, "info")


def test_nobodys_number_stands_in_the_log_of_an_error(db: None) -> None:
    jana = ContactFactory(numbers=["773 796 040"])
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        PhoneNumberFactory(contact=jana, written="773 796 040")
    error = caught.value
    record = logging.makeLogRecord({"msg": "failed", "exc_info": (type(error), error, error.__traceback__)})
    line = json.loads(JsonFormatter().format(record))
    assert "duplicate key" in line["exception"]
    assert "773796040" not in line["exception"]
