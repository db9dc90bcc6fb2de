"""Logs hold one record a line, in UTC, and nothing about people."""

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from urp.cases.models import Contact
from urp.foundation import logs
from urp.foundation.db import db, transaction

CANARY = "canary.bianchi@posta.example"
RECORD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+ \S+: ")


@given(st.text())
def test_no_message_forges_a_second_line(message: str) -> None:
    assert len(_written(logs.OneLine(), message).splitlines()) == 1
    assert len(_written(logs.Json(), message).splitlines()) == 1
    assert json.loads(_written(logs.Json(), message))["message"] == message


def test_control_characters_are_written_so_that_they_can_be_read() -> None:
    line = _written(logs.OneLine(), "one\r\n2026-01-01T00:00:00Z ERROR forged: two\x1b[31m\x85")

    assert r"one\x0d\x0a2026-01-01T00:00:00Z ERROR forged: two\x1b[31m\x85" in line


def test_a_trace_is_indented_so_that_no_line_of_it_passes_for_a_record() -> None:
    try:
        try:
            raise ValueError("first\n2026-01-01T00:00:00Z ERROR forged: line")
        except ValueError as cause:
            raise KeyError("second") from cause
    except KeyError:
        text = _written(logs.OneLine(), "it failed", exc_info=True)

    head, *trace = text.splitlines()
    assert RECORD.match(head)
    assert all(line.startswith("  ") and not RECORD.match(line) for line in trace)
    assert [line for line in trace if "ValueError: first" in line]
    assert trace[-1] == "  builtins.KeyError: 'second'"
    assert "test_logs.py" in text


def test_the_time_is_utc_and_ends_in_z() -> None:
    record = logging.makeLogRecord({"msg": "it happened", "levelname": "INFO", "created": 1_795_000_000.0})

    assert logs.OneLine().format(record).startswith("2026-11-18T11:06:40Z INFO ")
    assert json.loads(logs.Json().format(record))["at"] == "2026-11-18T11:06:40Z"


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_of_the_database_names_nobody(
    app: Flask, ctx: None, form: str, log_of: Callable[[str], io.StringIO]
) -> None:
    written = log_of(form)
    for values in ({"given_name": CANARY, "family_name": None}, {"given_name": CANARY, "family_name": b"\xff" * 9}):
        try:
            with transaction():
                db.session.execute(insert(Contact).values(reply_by="peo", **values))
        except Exception:
            logging.getLogger("urp.test").exception("the contact was not stored")

    text = written.getvalue()
    assert text.count("the contact was not stored") >= 1
    assert "sqlalchemy.exc" in text
    assert CANARY not in text


def test_an_error_of_ours_is_told_in_full(log_of: Callable[[str], io.StringIO]) -> None:
    written = log_of("text")
    try:
        raise LookupError("Unheard has no row")
    except LookupError:
        logging.getLogger("urp.test").exception("publishing failed")

    assert "LookupError: Unheard has no row" in written.getvalue()


def _written(formatter: logging.Formatter, message: str, **more: object) -> str:
    info = sys.exc_info() if more.get("exc_info") else None
    values = {"name": "urp.test", "levelname": "INFO", "msg": "%s", "args": (message,)}
    return formatter.format(logging.makeLogRecord(values | {"exc_info": info}))


@pytest.fixture
def log_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], io.StringIO]]:
    """What the program writes to standard error in one form."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def start(form: str) -> io.StringIO:
        written = io.StringIO()
        monkeypatch.setattr(sys, "stderr", written)
        logs.init_app(Flask("urp"), form)  # type: ignore[arg-type]
        return written

    yield start
    root.handlers[:] = handlers
    root.setLevel(level)
