"""What a person decides about a letter: it leaves again as a new one, or it is known to have left."""

import threading
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask

from tests.factories.outbox import events, pec_letter, posted, put, receive, row, state, states
from tests.smtp_scripted import ScriptedSMTP
from urp.foundation import events as switchboard
from urp.foundation.db import transaction
from urp.foundation.errors import NotFound, WrongState
from urp.outbox import queries, send
from urp.outbox.compose import Enclosure
from urp.outbox.events import LetterSent
from urp.outbox.headers import UnsafeHeader
from urp.outbox.letter import written_anew
from urp.outbox.resend import RESENDABLE, mark_sent, resend
from urp.outbox.states import Stage, State

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


@pytest.mark.parametrize("old", [one for one in State if one not in (State.UNCERTAIN, State.SENT)])
def test_nobody_may_say_so_of_another(old: State) -> None:
    letter = pec_letter(old)
    with pytest.raises(WrongState, match=old), transaction():
        mark_sent(letter)


def test_a_letter_that_is_not_there() -> None:
    for act in (resend, mark_sent):
        with pytest.raises(NotFound), transaction():
            act(999)


def sent_again(letter: int) -> int:
    """The verb, at a door."""
    with transaction():
        return resend(letter)
