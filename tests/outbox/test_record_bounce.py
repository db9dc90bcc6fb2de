"""Delivery reports: they tell of ordinary letters what PEC receipts tell of certified ones, unsigned."""

import pytest
from flask import Flask

from tests.factories.outbox import arrived, pec_letter, posted, proofs, put, row, state
from tests.factories.statements import counted
from urp.foundation.db import db, transaction
from urp.outbox import evidence, record_bounce
from urp.outbox.evidence import Verdict
from urp.outbox.states import State
from urp.outbox.told import Report, Status

pytestmark = pytest.mark.usefixtures("ctx")

GIULIA = "giulia.bianchi@posta.example"


@pytest.mark.parametrize("old", [State.SENT, State.UNCERTAIN, State.QUEUED])
def test_a_failure_is_tied_to_its_letter_with_its_cause(old: State) -> None:
    (letter,) = posted()
    put(letter, old)
    verdict = report(letter, diagnostic="552 5.2.2 mailbox full")
    assert (verdict.letter_id, verdict.refusal) == (letter, None)
    assert (state(letter), row(letter)["cause"]) == ("failed", "mailbox_full")
    (kept,) = proofs(letter)
    assert (kept["kind"], kept["receipt"], kept["error"]) == ("failed", "bounce", "5.2.2")


def test_a_delay_is_an_alarm_and_the_failure_ends_it() -> None:
    (letter,) = posted()
    put(letter, State.SENT)
    report(letter, action="Delayed", status="4.4.1")
    assert (state(letter), row(letter)["alarm"]) == ("sent", "late")
    report(letter, status="5.4.7")
    assert (state(letter), row(letter)["alarm"], row(letter)["cause"]) == ("failed", None, "timeout")


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "nonsense"])
def test_what_nobody_asked_for_proves_nothing(action: str) -> None:
    (letter,) = posted()
    put(letter, State.SENT)
    assert report(letter, action=action).refusal is None
    assert (state(letter), row(letter)["alarm"]) == ("sent", None)


def test_a_report_that_names_no_recipient_is_about_our_only_one() -> None:
    (letter,) = posted()
    put(letter, State.SENT)
    report(letter, recipient=None)
    assert state(letter) == "failed"


def test_a_report_on_somebody_else_moves_nothing() -> None:
    (letter,) = posted()
    put(letter, State.SENT)
    assert report(letter, recipient="forwarded@altrove.example").refusal == "recipient not ours"
    assert (state(letter), proofs(letter)) == ("sent", [])


def test_a_report_on_no_letter_of_ours_is_refused() -> None:
    with transaction():
        verdict = record_bounce.record(Report(("<a@b>",), (Status(None, "failed", None, ""),)), incoming_id=1)
    assert verdict == Verdict(None, None, "msgid not ours")


def test_unsigned_words_do_not_fail_a_letter_to_a_certified_mailbox() -> None:
    certified, unknown, ordinary = (pec_letter(certified=told) for told in (True, None, False))
    for letter in (certified, unknown):
        assert report(letter, recipient=None).refusal == "letter is PEC: only its receipts count"
    assert report(ordinary, recipient=None).refusal is None
    assert [state(certified), state(unknown), state(ordinary)] == ["sent", "sent", "failed"]


def test_of_several_words_about_our_recipient_the_worst_counts() -> None:
    (letter,) = posted()
    put(letter, State.SENT)
    late, lost = Status(GIULIA, "delayed", "4.4.1", ""), Status(GIULIA, "failed", "5.2.2", "")
    others = Status("forwarded@altrove.example", "failed", "5.1.1", "")
    assert bring(letter, others, late, lost, late).refusal is None
    assert [(kept["kind"], kept["error"]) for kept in proofs(letter)] == [("failed", "5.2.2")]


@pytest.mark.parametrize("recipient", [GIULIA, "somebody@else.example"])
def test_however_many_recipients_and_letters_are_named_the_database_hears_no_more_of_it(
    app: Flask, recipient: str
) -> None:
    letters = posted(2)
    for one in letters:
        put(one, State.SENT)
    asked = []
    for letter, recipients, ids in zip(letters, (1, 100), (1, 49), strict=True):
        cited = (*(f"<{number}@else.example>" for number in range(ids)), row(letter)["message_id"])
        told = tuple(Status(recipient, "failed", "5.1.1", str(number)) for number in range(recipients))
        incoming = arrived("peo")
        with transaction(), counted(db.engine) as seen:
            record_bounce.record(Report(cited, told), incoming_id=incoming)
        asked.append(len(seen.statements))
        assert len([one for one in seen.statements if one.startswith("SELECT")]) == 1
    assert asked[0] == asked[1]


def test_of_several_letters_the_first_that_is_cited_is_meant() -> None:
    letters = posted(3)
    cited = tuple(row(one)["message_id"] for one in (letters[2], letters[0], letters[1]))
    with transaction():
        found = evidence.find(("<somebody@else.example>", *cited))
    assert found is not None
    assert found.id == letters[2]
    assert evidence.find(()) is None


def report(
    letter: int,
    *,
    recipient: str | None = GIULIA,
    action: str = "failed",
    status: str = "5.2.2",
    diagnostic: str = "",
) -> Verdict:
    """Bring a report about this letter, after a Message-ID that is not ours."""
    return bring(letter, Status(recipient, action, status, diagnostic))


def bring(letter: int, *statuses: Status) -> Verdict:
    """Bring a report that says this."""
    cited = ("<somebody@else.example>", row(letter)["message_id"])
    incoming = arrived("peo")
    with transaction():
        return record_bounce.record(Report(cited, statuses), incoming_id=incoming)
