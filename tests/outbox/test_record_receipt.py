"""PEC receipts: each moves its letter as the law of the arrows says, and only a letter of ours."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories.outbox import arrived, events, pec_letter, posted, proofs, put, receipt_of, receive, row, state
from urp.foundation import events as switchboard
from urp.foundation.db import transaction
from urp.outbox import record_receipt
from urp.outbox.events import LetterSent
from urp.outbox.evidence import Refusal
from urp.outbox.states import State

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.mark.parametrize(
    ("kind", "to", "proof"),
    [
        ("accettazione", "accepted", "accepted"),
        ("non_accettazione", "failed", "failed"),
        ("avvenuta_consegna", "delivered", "delivered"),
        ("errore_consegna", "failed", "failed"),
        ("preavviso_errore_consegna", "sent", "late"),
        ("presa_in_carico", "sent", "submitted"),
        ("rilevazione_virus", "sent", "submitted"),
    ],
)
def test_a_receipt_is_written_down_and_moves_its_letter(kind: str, to: str, proof: str) -> None:
    letter = pec_letter()
    verdict = receive(letter, kind)
    (kept,) = proofs(letter)
    assert (verdict.letter_id, verdict.refusal) == (letter, None)
    assert state(letter) == to
    assert (kept["kind"], kept["receipt"], kept["certified"]) == (proof, kind, True)
    assert kept["at"] == receipt_of(letter, kind).at
    assert kept["incoming_id"] is not None
    assert events(letter) == ([("sent", to)] if to != "sent" else [])


def test_the_words_of_an_error_become_a_cause() -> None:
    letter = pec_letter(State.ACCEPTED)
    receive(letter, "errore_consegna", error="no-dest", error_text="5.2.2 - Gestore - casella piena")
    assert (state(letter), row(letter)["cause"]) == ("failed", "mailbox_full")
    receive(letter, "avvenuta_consegna", minutes=30)
    assert (state(letter), row(letter)["cause"]) == ("delivered", None)


def test_a_refusal_for_a_virus_says_so() -> None:
    letter = pec_letter()
    receive(letter, "non_accettazione", error="virus", error_text="rifiutato")
    assert row(letter)["cause"] == "virus"


def test_the_first_warning_is_late_the_second_is_failure_and_a_delivery_still_wins() -> None:
    letter = pec_letter(State.ACCEPTED)
    warning = "preavviso_errore_consegna"
    receive(letter, warning, minutes=720)
    assert (state(letter), row(letter)["alarm"]) == ("accepted", "late")
    assert receive(letter, warning, minutes=720).refusal == "seen before"
    assert state(letter) == "accepted"
    receive(letter, warning, minutes=1440)
    assert (state(letter), row(letter)["alarm"], row(letter)["cause"]) == ("failed", None, "timeout")
    assert [kept["kind"] for kept in proofs(letter)] == ["late", "failed"]
    receive(letter, "avvenuta_consegna", minutes=1500)
    assert state(letter) == "delivered"


def test_a_warning_after_the_delivery_raises_no_alarm() -> None:
    letter = pec_letter(State.DELIVERED)
    receive(letter, "preavviso_errore_consegna")
    assert row(letter)["alarm"] is None


def test_an_acceptance_ends_its_own_alarm_and_no_other() -> None:
    missing, late = pec_letter(alarm="no_acceptance"), pec_letter(alarm="late")
    receive(missing)
    receive(late)
    assert row(missing)["alarm"] is row(missing)["alarm_at"] is None
    assert row(late)["alarm"] == "late"


def test_the_acceptance_tells_whether_the_recipient_is_certified() -> None:
    letter = pec_letter()
    receive(letter, recipients=((row(letter)["recipient"], False),))
    assert (state(letter), row(letter)["certified"]) == ("accepted", False)
    early = pec_letter()
    receive(early, "errore_consegna")
    assert row(early)["certified"] is None
    receive(early)
    assert (state(early), row(early)["certified"]) == ("failed", True)


@pytest.mark.parametrize("old", [State.QUEUED, State.SENDING, State.UNCERTAIN, State.DEAD, State.FROZEN])
@pytest.mark.parametrize(("kind", "to"), [("accettazione", "accepted"), ("avvenuta_consegna", "delivered")])
def test_what_the_provider_signed_beats_our_notes(app: Flask, old: State, kind: str, to: str) -> None:
    heard: list[LetterSent] = []
    switchboard.connect(app, {LetterSent: (heard.append,)}, app.extensions["switchboard"].later)
    letter = pec_letter(old)
    receive(letter, kind)
    assert state(letter) == to
    assert row(letter)["sent_at"] == receipt_of(letter, kind).at
    assert [event.letter_id for event in heard] == [letter]
    receive(letter, "avvenuta_consegna", minutes=2)
    assert len(heard) == 1


@pytest.mark.parametrize("old", [State.CANCELLED, State.DELIVERED])
def test_what_is_over_stays_and_the_proof_is_kept(old: State) -> None:
    letter = pec_letter(old)
    assert receive(letter, "errore_consegna").refusal is None
    assert state(letter) == old
    assert len(proofs(letter)) == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"message_id": None}, "msgid not ours"),
        ({"message_id": "<other@pec.ufficio.example>"}, "msgid not ours"),
        ({"sender": "somebody@pec.ufficio.example"}, "sender not ours"),
        ({"sender": None}, "sender not ours"),
        ({"recipients": (("other@pec.ufficio.example", True),)}, "recipient not ours"),
        ({"recipients": ()}, "recipient not ours"),
        ({"recipients": (("not an address\n", True),)}, "recipient not ours"),
        ({"delivered_to": "other@pec.ufficio.example"}, "recipient not ours"),
        ({"at": None}, "without a time"),
        ({"receipt": "busta_di_trasporto"}, "not a receipt for senders"),
    ],
)
def test_what_does_not_match_is_refused_with_its_reason_and_moves_nothing(
    changes: dict[str, Any], refusal: str
) -> None:
    letter = pec_letter()
    verdict = receive(letter, "avvenuta_consegna", **changes)
    assert verdict.refusal == refusal
    assert verdict.letter_id == (None if refusal == "msgid not ours" else letter)
    assert (state(letter), proofs(letter)) == ("sent", [])


def test_a_receipt_older_than_its_letter_by_more_than_clocks_differ_is_refused() -> None:
    letter = pec_letter()
    assert receive(letter, minutes=-25 * 60).refusal == "older than the letter"
    assert receive(letter, minutes=-23 * 60).refusal is None


def test_a_letter_by_ordinary_mail_has_no_pec_receipts() -> None:
    (letter,) = posted()
    put(letter, State.SENT)
    assert receive(letter).refusal == "letter is not PEC"
    assert state(letter) == "sent"


def test_the_same_receipt_twice_is_tied_once() -> None:
    letter = pec_letter()
    assert receive(letter).refusal is None
    assert receive(letter).refusal == "seen before"
    assert len(proofs(letter)) == 1


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Ufficio@PEC.Comune.example", "ufficio@pec.comune.EXAMPLE"),
        ("ufficio@pec.città.example", "UFFICIO@pec.xn--citt-3na.example"),
    ],
)
def test_one_address_has_many_spellings(ours: str, theirs: str) -> None:
    letter = pec_letter(recipient=ours)
    assert receive(letter, "avvenuta_consegna", recipients=((theirs, True),), delivered_to=theirs).refusal is None


def test_words_of_any_kind_and_length_are_kept_short_and_clean() -> None:
    letter = pec_letter()
    receive(letter, "errore_consegna", error="altro\x00" * 50, error_text="a\x00b\n" * 999, provider="\x1b[31m" * 99)
    (kept,) = proofs(letter)
    assert all(kept[name].isprintable() for name in ("error", "error_text", "provider"))
    assert (len(kept["error"]), len(kept["provider"])) <= (40, 200)


def test_a_rolled_back_receipt_leaves_no_trace() -> None:
    letter, incoming = pec_letter(), arrived()
    proof = receipt_of(letter)
    with pytest.raises(ValueError, match="changed"), transaction():
        record_receipt.record(proof, incoming_id=incoming)
        raise ValueError("changed my mind")
    assert (state(letter), proofs(letter)) == ("sent", [])


def test_every_reason_is_tried() -> None:
    tried = {"msgid not ours", "sender not ours", "recipient not ours", "without a time", "not a receipt for senders"}
    tried |= {"older than the letter", "letter is not PEC", "seen before"}
    assert tried | {Refusal.IS_PEC} == set(Refusal)  # the last one is of bounces


def test_clocks_may_differ_by_a_day() -> None:
    assert timedelta(days=1) == record_receipt.CLOCKS_DIFFER
