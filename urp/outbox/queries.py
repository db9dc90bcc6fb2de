"""Questions about outgoing mail."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, case, exists, func, null, select, union

from urp.foundation.db import db, db_now
from urp.foundation.errors import NotFound
from urp.outbox.models import EVENTS, EVIDENCE, MESSAGES, QUEUED
from urp.outbox.states import NEEDING_CARE, Alarm, Proof, State

_M = MESSAGES.c
_E = EVIDENCE.c
_LATER = MESSAGES.alias()
ON_THEIR_WAY = (State.QUEUED, State.SENDING)
SMALL = 65_536
"""Bytes up to which a letter is read together with its batch (50 of them: 3 MB)."""


@dataclass(frozen=True)
class InHand:
    """What a worker needs to send a letter; a large one leaves its bytes in the database until its turn."""

    id: int
    case_id: int | None
    mailbox: str
    kind: str
    sender: str
    recipient: str
    attempts: int
    raw: bytes | None


@dataclass(frozen=True)
class EvidenceView:
    """A proof of what became of a letter; `at` (UTC) is the provider's, `incoming_id` its original."""

    id: int
    receipt: str
    kind: Proof
    at: datetime
    incoming_id: int | None


@dataclass(frozen=True)
class Delivery:
    """How far a letter of a case has come; `at` is the instant (UTC) of its present state.

    `accepted_at`, `delivered_at` and `failed_at` (UTC) are what the first such proof says.
    """

    id: int
    kind: str
    mailbox: str
    recipient: str
    state: State
    at: datetime
    code: int | None
    text: str | None
    sent_at: datetime | None = None
    cause: str | None = None
    certified: bool | None = None
    alarm: str | None = None
    resend_of: int | None = None
    evidence: tuple[EvidenceView, ...] = ()
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True)
class Row:
    """A letter in a list of the outbox, without a word of its content; instants are UTC."""

    id: int
    case_id: int | None
    mailbox: str
    kind: str
    recipient: str
    message_id: str
    state: str
    attempts: int
    queued_at: datetime
    next_at: datetime
    last_code: int | None
    last_text: str | None
    alarm: str | None
    cause: str | None

    def as_dict(self) -> dict[str, str | int | None]:
        """Plain values for JSON."""
        return {
            name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    def as_line(self) -> str:
        """One line for a terminal."""
        words = [str(word) for word in (self.last_code, self.last_text) if word]
        words += [f"{name} {word}" for name, word in (("cause", self.cause), ("alarm", self.alarm)) if word]
        queued = self.queued_at.isoformat(timespec="seconds")
        return (
            f"{self.id:>6} {self.state:<9} {self.mailbox} {self.kind:<18} {self.recipient} "
            f"queued {queued} attempts {self.attempts} {' '.join(words)}".rstrip()
        )


def in_hand(letter_ids: Sequence[int]) -> list[InHand]:
    """These letters, oldest number first, the small ones with their bytes."""
    small = case((func.length(_M.raw) <= SMALL, _M.raw), else_=null())
    columns = (_M.id, _M.case_id, _M.mailbox, _M.kind, _M.sender, _M.recipient, _M.attempts, small)
    rows = db.session.execute(select(*columns).where(_M.id.in_(letter_ids)).order_by(_M.id))
    return [InHand(*row) for row in rows]


def raw(letter_id: int) -> bytes:
    """The bytes of a letter; raises NotFound."""
    found = db.session.scalar(select(_M.raw).where(_M.id == letter_id))
    if found is None:
        raise NotFound(f"letter {letter_id}")
    return found


def mailboxes_due() -> list[str]:
    """Mailboxes with a letter that could leave now."""
    due = select(_M.mailbox).where(_M.state == QUEUED, _M.next_at <= db_now())
    return sorted(db.session.scalars(due.distinct()))


def is_due(mailbox: str) -> bool:
    """Whether this mailbox has a letter that could leave now."""
    due = select(_M.id).where(_M.state == QUEUED, _M.mailbox == mailbox, _M.next_at <= db_now())
    return db.session.scalar(due.limit(1)) is not None


def oldest_due_age() -> float | None:
    """Seconds since the oldest letter could have left and did not; None when none is due."""
    oldest = select(func.min(_M.next_at), db_now()).where(_M.state == QUEUED, _M.next_at <= db_now())
    due_since, now = db.session.execute(oldest).one()
    return (now - due_since).total_seconds() if due_since else None


def deliveries(case_id: int) -> list[Delivery]:
    """The letters of a case, oldest first, with their proofs in the order of the providers' clocks."""
    reached = select(func.max(EVENTS.c.at)).where(EVENTS.c.message_id == _M.id).scalar_subquery()
    since = func.coalesce(reached, _M.queued_at, type_=_M.queued_at.type)
    letter = (_M.id, _M.kind, _M.mailbox, _M.recipient, _M.state, _M.cause, _M.certified, _M.alarm, _M.resend_of)
    times = (since.label("at"), _M.sent_at, _M.last_code.label("code"), _M.last_text.label("text"))
    rows = db.session.execute(select(*letter, *times).where(_M.case_id == case_id).order_by(_M.id)).all()
    proofs = _proofs(case_id) if rows else {}
    return [_delivery(row._mapping, proofs.get(row.id, [])) for row in rows]


def listing(states: Sequence[str], limit: int) -> list[Row]:
    """Letters in these states, oldest first, at most `limit`."""
    return _rows(_M.state.in_(states), limit)


def unsettled(limit: int) -> list[Row]:
    """Letters on their way, in need of care (unless another took their place) or with an alarm, as in `listing`."""
    replaced = exists().where(_LATER.c.resend_of == _M.id)
    return _rows(_M.state.in_(ON_THEIR_WAY) | (_M.state.in_(NEEDING_CARE) & ~replaced) | _M.alarm.is_not(None), limit)


def alarms() -> dict[Alarm, int]:
    """How many letters have each alarm; those without any are not named."""
    rows = db.session.execute(select(_M.alarm, func.count()).where(_M.alarm.is_not(None)).group_by(_M.alarm))
    return {Alarm(alarm): count for alarm, count in rows}


def _rows(condition: ColumnElement[bool], limit: int) -> list[Row]:
    columns = [_M[name] for name in Row.__dataclass_fields__]
    rows = db.session.execute(select(*columns).where(condition).order_by(_M.id).limit(limit))
    return [Row(*row) for row in rows]


def _proofs(case_id: int) -> dict[int, list[EvidenceView]]:
    rows = db.session.execute(
        select(_E.letter_id, _E.id, _E.receipt, _E.kind, _E.at, _E.incoming_id)
        .join(MESSAGES, _M.id == _E.letter_id)
        .where(_M.case_id == case_id)
        .order_by(_E.at, _E.id)
    )
    found: dict[int, list[EvidenceView]] = {}
    for letter_id, id_, receipt, kind, at, incoming_id in rows:
        found.setdefault(letter_id, []).append(EvidenceView(id_, receipt, Proof(kind), at, incoming_id))
    return found


def _delivery(letter: RowMapping, evidence: list[EvidenceView]) -> Delivery:
    first = {proof.kind: proof.at for proof in reversed(evidence)}
    names = {"accepted_at": Proof.ACCEPTED, "delivered_at": Proof.DELIVERED, "failed_at": Proof.FAILED}
    reached: dict[str, Any] = {name: first.get(kind) for name, kind in names.items()}
    return Delivery(**{**letter, **reached, "state": State(letter["state"]), "evidence": tuple(evidence)})


@dataclass(frozen=True)
class CitedLetter:
    """A letter of ours that a message answers or reports on."""

    id: int
    case_id: int | None
    mailbox: str
    kind: str
    recipient: str


def cited(message_ids: Sequence[str]) -> CitedLetter | None:
    """The letter of ours that the first of these Message-IDs names, by our own or by its provider's.

    A PEC provider writes its identifier in the place of our Message-ID, so who answers the envelope cites that.
    """
    letter = (_M.id, _M.case_id, _M.mailbox, _M.kind, _M.recipient)
    ours = select(_M.message_id, *letter).where(_M.message_id.in_(message_ids))
    by_provider = select(_E.identifier, *letter).join(EVIDENCE, _E.letter_id == _M.id)
    theirs = by_provider.where(_E.identifier.in_([one.strip("<>") for one in message_ids]))
    found = {f"<{name.strip('<>')}>": CitedLetter(*row) for name, *row in db.session.execute(union(ours, theirs))}
    return next((found[one] for one in message_ids if one in found), None)
