"""What does a log line look like? One JSON object: time, level, logger, message, and the values as fields (trap 32)."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

DETAIL = re.compile(r"\nDETAIL:.*")  # PostgreSQL quotes the row there, and so somebody's number
STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request"}


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in STANDARD},
        }
        if record.exc_info:
            line["exception"] = DETAIL.sub("", self.formatException(record.exc_info))
        return json.dumps(line, default=str, ensure_ascii=False)
