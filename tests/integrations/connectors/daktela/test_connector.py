"""Does Daktela's connector keep the promises of every connector, and its own?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.daktela.simulator import Simulator
from tests.clock import HandClock
from tests.integrations.connectors.contract import ReceiverContract, SourceContract, TargetContract
from tests.integrations.connectors.daktela.systems import DaktelaSystem


@pytest.fixture
def clock() -> HandClock:
    """One that stands at now: a date to come back at is compared with our own clock."""
    clock = HandClock()
    clock.moment = datetime.now(UTC)
    return clock


@pytest.fixture
def system(simulator: Simulator) -> DaktelaSystem:
    return DaktelaSystem(simulator)


class TestDaktela(SourceContract, TargetContract, ReceiverContract):
    connector_class = Daktela
    field = "customFields.email"
    refused = {"title": "Refused", "customFields.email": "no address"}

    @staticmethod
    def values(number: int) -> dict[str, Any]:
        return {
            "title": f"Person {number}",
            "firstname": "Person",
            "lastname": str(number),
            "account": "account_tatran",
            "customFields.number": [f"0042077712{number:04}", f"0042060212{number:04}"],
            "customFields.email": f"person{number}@example.com",
        }
