"""Is the worker told at once, once, and without anybody ever waiting for it?"""

import os
import socket
import subprocess
import sys
import time

import pytest
import redis
from django.db import transaction

from integrations.wake import wake
from tests.integrations.broker import QUEUE, told


def test_the_worker_is_told_at_once_by_id(broker: redis.Redis) -> None:
    began = time.monotonic()
    wake("run_stream", 1)
    assert told(broker) == [("integrations.tasks.run_stream", [1])]
    assert time.monotonic() - began < 1


def test_a_rush_of_the_same_wake_ups_is_told_a_few_times_and_the_last_one_counts(broker: redis.Redis) -> None:
    for _ in range(500):
        wake("handle_events", 7)
    wake("handle_events", 8)
    while ("integrations.tasks.handle_events", [8]) not in told(broker):
        time.sleep(0.02)
    assert len(told(broker)) < 10


@pytest.mark.django_db(transaction=True)
def test_nobody_is_told_of_what_was_rolled_back(broker: redis.Redis) -> None:
    with transaction.atomic():
        wake("run_stream", 1)
        transaction.set_rollback(True)
    with transaction.atomic():
        wake("run_stream", 2)
        time.sleep(0.5)
        assert not broker.llen(QUEUE)
    assert told(broker) == [("integrations.tasks.run_stream", [2])]


ALONE = """
import time, django; django.setup()
from integrations.wake import wake
began = time.monotonic()
for number in range(5000):
    wake("run_stream", number)
print(time.monotonic() - began)
"""


@pytest.mark.parametrize("kind", ["nobody listens", "it takes the call and says nothing"])
def test_a_broker_that_is_away_holds_nobody_up(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        if kind == "nobody listens":
            hole.close()
            address = "redis://127.0.0.1:1/0"
        else:
            address = f"redis://127.0.0.1:{hole.getsockname()[1]}/0"
        environment = {**os.environ, "REDIS_URL": address, "DJANGO_SETTINGS_MODULE": "crm.settings"}
        ended = subprocess.run(
            [sys.executable, "-c", ALONE], env=environment, capture_output=True, text=True, timeout=30, check=True
        )
    assert float(ended.stdout) < 1.0
