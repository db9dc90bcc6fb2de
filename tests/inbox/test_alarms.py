"""Mail that does not reach us is an alarm, whatever keeps it: nobody polls, nobody reads, or nobody can."""

from pathlib import Path

import pytest

from tests.factories.inbox import cursor_of, incoming, message, put
from tests.factories.incoming import kept
from urp.foundation.db import db_now, transaction
from urp.inbox import cursor, fetch, process, queries
from urp.inbox.models import ImapCursor, IncomingMessage
from urp.inbox.reading import Reader

pytestmark = pytest.mark.usefixtures("ctx")
SILENT = "nobody has read it for 10 minutes: does a worker serve the queue imap?"


@pytest.fixture
def app_settings() -> dict[str, object]:
    return {"peo_imap": "imap://urp:x@127.0.0.1:9"}


def said() -> list[str]:
    return [f"{alarm.mailbox}: {alarm.said}" for alarm in queries.mailbox_alarms()]


def test_a_mailbox_that_nobody_ever_polls_is_an_alarm_after_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said() == []
    monkeypatch.setattr(queries, "STARTED", queries.STARTED - 86_400)
    assert said() == [f"peo: {SILENT}"]  # and not of pec, which has no server


def test_a_mailbox_that_nobody_polls_any_more_is_an_alarm() -> None:
    with transaction():
        cursor.place("peo")
        cursor.read_to_its_end("peo")
    assert said() == []
    put(ImapCursor, polled_at=db_now(-590))
    assert said() == []
    put(ImapCursor, polled_at=db_now(-610))
    assert said() == [f"peo: {SILENT}"]
    put(ImapCursor, failures=3, reason="login refused")
    assert said() == ["peo: cannot be read: login refused"]


def test_mail_that_waits_for_ten_minutes_to_be_read_is_an_alarm() -> None:
    kept(message("one"), mailbox="pec")
    put(IncomingMessage, next_at=db_now(-590))
    assert said() == []
    put(IncomingMessage, next_at=db_now(-610))
    assert said() == ["pec: 1 messages have been waiting for 10 minutes"]
    put(IncomingMessage, state="held")
    assert said() == []


def test_without_a_reader_no_message_is_tried_and_all_are_read_once_there_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_text("no certificate")
    with monkeypatch.context() as broken:
        broken.setattr(process, "reader", lambda: Reader(authority))
        ids = [kept(message(word)) for word in ("one", "two")]
        for _ in range(7):
            assert process.process() == []
        outcome = process.process_one(ids[0])
    assert {(row["state"], row["attempts"], row["lease_until"]) for row in incoming()} == {("new", 0, None)}
    why = "the file of PEC certificates: there is a certificate in it that cannot be read"
    assert (outcome.state, outcome.note) == ("new", f"no reader: {why}")
    assert said() == [f"peo: incoming mail cannot be read: {why}"]
    assert f"incoming mail cannot be read: {why}" in caplog.text

    assert [one.state for one in process.process()] == ["opened", "opened"]
    assert [row["note"] for row in incoming()] == [None, None]
    assert said() == []
    assert (cursor_of() or {})["no_reader"] is None


def test_a_mailbox_that_somebody_tries_to_read_is_not_called_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "STARTED", queries.STARTED - 86_400)
    assert said() == [f"peo: {SILENT}"]

    assert fetch.poll("peo").broken  # nobody listens there

    assert said() == []
