"""Delivery reports: they tell of ordinary letters what PEC receipts tell of certified ones, unsigned."""

import pytest

from tests.factories.outbox import arrived, pec_letter, posted, proofs, put, row, state
from urp.foundation.db import transaction
from urp.outbox import record_bounce
from urp.outbox.evidence import Verdict
from urp.outbox.states import State

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
        verdict = record_bounce.record(
            ["<a@b>"], recipient=None, action="failed", status=None, diagnostic="", incoming_id=1
        )
    assert verdict == Verdict(None, None, "msgid not ours")


def test_unsigned_words_do_not_fail_a_letter_to_a_certified_mailbox() -> None:
    certified, unknown = pec_letter(certified=True), pec_letter(certified=False)
    assert report(certified, recipient=None).refusal == "letter is PEC: only its receipts count"
    assert report(unknown, recipient=None).refusal is None
    assert [state(certified), state(unknown)] == ["sent", "failed"]


def report(
    letter: int,
    *,
    recipient: str | None = GIULIA,
    action: str = "failed",
    status: str = "5.2.2",
    diagnostic: str = "",
) -> Verdict:
    """Bring a report about this letter, after a Message-ID that is not ours."""
    cited = ["<somebody@else.example>", row(letter)["message_id"]]
    incoming = arrived("peo")
    with transaction():
        return record_bounce.record(
            cited, recipient=recipient, action=action, status=status, diagnostic=diagnostic, incoming_id=incoming
        )
