"""Letters in the outbox, posted with the verb, receipts about them, and a look at their rows."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import RowMapping, select, update

from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.inbox.store import store
from urp.outbox import record_receipt
from urp.outbox.compose import Envelope, post
from urp.outbox.evidence import Verdict
from urp.outbox.models import EVENTS, EVIDENCE, MESSAGES
from urp.outbox.states import Stage, State
from urp.outbox.told import CertifiedReceipt


def envelope(key: str = "1", **changes: Any) -> Envelope:
    """A short letter to Giulia by ordinary mail."""
    plain: dict[str, Any] = {
        "mailbox": "peo",
        "recipient": "giulia.bianchi@posta.example",
        "subject": "La tua richiesta è arrivata",
        "text": "Gentile Giulia,\nabbiamo ricevuto la tua richiesta.\n",
        "kind": "receipt",
        "dedupe_key": f"test:{key}",
    }
    return Envelope(**{**plain, **changes})


def posted(count: int = 1, **changes: Any) -> list[int]:
    """Post so many letters in one act; their ids."""
    keys = [uuid4().hex for _ in range(count)]
    with transaction():
        post([envelope(key, **changes) for key in keys])
    wanted = [f"test:{key}" for key in keys]
    found = list(db.session.scalars(select(MESSAGES.c.id).where(MESSAGES.c.dedupe_key.in_(wanted))))
    db.session.rollback()
    return sorted(found)


def row(letter_id: int) -> RowMapping:
    """Everything about a letter but its bytes, read afresh."""
    columns = [column for column in MESSAGES.c if column.name != "raw"]
    db.session.rollback()
    found = db.session.execute(select(*columns).where(MESSAGES.c.id == letter_id)).mappings().one()
    db.session.rollback()
    return found


def state(letter_id: int) -> str:
    """Where a letter is."""
    return str(row(letter_id)["state"])


def states(letter_ids: list[int]) -> list[str]:
    """Where letters are."""
    return [state(letter_id) for letter_id in letter_ids]


def events(letter_id: int) -> list[tuple[str, str]]:
    """The arrows a letter went along."""
    db.session.rollback()
    columns = (EVENTS.c.from_state, EVENTS.c.to_state)
    rows = db.session.execute(select(*columns).where(EVENTS.c.message_id == letter_id).order_by(EVENTS.c.id))
    return [(old, new) for old, new in rows]


def put(letter_id: int, where: State, stage: str = Stage.PRE, **values: Any) -> None:
    """Place a letter in a state, past every rule: the start of a test, not an act of the office."""
    with transaction():
        change = update(MESSAGES).where(MESSAGES.c.id == letter_id)
        db.session.execute(change.values(state=where.value, stage=str(stage), **values))


def pec_letter(where: State = State.SENT, stage: str = Stage.DOT, **values: Any) -> int:
    """A letter to an office by PEC, placed there."""
    (letter,) = posted(
        1, mailbox="pec", recipient="ambiente@pec.ufficio.example", kind="office_message", automatic=False
    )
    put(letter, where, stage, **values)
    return letter


def receipt_of(letter_id: int, kind: str = "accettazione", minutes: float = 1, **changes: Any) -> CertifiedReceipt:
    """What our provider says of a PEC letter, so many minutes after it was queued."""
    letter = row(letter_id)
    plain: dict[str, Any] = {
        "receipt": kind,
        "message_id": letter["message_id"],
        "sender": letter["sender"],
        "recipients": ((letter["recipient"], True),),
        "delivered_to": None if kind.endswith("accettazione") else letter["recipient"],
        "at": (letter["queued_at"] + timedelta(minutes=minutes)).replace(microsecond=0),
        "provider": "Gestore di prova S.p.A.",
        "identifier": f"opec{letter_id}.{minutes}@pec.gestore.example",
        "error": "nessuno",
        "error_text": None,
        "size": "completa" if kind == "avvenuta_consegna" else None,
    }
    return CertifiedReceipt(**{**plain, **changes})


def arrived(mailbox: str = "pec") -> int:
    """An incoming message, to be the original of a proof."""
    with transaction():
        return store(mailbox, uuid4().bytes, received_at=now()).id


def receive(letter_id: int, kind: str = "accettazione", minutes: float = 1, **changes: Any) -> Verdict:
    """Bring a receipt; what became of it."""
    proof = receipt_of(letter_id, kind, minutes, **changes)
    incoming = arrived()
    with transaction():
        return record_receipt.record(proof, incoming_id=incoming)


def proofs(letter_id: int) -> list[RowMapping]:
    """What was written down about a letter, in the order of arrival."""
    db.session.rollback()
    rows = db.session.execute(select(EVIDENCE).where(EVIDENCE.c.letter_id == letter_id).order_by(EVIDENCE.c.id))
    return list(rows.mappings())
