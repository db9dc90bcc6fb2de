"""What a person decides about a letter: it leaves again as a new one, or it is known to have left."""

import threading
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import text

from tests.factories.outbox import events, pec_letter, posted, put, receive, row, state, states
from tests.factories.running import until
from tests.smtp_scripted import ScriptedSMTP
from urp.foundation import events as switchboard
from urp.foundation.db import db, db_now, transaction
from urp.foundation.errors import NotFound, WrongState
from urp.outbox import queries, send, sweep
from urp.outbox.compose import Enclosure
from urp.outbox.events import LetterSent
from urp.outbox.headers import UnsafeHeader
from urp.outbox.letter import written_anew
from urp.outbox.resend import RESENDABLE, mark_sent, resend
from urp.outbox.states import Alarm, Stage, State

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.mark.parametrize("old", RESENDABLE)
def test_a_letter_leaves_again_as_a_new_one_that_names_it(old: State, server: ScriptedSMTP) -> None:
    letter = pec_letter(old, last_code=552, cause="mailbox_full")
    again = sent_again(letter)
    first, second = row(letter), row(again)
    assert again != letter
    assert (first["state"], second["state"], second["resend_of"]) == (old, "queued", letter)
    copied = ("case_id", "mailbox", "kind", "sender", "recipient", "automatic")
    assert [first[name] for name in copied] == [second[name] for name in copied]
    assert (second["stage"], second["attempts"], second["repeats"], second["cause"]) == ("pre", 0, 0, None)
    assert first["message_id"] != second["message_id"]
    assert send.drain("pec").sent == 1
    assert [taken.message_id for taken in server.journal] == [second["message_id"]]


def test_only_message_id_and_date_differ() -> None:
    subject = "Perché? " * 20
    (letter,) = posted(1, subject=subject, html="<p>x</p>", attachments=(Enclosure("a.pdf", "application/pdf", b"%"),))
    put(letter, State.DEAD)
    again = sent_again(letter)
    first, second = queries.raw(letter), queries.raw(again)
    old, new = (raw.split(b"\r\n") for raw in (first, second))
    assert {a.split(b":")[0] for a, b in zip(old, new, strict=True) if a != b} <= {b"Message-ID", b"Date"}
    assert message_from_bytes(second, policy=default)["Message-ID"] == row(again)["message_id"]


def test_a_message_id_that_could_add_a_header_is_refused() -> None:
    (letter,) = posted()
    with pytest.raises(UnsafeHeader):
        written_anew(queries.raw(letter), new_id="<a@b>\r\nBcc: x@y", written_at=row(letter)["queued_at"])


def test_a_double_click_is_one_letter_and_the_next_failure_can_leave_again() -> None:
    letter = pec_letter(State.DEAD)
    again = sent_again(letter)
    assert sent_again(letter) == again
    put(again, State.DEAD)
    third = sent_again(again)
    assert (row(third)["resend_of"], sent_again(letter), sent_again(again)) == (again, again, third)
    key = row(letter)["dedupe_key"]
    assert [row(one)["dedupe_key"] for one in (again, third)] == [f"{key}:resend 1", f"{key}:resend 2"]


