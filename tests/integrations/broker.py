"""What has the worker been told? What lies in the queue, as task and arguments."""

from __future__ import annotations

import base64
import json
import time

import redis
from django.conf import settings

IN_TIME_SECONDS = 5.0
QUEUE = settings.CELERY_TASK_DEFAULT_QUEUE


def told(broker: redis.Redis, count: int = 1) -> list[tuple[str, list[object]]]:
    """Task and arguments of each, the oldest first, as soon as there are so many."""
    deadline = time.monotonic() + IN_TIME_SECONDS
    while len(waiting := broker.lrange(QUEUE, 0, -1)) < count:
        assert time.monotonic() < deadline, "nobody was told"
        time.sleep(0.02)
    messages = [json.loads(message) for message in reversed(waiting)]
    bodies = [json.loads(base64.b64decode(message["body"])) for message in messages]
    return [(message["headers"]["task"], body[0]) for message, body in zip(messages, bodies, strict=True)]
