"""What nobody is left to do: repeated confirmations, and alarms for proofs that do not come."""

import logging
from typing import Any

import pytest
from sqlalchemy import ClauseElement

from tests.factories.outbox import events, pec_letter, posted, put, receive, row, state, states
from tests.outbox.test_claim import plan
from tests.smtp_scripted import Close, ScriptedSMTP
from urp.foundation.db import db_now, transaction
from urp.outbox import arrows, by_proof, resend, send, sweep
from urp.outbox.states import Stage, State

pytestmark = pytest.mark.usefixtures("ctx")

QUARTER, DAY = 15 * 60, 24 * 3600


def test_no_acceptance_for_a_quarter_of_an_hour_is_an_alarm_that_the_receipt_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    late, young = pec_letter(sent_at=db_now(-QUARTER - 1)), pec_letter(sent_at=db_now(-QUARTER + 30))
    caplog.set_level(logging.ERROR, "urp.outbox")
    watch()
    assert [row(letter)["alarm"] for letter in (late, young)] == ["no_acceptance", None]
    assert row(late)["alarm_at"] is not None
    assert f"letters [{late}]: no accettazione" in caplog.text
    caplog.clear()
    watch()
    assert caplog.text == ""  # once
    receive(late)
    assert (state(late), row(late)["alarm"], row(late)["alarm_at"]) == ("accepted", None, None)


def test_no_delivery_for_a_day_is_an_alarm_where_one_must_come() -> None:
    old = {"sent_at": db_now(-DAY - 1)}
    certified = pec_letter(State.ACCEPTED, certified=True, **old)
    external = pec_letter(State.ACCEPTED, certified=False, **old)
    young = pec_letter(State.ACCEPTED, certified=True, sent_at=db_now(-DAY + 30))
    warned = pec_letter(State.ACCEPTED, certified=True, alarm="late", alarm_at=db_now(), **old)
    watch()
    letters = (certified, external, young, warned)
    assert [row(letter)["alarm"] for letter in letters] == ["no_delivery", None, None, "late"]
    receive(certified, "avvenuta_consegna")
    assert row(certified)["alarm"] is None


def test_a_warning_that_nothing_followed_ends_after_five_days_where_nothing_more_will_come() -> None:
    old = {"alarm": "late", "alarm_at": db_now(-5 * DAY - 1), "sent_at": db_now(-5 * DAY - 60)}
    (ordinary,) = posted()
    put(ordinary, State.SENT, **old)
    external = pec_letter(State.ACCEPTED, certified=False, **old)
    certified = pec_letter(State.ACCEPTED, certified=True, **old)
    young = pec_letter(State.ACCEPTED, certified=False, **{**old, "alarm_at": db_now(-5 * DAY + 60)})
    for _ in range(2):
        watch()
    letters = (ordinary, external, certified, young)
    assert [row(letter)["alarm"] for letter in letters] == [None, None, "no_delivery", "late"]


@pytest.mark.parametrize(("where", "alarm"), [(State.SENT, "no_acceptance"), (State.ACCEPTED, "no_delivery")])
def test_an_alarm_that_a_person_ended_does_not_come_back(where: State, alarm: str) -> None:
    old = {"certified": where == State.ACCEPTED or None, "sent_at": db_now(-2 * DAY)}
    left, replaced = pec_letter(where, **old), pec_letter(where, **old)
    watch()
    assert [row(letter)["alarm"] for letter in (left, replaced)] == [alarm] * 2
    with transaction():
        resend.mark_sent(left)
        resend.resend(replaced)
    watch()
    assert [(row(letter)["state"], row(letter)["alarm"]) for letter in (left, replaced)] == [(where, None)] * 2


def test_who_looked_for_the_accettazione_is_still_told_that_the_consegna_does_not_come() -> None:
    letter = pec_letter(sent_at=db_now(-2 * DAY))
    watch()
    with transaction():
        resend.mark_sent(letter)
    receive(letter)
    watch()
    assert (state(letter), row(letter)["alarm"]) == ("accepted", "no_delivery")


def test_ordinary_mail_and_what_is_settled_raise_no_alarm() -> None:
    (ordinary,) = posted()
    put(ordinary, State.SENT, sent_at=db_now(-2 * DAY))
    settled = [pec_letter(old, sent_at=db_now(-2 * DAY)) for old in State if old not in ("sent", "accepted")]
    watch()
    assert {row(letter)["alarm"] for letter in [ordinary, *settled]} == {None}


def test_a_confirmation_in_doubt_is_sent_again_once_with_the_same_message_id(
    server: ScriptedSMTP,
) -> None:
    server.play("dot", Close(), times=2)
    (letter,) = posted()
    assert send.drain("peo").uncertain == 1
    again()
    assert state(letter) == "uncertain"  # a late reply may still come
    put(letter, State.UNCERTAIN, Stage.DOT, next_at=db_now())
    again()
    assert (state(letter), row(letter)["stage"], row(letter)["repeats"]) == ("queued", "pre", 1)
    assert send.drain("peo").uncertain == 1
    put(letter, State.UNCERTAIN, Stage.DOT, next_at=db_now())
    again()
    assert state(letter) == "uncertain"  # and now a person
    assert [taken.message_id for taken in server.journal] == [row(letter)["message_id"]] * 2
    assert ("uncertain", "queued") in events(letter)


def test_doubt_begins_a_quarter_of_an_hour_before_the_repeat() -> None:
    abandoned, thawed = posted(2)
    put(abandoned, State.SENDING, Stage.DOT, lease_until=db_now(-1))
    put(thawed, State.FROZEN, Stage.DOT)
    with transaction():
        arrows.abandoned()
        arrows.thawed_in_doubt()
    again()
    assert states([abandoned, thawed]) == ["uncertain"] * 2


@pytest.mark.parametrize(
    "changes",
    [{"mailbox": "pec"}, {"automatic": False}, {"repeats": 1}, {"give_up_at": db_now(-1)}, {"next_at": db_now(5)}],
    ids=lambda changes: next(iter(changes)),
)
def test_pec_answers_and_what_is_too_old_or_too_young_are_never_repeated(changes: dict[str, Any]) -> None:
    (letter,) = posted()
    put(letter, State.UNCERTAIN, Stage.DOT, **changes)
    again()
    assert state(letter) == "uncertain"


def test_what_a_person_sent_again_is_not_repeated() -> None:
    (letter,) = posted()
    put(letter, State.UNCERTAIN, Stage.DOT)
    with transaction():
        resend.resend(letter)
    again()
    assert state(letter) == "uncertain"


def test_the_sweep_reads_partial_indexes() -> None:
    posted(1)
    looks: list[tuple[ClauseElement, str]] = [
        (arrows._REPEATED.statement, "ix_outbox_message_care"),
        (by_proof._NO_NEWS, "ix_outbox_message_alarm"),
        (by_proof._MISSING[0], "ix_outbox_message_unaccepted"),
        (by_proof._MISSING[1], "ix_outbox_message_undelivered"),
    ]
    for statement, index in looks:
        assert index in plan(statement)


def watch() -> None:
    """One look at the proofs that are missing."""
    with transaction():
        sweep.raise_alarms()


def again() -> None:
    """One look at the confirmations in doubt."""
    with transaction():
        sweep.repeat()