def test_two_people_at_once_are_one_letter(app: Flask) -> None:
    letter = pec_letter(State.UNCERTAIN)
    made: list[int] = []
    start = threading.Barrier(4)

    def click() -> None:
        start.wait()
        with app.app_context():
            made.append(sent_again(letter))

    people = [threading.Thread(target=click) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(made) == 4
    assert len(set(made)) == 1


@pytest.mark.parametrize(("where", "alarm"), [(State.SENT, "no_acceptance"), (State.ACCEPTED, "no_delivery")])
def test_a_letter_whose_receipt_does_not_come_can_leave_again_and_the_receipt_still_counts(
    where: State, alarm: str
) -> None:
    letter = pec_letter(where, alarm=alarm, alarm_at=db_now())
    again = sent_again(letter)
    assert sent_again(letter) == again
    assert (states([letter, again]), row(letter)["alarm"]) == ([where, "queued"], None)
    receive(letter, "avvenuta_consegna")
    assert states([letter, again]) == ["delivered", "queued"]


def test_a_letter_that_is_only_late_is_on_its_way_and_not_sent_again() -> None:
    letter = pec_letter(State.ACCEPTED, alarm="late", alarm_at=db_now())
    with pytest.raises(WrongState, match="accepted"), transaction():
        resend(letter)


def test_the_rule_that_meets_a_person_does_not_repeat_what_leaves_anew(app: Flask) -> None:
    letter = in_doubt()
    rule = Beside(app, sweep.repeat)
    with transaction():
        again = resend(letter)
        rule.start_and_wait_for_its_lock()
    rule.join()
    assert states([letter, again]) == ["uncertain", "queued"]


def test_a_person_who_meets_the_rule_sends_nothing_anew(app: Flask) -> None:
    letter = in_doubt()
    person = Beside(app, lambda: resend(letter))
    with transaction():
        sweep.repeat()
        person.start_and_wait_for_its_lock()
    person.join()
    assert isinstance(person.trouble, WrongState)
    assert (state(letter), row(letter)["repeats"]) == ("queued", 1)


@pytest.mark.parametrize("old", [one for one in State if one not in RESENDABLE])
def test_no_other_letter_is_sent_again(old: State) -> None:
    letter = pec_letter(old)
    with pytest.raises(WrongState, match=old), transaction():
        resend(letter)


def test_a_receipt_belongs_to_the_letter_it_cites() -> None:
    letter = pec_letter(State.UNCERTAIN)
    again = sent_again(letter)
    receive(letter)
    assert states([letter, again]) == ["accepted", "queued"]


def test_a_person_may_know_that_an_uncertain_letter_left(app: Flask) -> None:
    heard: list[LetterSent] = []
    switchboard.connect(app, {LetterSent: (heard.append,)}, app.extensions["switchboard"].later)
    letter = pec_letter(State.UNCERTAIN, Stage.DOT)
    for _ in range(2):
        with transaction():
            mark_sent(letter)
    assert (state(letter), events(letter)) == ("sent", [("uncertain", "sent")])
    assert row(letter)["sent_at"] is not None
    assert [event.letter_id for event in heard] == [letter]


@pytest.mark.parametrize("where", [State.SENT, State.ACCEPTED])
@pytest.mark.parametrize("alarm", Alarm)
def test_a_person_who_has_looked_ends_the_alarm_of_a_letter_that_left(where: State, alarm: Alarm) -> None:
    letter = pec_letter(where, alarm=str(alarm), alarm_at=db_now())
    for _ in range(2):
        with transaction():
            mark_sent(letter)
    assert (state(letter), row(letter)["alarm"], events(letter)) == (where, None, [])


@pytest.mark.parametrize("old", [one for one in State if one not in (State.UNCERTAIN, State.SENT, State.ACCEPTED)])
def test_nobody_may_say_so_of_another(old: State) -> None:
    letter = pec_letter(old)
    with pytest.raises(WrongState, match=old), transaction():
        mark_sent(letter)


def test_a_letter_that_is_not_there() -> None:
    for act in (resend, mark_sent):
        with pytest.raises(NotFound), transaction():
            act(999)


class Beside(threading.Thread):
    """An act of somebody else at the same time, on a connection of its own."""

    def __init__(self, app: Flask, act: Callable[[], object]) -> None:
        super().__init__()
        self._app, self._act = app, act
        self.trouble: Exception | None = None

    def run(self) -> None:
        try:
            with self._app.app_context(), transaction():
                self._act()
        except Exception as trouble:
            self.trouble = trouble

    def start_and_wait_for_its_lock(self) -> None:
        """On SQLite it waits for the one writer before it looks; on PostgreSQL it has looked and waits for the row."""
        self.start()
        if db.engine.dialect.name == "postgresql":
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            until(lambda: db.session.scalar(waiting), 20)


def in_doubt() -> int:
    """A confirmation by ordinary mail that the rule would repeat now."""
    (letter,) = posted()
    put(letter, State.UNCERTAIN, Stage.DOT, next_at=db_now(-1))
    return letter


def sent_again(letter: int) -> int:
    """The verb, at a door."""
    with transaction():
        return resend(letter)
