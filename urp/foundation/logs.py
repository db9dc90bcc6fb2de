"""Logs without people: ids and codes, one line each, text for a terminal or JSON for a collector."""

import json
import logging
import sys
import time
import traceback
from typing import Any, Literal

from flask import Flask

_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    0x2028: "\\u2028", 0x2029: "\\u2029",
}  # fmt: skip
_SPEAK_OF_PEOPLE = ("sqlalchemy", "psycopg", "sqlite3")
"""Errors of these carry rows and parameters in their text: only their name is written down."""
_SPEAK_OF_LINES = ("OperationalError",)
"""But these tell of locks, disks and lost connections."""


class OneLine(logging.Formatter):
    """A line of text; control characters in a message cannot forge a second line (ASVS 16.4.1)."""

    converter = staticmethod(time.gmtime)  # UTC

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = record.message.translate(_ESCAPED)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have left its own, fuller words here
        return super().format(record)

    def formatException(self, ei: Any) -> str:
        """Where it happened and what, causes first; indented, so that no line passes for a record."""
        return "\n".join(f"  {line.translate(_ESCAPED)}" for line in _told(ei[1]))


class Json(OneLine):
    """The same line as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + "Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


def _told(error: BaseException | None) -> list[str]:
    if error is None:
        return []
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = traceback.format_tb(error.__traceback__)
    kind = type(error)
    silent = kind.__module__.startswith(_SPEAK_OF_PEOPLE) and kind.__qualname__ not in _SPEAK_OF_LINES
    words = getattr(error, "sqlstate", None) or "" if silent else str(error)
    places = [line for frame in frames for line in frame.rstrip().split("\n")]
    return [*_told(before), *places, f"{kind.__module__}.{kind.__qualname__}: {words}"]


def init_app(app: Flask, form: Literal["text", "json"]) -> None:
    """Send the program's log to standard error in the chosen form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else OneLine())
    root = logging.getLogger()
    root.handlers[:] = [one for one in root.handlers if not isinstance(one.formatter, OneLine)] + [handler]
    root.setLevel(logging.INFO)
    app.logger.handlers.clear()
