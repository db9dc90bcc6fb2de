"""The bell of the inbox: fetch, then read, then count where that is due; and go on where time was short."""

from collections.abc import Iterator

import pytest

from tests.factories.inbox import cursor_of, message
from tests.imap_scripted import ScriptedIMAP
from urp.foundation.clock import now
from urp.inbox import fetch, tasks
from urp.outbox.events import LetterSent

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def imap() -> Iterator[ScriptedIMAP]:
    with ScriptedIMAP() as made:
        yield made


@pytest.fixture
def app_settings(imap: ScriptedIMAP) -> dict[str, object]:
    return {"peo_imap": imap.url()}


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    bells: list[tuple[str, str, str]] = []
    monkeypatch.setattr(tasks, "ring_once", lambda task, mailbox, queue: bells.append((task.name, str(mailbox), queue)))
    return bells


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, imap: ScriptedIMAP) -> list[tuple[str, int]]:
    """Each reading: its mailbox, and how many lines to the mail server were open meanwhile."""
    readings: list[tuple[str, int]] = []
    monkeypatch.setattr(tasks, "process", lambda mailbox: readings.append((mailbox, imap.asked("LOGOUT") == [])))
    return readings


def test_what_was_fetched_is_read_after_the_line_was_left(
    imap: ScriptedIMAP, rung: list[tuple[str, str, str]], read: list[tuple[str, int]]
) -> None:
    imap.put(message("one"))
    tasks.poll("peo")

    assert read == [("peo", False)]
    assert rung == []
    assert imap.seen == {1}


def test_the_first_poll_counts_and_the_next_need_not(
    imap: ScriptedIMAP, rung: list[tuple[str, str, str]], read: list[tuple[str, int]]
) -> None:
    tasks.poll("peo")
    found = cursor_of()
    assert found and found["balanced_at"]
    sessions = imap.sessions
    tasks.poll("peo")
    assert imap.sessions == sessions + 1


def test_a_poll_out_of_time_rings_for_another(
    imap: ScriptedIMAP,
    monkeypatch: pytest.MonkeyPatch,
    rung: list[tuple[str, str, str]],
    read: list[tuple[str, int]],
) -> None:
    monkeypatch.setattr(fetch, "WORK_S", -1.0)
    imap.put(message("one"))
    tasks.poll("peo")

    assert rung == [("inbox.poll", "peo", "imap")]
    assert len(read) == 1


def test_what_waits_is_read_even_where_the_mailbox_cannot_be(rung: object, read: list[tuple[str, int]]) -> None:
    tasks.poll("pec")  # no server is set
    assert [mailbox for mailbox, _ in read] == ["pec"]


@pytest.mark.parametrize(("mailbox", "bells"), [("pec", [("inbox.poll", "pec", "imap")]), ("peo", [])])
def test_a_certified_letter_that_left_rings_for_its_receipts(
    mailbox: str, bells: list[tuple[str, str, str]], rung: list[tuple[str, str, str]]
) -> None:
    tasks.look_for_receipts(LetterSent(1, None, mailbox, "receipt", "ente@pec.example", now()))
    assert rung == bells
