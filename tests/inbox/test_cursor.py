"""A mailbox that fails is left alone for a while, a little longer each time, and tried again."""

import pytest
from sqlalchemy import select

from tests.factories.inbox import cursor_of, put
from urp.foundation.clock import now
from urp.foundation.db import db, db_now, transaction
from urp.inbox import cursor, queries
from urp.inbox.cursor import Place
from urp.inbox.imap_line import Folder, Trouble
from urp.inbox.models import ImapCursor, ImapSighting

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
        assert cursor.entered("peo", Folder(7, 10), cursor.place("peo")) == 0
        cursor.sighted("peo", 7, [3, 9])
    with transaction():
        assert cursor.entered("peo", folder, cursor.place("peo")) == begins_at
        assert cursor.noted("peo", folder.uidvalidity) == ({3, 9} if begins_at else set())


@pytest.mark.parametrize(
    ("before", "folder", "begins_at"),
    [
        (Place(7, 5), Folder(7, 6), 9),  # another host has read on since
        (Place(7, 20), Folder(7, 15), 9),  # it has already begun anew after the same restoration
        (Place(6, 20), Folder(7, 15), 9),  # it has found the new numbers before us
        (Place(None, 0), Folder(7, 1), 9),  # it was the first
        (Place(7, 9), Folder(7, 9), 0),
        (Place(7, 9), Folder(8, 30), 0),
    ],
)
def test_what_another_host_has_read_meanwhile_is_no_restored_server(
    before: Place, folder: Folder, begins_at: int
) -> None:
    with transaction():
        cursor.entered("peo", Folder(7, 10), cursor.place("peo"))
        cursor.sighted("peo", 7, [3, 9])
    with transaction():
        assert cursor.entered("peo", folder, before) == begins_at


def test_a_folder_that_was_opened_under_the_old_numbers_undoes_nothing() -> None:
    with transaction():
        cursor.entered("peo", Folder(8, 10), cursor.place("peo"))
        cursor.sighted("peo", 8, [9])
    with pytest.raises(Trouble, match="other numbers"), transaction():
        cursor.entered("peo", Folder(7, 30), Place(7, 29))
    with transaction():
        assert cursor.noted("peo", 8) == {9}


def test_what_was_asked_for_in_vain_waits_ever_longer_and_is_never_given_up() -> None:
    with transaction():
        cursor.entered("peo", Folder(7, 10), cursor.place("peo"))
        cursor.sighted("peo", 7, [1, 2])
        assert cursor.taken("peo", 7) == [1, 2]
        cursor.sighted("peo", 7, [1, 2, 3])
        assert cursor.taken("peo", 7) == [3]
        assert cursor.failed_before("peo", 7) == []
    waits = [pause()]
    for _ in range(6):
        put(ImapSighting, retry_at=db_now(-1))
        with transaction():
            assert 1 in cursor.failed_before("peo", 7)
            cursor.ask("peo", 7, [1])
        waits.append(pause())
    assert waits == [1, 5, 15, 60, 60, 60, 60]
    with transaction():
        cursor.hope_again("peo", 7)
        assert cursor.failed_before("peo", 7) == [2, 3, 1]  # the least tried come first


def pause() -> int:
    """Minutes until the first message is asked for again."""
    with transaction():
        at = db.session.scalar(select(ImapSighting.retry_at).where(ImapSighting.uid == 1))
    assert at
    return round((at - now()).total_seconds() / 60)
