"""Receipts of certified mail find their letter, or wait with the exact reason."""

from typing import Any

import pytest

from tests.factories.incoming import kept, message
from tests.factories.listening import Here, Listener, opened_case
from tests.factories.outbox import posted, proofs, put, row
from tests.factories.pec_samples import GIULIA, Letter, Provider, mail
from urp.foundation.clock import now
from urp.foundation.db import db_now
from urp.inbox import process
from urp.outbox.states import State
from urp.pec.kinds import Kind
from urp.pec.signature import Trust

pytestmark = pytest.mark.usefixtures("ctx")
PROVIDER = Provider()
OUR_PEC = "urp@pec.cittametropolitana.example"


@pytest.fixture(autouse=True)
def trusting(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> Listener:
    monkeypatch.setattr(Here, "trust", PROVIDER.trust)
    return listener


def sent_letter() -> tuple[int, Letter]:
    """A letter by PEC that has left, and what its receipts say of it."""
    (letter,) = posted(mailbox="pec", recipient=GIULIA, case_id=opened_case())
    put(letter, State.SENT, sent_at=db_now())
    found = row(letter)
    return letter, Letter(found["message_id"], found["sender"], (found["recipient"],))


def read(raw: bytes, mailbox: str = "pec") -> Any:
    incoming = kept(raw, mailbox=mailbox)
    process.process()
    return message(incoming)


@pytest.mark.parametrize(
    ("kind", "state"),
    [(Kind.ACCETTAZIONE, "accepted"), (Kind.AVVENUTA_CONSEGNA, "delivered"), (Kind.ERRORE_CONSEGNA, "failed")],
)
def test_a_receipt_moves_its_letter(kind: Kind, state: str) -> None:
    letter, told = sent_letter()
    found = read(PROVIDER.receipt(kind, told, at=now()))
    assert (found["state"], found["letter_id"], found["case_id"]) == ("receipt", letter, opened_case())
    assert (found["kind"], row(letter)["state"]) == ("pec_receipt", state)


def test_a_receipt_counts_in_the_pec_mailbox_only() -> None:
    letter, told = sent_letter()
    found = read(PROVIDER.receipt(Kind.ACCETTAZIONE, told, at=now()), "peo")
    assert (found["state"], found["reason"]) == ("held", "receipt_not_trusted")
    assert found["note"] == "a PEC receipt, but not in our PEC mailbox"
    assert (found["guess_case_id"], row(letter)["state"]) == (opened_case(), "sent")


def test_a_forged_receipt_moves_nothing_and_says_why() -> None:
    letter, told = sent_letter()
    found = read(Provider(domain="altro.example").receipt(Kind.AVVENUTA_CONSEGNA, told, at=now()))
    assert (found["reason"], row(letter)["state"]) == ("receipt_not_trusted", "sent")
    assert found["note"] == "The provider altro.example is not one of ours."


def test_a_receipt_of_no_letter_of_ours_waits() -> None:
    sent_letter()
    found = read(PROVIDER.receipt(Kind.ACCETTAZIONE, Letter("<another@posta.example>"), at=now()))
    assert (found["state"], found["reason"], found["letter_id"]) == ("held", "receipt_not_ours", None)
    assert found["note"]


def test_a_receipt_for_somebody_else_waits() -> None:
    letter, told = sent_letter()
    other = Letter(told.message_id, told.sender, ("mario@pec.example",))
    found = read(PROVIDER.receipt(Kind.AVVENUTA_CONSEGNA, other, at=now()))
    assert (found["reason"], found["letter_id"], row(letter)["state"]) == ("receipt_not_trusted", letter, "sent")


def test_the_same_receipt_in_other_bytes_is_tied_to_its_letter_and_moves_nothing() -> None:
    letter, told = sent_letter()
    receipt = PROVIDER.receipt(Kind.ACCETTAZIONE, told, at=now())
    read(receipt)
    before = (row(letter), proofs(letter))
    found = read(b"X-Seen: 1\r\n" + receipt)
    assert (found["state"], found["letter_id"], found["case_id"]) == ("receipt", letter, opened_case())
    assert (found["note"], row(letter), proofs(letter)) == ("seen before", *before)


def test_an_envelope_is_heard_as_the_person_in_it(trusting: Listener) -> None:
    found = read(PROVIDER.envelope(mail("Giulia <g@altrove.example>", OUR_PEC, "Buca", "Chi la ripara?"), to=OUR_PEC))
    assert (found["state"], found["kind"], found["sender"], found["certified"]) == (
        "opened",
        "pec_envelope",
        GIULIA,
        True,
    )
    assert (trusting.heard[0].certified, trusting.heard[0].words.text) == (True, "Chi la ripara?")


def test_an_envelope_that_cannot_be_trusted_waits(trusting: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Here, "trust", Trust())
    found = read(PROVIDER.envelope(mail(GIULIA, OUR_PEC, "Buca"), to=OUR_PEC))
    assert (found["state"], found["reason"], found["certified"]) == ("held", "envelope_not_trusted", False)
    assert found["note"]
    assert trusting.heard == []


def test_an_anomaly_is_heard_as_ordinary_mail(trusting: Listener) -> None:
    inner = mail("mario@posta.example", "urp@ente.example", "Buca", "Chi la ripara?")
    found = read(Provider(domain="altro.example").anomaly(inner))
    assert (found["state"], found["kind"], found["sender"]) == ("opened", "pec_anomaly", "mario@posta.example")
    assert trusting.heard[0].certified is False
