"""The log as JSON Lines, on demand: one object a line, for programs that gather logs.

Every record has `time` (UTC), `level`, `logger` and `message`; a page that was settled has `event: "page"`
with its site, address, role, HTTP status, outcome and reason. Never holds what a page says.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

FIELDS = "fields"
"""The attribute of a record that holds further fields of its line."""


class JsonLines(logging.Formatter):
    """A record -> one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; line breaks within are escaped."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage(),
        }  # fmt: skip
        line |= getattr(record, FIELDS, {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def to_stderr() -> None:
    """Let every record from INFO on go to stderr as JSON, and nothing else of the log."""
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [out]
    root.setLevel(logging.INFO)


def is_on() -> bool:
    """Whether `to_stderr` was called."""
    return any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger().handlers)
