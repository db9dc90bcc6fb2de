"""What became of each message is told in one plain sentence, whatever happened to it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine

from tests.templates.html_tree import Element
from urp.cases.case_page import LETTERS
from urp.cases.delivery_story import story
from urp.outbox.causes import Cause
from urp.outbox.queries import Delivery, EvidenceView
from urp.outbox.states import Alarm, Proof, State

SENT = datetime(2026, 11, 24, 9, 2, 10, tzinfo=UTC)
SECONDS = timedelta(seconds=20)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
S = State
ACCEPTED = {"state": S.ACCEPTED, "accepted_at": SENT + SECONDS}
LEFT = "Inviata il 24 novembre alle 10.02"
TAKEN = f"{LEFT} · accettata dal gestore PEC"


def letter(**changes: Any) -> Delivery:
    """A certified letter that left on 24 November at 10.02."""
    plain: dict[str, Any] = {
        "id": 7, "kind": "office_message", "mailbox": "pec", "recipient": "strade@pec.ente.example",
        "state": S.SENT, "at": SENT, "code": 250, "text": "ok", "sent_at": SENT, "accepted_at": None,
        "delivered_at": None, "failed_at": None, "cause": None, "certified": None, "alarm": None, "evidence": (),
        "resend_of": None,
    }  # fmt: skip
    return Delivery(**{**plain, **changes})


def proof(receipt: str, kind: Proof = Proof.FAILED) -> EvidenceView:
    """What a provider told of it."""
    return EvidenceView(id=1, receipt=receipt, kind=kind, at=SENT, incoming_id=3)


TOLD: list[tuple[dict[str, Any], str]] = [
    ({"state": S.QUEUED, "sent_at": None, "code": None, "text": None}, "In partenza"),
    ({"state": S.QUEUED, "sent_at": None, "code": 451}, "Non è ancora partita: riproviamo noi"),
    ({"state": S.SENDING, "sent_at": None}, "In partenza"),
    ({"mailbox": "peo"}, f"{LEFT} · consegnata al server di posta"),
    ({}, f"{LEFT} · aspettiamo la ricevuta del gestore PEC"),
    ({"alarm": Alarm.NO_ACCEPTANCE}, f"{LEFT} · il gestore PEC non risponde: stiamo controllando"),
    (ACCEPTED, f"{TAKEN} · aspettiamo la ricevuta di consegna"),
    (
        {**ACCEPTED, "accepted_at": SENT + DAY},
        f"{TAKEN} il 25 novembre alle 10.02 · aspettiamo la ricevuta di consegna",
    ),
    ({**ACCEPTED, "alarm": Alarm.NO_DELIVERY}, f"{TAKEN} · manca la ricevuta di consegna: stiamo controllando"),
    ({**ACCEPTED, "alarm": Alarm.LATE}, f"{TAKEN} · in ritardo: il gestore PEC sta riprovando"),
    ({**ACCEPTED, "certified": False}, f"{TAKEN} · consegna non certificabile (l’indirizzo non è una PEC)"),
    ({**ACCEPTED, "state": S.DELIVERED, "delivered_at": SENT + MINUTE}, f"{TAKEN} · consegnata alle 10.03"),
    (
        {**ACCEPTED, "state": S.DELIVERED, "delivered_at": SENT + 15 * 60 * MINUTE},
        f"{TAKEN} · consegnata il 25 novembre all’1.02",
    ),
    ({"state": S.DELIVERED, "sent_at": None, "delivered_at": SENT}, "Consegnata il 24 novembre alle 10.02"),
    (
        {**ACCEPTED, "state": S.FAILED, "cause": Cause.MAILBOX_FULL},
        f"{TAKEN} · non consegnata: casella piena · se ne occupa un operatore",
    ),
    (
        {"mailbox": "peo", "state": S.FAILED, "cause": Cause.UNKNOWN_ADDRESS},
        f"{LEFT} · non consegnata: indirizzo inesistente · se ne occupa un operatore",
    ),
    ({"state": S.FAILED}, f"{LEFT} · non consegnata · se ne occupa un operatore"),
    (
        {"state": S.FAILED, "cause": Cause.VIRUS, "evidence": (proof("non_accettazione"),)},
        f"{LEFT} · non accettata dal gestore PEC: un antivirus l’ha fermata · se ne occupa un operatore",
    ),
    ({"mailbox": "peo", "alarm": Alarm.LATE}, f"{LEFT} · in ritardo: il server di posta sta riprovando"),
    ({"state": S.UNCERTAIN, "sent_at": None}, "Stiamo verificando se è partita"),
    ({"state": S.DEAD, "sent_at": None}, "Non è partita · se ne occupa un operatore"),
    ({"state": S.FROZEN, "sent_at": None}, "Ferma in attesa di un controllo · se ne occupa un operatore"),
    ({"state": S.CANCELLED, "sent_at": None}, "Annullata prima di partire"),
]
REPLACED: list[tuple[dict[str, Any], str]] = [
    ({"state": S.UNCERTAIN, "sent_at": None}, "Sostituita da un nuovo invio"),
    ({"state": S.DEAD, "sent_at": None}, "Sostituita da un nuovo invio"),
    (
        {**ACCEPTED, "state": S.FAILED, "cause": Cause.TIMEOUT},
        f"{TAKEN} · non consegnata: chi la riceve non ha risposto in tempo · sostituita da un nuovo invio",
    ),
    ({**ACCEPTED, "state": S.DELIVERED, "delivered_at": SENT + MINUTE}, f"{TAKEN} · consegnata alle 10.03"),
]


@pytest.mark.parametrize(("what", "words"), TOLD)
def test_what_happened_is_told_in_one_sentence(told: Callable[..., Element], what: dict[str, Any], words: str) -> None:
    assert told(letter(**what)).one("p").text == f"La tua domanda all’ufficio : {words}"


@pytest.mark.parametrize(("what", "words"), REPLACED)
def test_a_letter_that_was_sent_again_says_so(told: Callable[..., Element], what: dict[str, Any], words: str) -> None:
    assert told(letter(**what), resent=True).one("p").text == f"La tua domanda all’ufficio : {words}"


@pytest.mark.parametrize("kind", [*sorted(LETTERS), "draft_link", "another"])
def test_every_message_is_called_by_a_feminine_word_for_it_was_sent(told: Callable[..., Element], kind: str) -> None:
    said = told(letter(kind=kind)).one("p").text

    assert said.startswith(("La ", "Una "))
    assert " : Inviata il " in said


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words_of_its_own(macro: Callable[..., Element], cause: Cause) -> None:
    text = macro('{% import "macros/status.html" as status %}{{ status.cause_words(cause) }}', cause=str(cause)).text

    assert text
    assert (text == "motivo tecnico") == (cause == Cause.OTHER)


@pytest.mark.parametrize("mailbox", ["pec", "peo"])
@pytest.mark.parametrize("state", State)
def test_no_state_is_without_words_and_picture(told: Callable[..., Element], state: State, mailbox: str) -> None:
    for alarm, certified, resent in product([None, *Alarm], [None, False, True], [False, True]):
        found = told(letter(state=state, mailbox=mailbox, alarm=alarm, certified=certified), resent=resent)
        steps = found.one("p").text.partition(" : ")[2].split(" · ")
        assert all(len(step) > 8 for step in steps), steps
        assert not found.one("use").attrs["href"].endswith("#")


def test_a_step_that_nobody_named_is_an_empty_word_this_suite_would_see(macro: Callable[..., Element]) -> None:
    source = '{% import "macros/status.html" as status %}<p>{{ status.step_words({"key": "lost"}) }}</p>'

    assert macro(source).one("p").text == ""


@pytest.mark.parametrize(
    ("receipt", "kind", "words"),
    [
        ("accettazione", Proof.ACCEPTED, "ricevuta di accettazione"),
        ("non_accettazione", Proof.FAILED, "avviso di non accettazione"),
        ("avvenuta_consegna", Proof.DELIVERED, "ricevuta di consegna"),
        ("errore_consegna", Proof.FAILED, "avviso di mancata consegna"),
        ("preavviso_errore_consegna", Proof.LATE, "avviso di ritardo"),
        ("preavviso_errore_consegna", Proof.FAILED, "avviso di mancata consegna"),
        ("bounce", Proof.FAILED, "avviso di mancata consegna"),
        ("bounce", Proof.LATE, "avviso di ritardo"),
        ("presa_in_carico", Proof.SUBMITTED, "ricevuta"),
    ],
)
def test_an_original_is_called_what_it_is(macro: Callable[..., Element], receipt: str, kind: Proof, words: str) -> None:
    source = '{% import "macros/status.html" as status %}{{ status.receipt_words(receipt, kind) }}'
    text = macro(source, receipt=receipt, kind=str(kind)).text

    assert text.removeprefix("Scarica ").removeprefix("la ").removeprefix("l’") == f"{words} (.eml)"


def test_every_time_is_a_time_for_machines_too(told: Callable[..., Element]) -> None:
    found = told(letter(**{**ACCEPTED, "state": S.DELIVERED, "delivered_at": SENT + MINUTE}))

    assert [one.attrs["datetime"] for one in found.all("time")] == ["2026-11-24T10:02+01:00", "2026-11-24T10:03+01:00"]


@pytest.fixture
def told(macro: Callable[..., Element]) -> Callable[..., Element]:
    """The line of a letter as the page of its case draws it."""

    def draw(one: Delivery, *, resent: bool = False) -> Element:
        item = {"kind": one.kind, "recipient_masked": None, "steps": story(one, resent=resent)}
        source = '{% import "macros/status.html" as status %}<p>{{ status.delivery(item) }}</p>'
        with time_machine.travel(SENT + DAY):
            return macro(source + "{{ ui.icon(status.step_symbol(item.steps[-1])) }}", item=item)

    return draw
