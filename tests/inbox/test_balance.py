"""What the server has is here, or somebody is told; and a gap is filled when it is found."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from tests.factories.inbox import cursor_of, incoming, kept, message, put, wait_no_longer
from tests.imap_scripted import No, Raw, ScriptedIMAP
from urp.foundation.db import db, db_now, transaction
from urp.inbox import balance, fetch, queries, settle
from urp.inbox.balance import Balance
from urp.inbox.models import SIGHTINGS, ImapCursor, IncomingMessage
from urp.inbox.states import HoldReason

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def imap() -> Iterator[ScriptedIMAP]:
    with ScriptedIMAP() as made:
        yield made


@pytest.fixture
def app_settings(imap: ScriptedIMAP) -> dict[str, object]:
    return {"peo_imap": imap.url()}


def test_every_message_of_the_server_is_in_one_of_our_states(imap: ScriptedIMAP) -> None:
    for word in ("one", "two", "three", "three"):
        imap.put(message(word))
    fetch.poll("peo")
    first, second, _ = (row["id"] for row in incoming())
    with transaction():
        settle.held(first, HoldReason.NO_SENDER)
        settle.failed(second, "no")

    found = balance.balance("peo")

    assert found == Balance(4, {"held": 1, "failed": 1, "new": 1}, doubles=1, missing=0)
    assert str(found) == "4 on the server = 1 failed + 1 held + 1 new + 1 doubles + 0 missing"
    assert queries.mailbox_alarms() == []


def test_a_gap_is_found_and_filled(imap: ScriptedIMAP) -> None:
    for word in ("one", "two", "three"):
        imap.put(message(word))
    fetch.poll("peo")
    with transaction():
        put_out = IncomingMessage.__table__
        db.session.execute(delete(SIGHTINGS).where(SIGHTINGS.c.uid == 2))
        db.session.execute(delete(put_out).where(put_out.c.id == 2))
    assert fetch.poll("peo").stored == 0

    found = balance.balance("peo")

    assert found and found.missing == 0
    assert kept() == [message("one"), message("three"), message("two")]


def test_what_cannot_be_fetched_is_an_alarm_until_it_can(imap: ScriptedIMAP) -> None:
    imap.put(message("one"))
    imap.put(message("two"))
    imap.play("body", No(), when=" 2 ", times=99)
    for _ in range(3):
        fetch.poll("peo")
        wait_no_longer()
    assert [alarm.said for alarm in queries.mailbox_alarms()] == ["1 messages on the server are not here"]

    found = balance.balance("peo")
    assert found == Balance(2, {"new": 1}, doubles=0, missing=1)
    assert (cursor_of() or {})["missing"] == 1
    assert not balance.is_due("peo")
    put(ImapCursor, balanced_at=db_now(-3700))
    assert balance.is_due("peo")

    imap.forget_the_script()
    assert balance.balance("peo") == Balance(2, {"new": 2}, doubles=0, missing=0)
    assert queries.mailbox_alarms() == []


def test_a_message_the_server_lists_and_never_gives_is_missing(imap: ScriptedIMAP) -> None:
    imap.put(message("one"))
    imap.play("search", Raw(b"* SEARCH 1 2\r\n"), times=9)

    assert balance.balance("peo") == Balance(2, {"new": 1}, doubles=0, missing=1)
    assert queries.mailbox_alarms()


def test_a_message_that_nobody_could_read_in_time_is_missing(imap: ScriptedIMAP) -> None:
    imap.put(message("one"))
    fetch.poll("peo")
    put(IncomingMessage, stored_at=db_now(-balance.PATIENCE_S - 60))

    found = balance.balance("peo")

    assert found == Balance(1, {}, doubles=0, missing=1)


def test_what_a_person_removed_from_the_server_stays_here_and_counts_no_more(imap: ScriptedIMAP) -> None:
    imap.put(message("one"))
    imap.put(message("two"))
    fetch.poll("peo")
    del imap.messages[1]

    assert balance.balance("peo") == Balance(1, {"new": 1}, doubles=0, missing=0)
    assert len(kept()) == 2


def test_a_mailbox_that_cannot_be_read_is_not_counted(imap: ScriptedIMAP) -> None:
    imap.play("select", No())
    assert balance.balance("peo") is None
    assert balance.is_due("peo")
    wait_no_longer()
    assert balance.balance("peo") == Balance(0, {}, doubles=0, missing=0)
    assert not balance.is_due("peo")
