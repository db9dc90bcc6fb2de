"""A mailbox that fails is left alone for a while, a little longer each time, and tried again."""

import pytest

from tests.factories.inbox import cursor_of, put
from urp.foundation.clock import now
from urp.foundation.db import db_now, transaction
from urp.inbox import cursor, queries
from urp.inbox.imap_line import Folder
from urp.inbox.models import ImapCursor

pytestmark = pytest.mark.usefixtures("ctx")


def fails(*, refused: bool = False) -> float:
    """Seconds until the mailbox may be tried again."""
    with transaction():
        cursor.failed("peo", "no route", refused=refused)
    found = cursor_of()
    assert found
    return float((found["retry_at"] - now()).total_seconds())


def test_each_failure_in_a_row_waits_longer_up_to_a_minute() -> None:
    for pause in (10, 20, 40, 60, 60, 60):
        assert 0.75 * pause < fails() < 1.25 * pause
    assert cursor.may_try("peo")[:2] == (False, "no route")
    assert cursor.may_try("pec") == (True, None, None)
    put(ImapCursor, retry_at=db_now(-1))
    assert cursor.may_try("peo")[0]


def test_a_refused_login_waits_five_minutes_and_is_an_alarm_at_once() -> None:
    assert 0.75 * 300 < fails(refused=True) < 1.25 * 300
    assert [(alarm.mailbox, alarm.said) for alarm in queries.mailbox_alarms()] == [("peo", "cannot be read: no route")]


def test_a_poll_that_reads_to_its_end_clears_everything() -> None:
    for _ in range(4):
        fails()
    with transaction():
        cursor.read_to_its_end("peo")
    found = cursor_of()
    assert found and (found["failures"], found["reason"], found["retry_at"]) == (0, None, None)
    assert found["polled_at"]
    assert queries.mailbox_alarms() == []


@pytest.mark.parametrize(
    ("folder", "begins_at"),
    [
        (Folder(7, 10), 9),
        (Folder(7, None), 9),
        (Folder(7, 900), 9),
        (Folder(8, 10), 0),
        (Folder(6, 10), 0),
        (Folder(7, 9), 0),
    ],
)
def test_numbers_are_trusted_only_while_they_mean_the_same(folder: Folder, begins_at: int) -> None:
    with transaction():
        assert cursor.entered("peo", Folder(7, 10)) == 0
        cursor.sighted("peo", 7, [3, 9])
    with transaction():
        assert cursor.entered("peo", folder) == begins_at
        assert cursor.noted("peo", folder.uidvalidity) == ({3, 9} if begins_at else set())


def test_what_was_never_asked_for_comes_before_what_failed() -> None:
    with transaction():
        cursor.entered("peo", Folder(7, 10))
        cursor.sighted("peo", 7, [1, 2])
        assert cursor.taken("peo", 7) == [1, 2]
        cursor.sighted("peo", 7, [1, 2, 3])
        assert cursor.taken("peo", 7) == [3]
        cursor.ask_again("peo", 7, [1])
        assert cursor.failed_before("peo", 7) == [2, 3, 1]
        for _ in range(queries.TRIES):
            cursor.ask_again("peo", 7, [1])
        assert cursor.failed_before("peo", 7) == [2, 3]
        cursor.hope_again("peo", 7)
        assert cursor.failed_before("peo", 7) == [2, 3, 1]
