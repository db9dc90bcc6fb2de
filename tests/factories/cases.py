"""Cases opened with the verb, and the letters that left for them."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from flask import Flask
from sqlalchemy import select

from urp.cases import queries
from urp.cases.models import Case
from urp.cases.open_case import Applicant
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.inquiries.submit import NewQuestion, submit
from urp.outbox.models import MESSAGES

GIULIA = Applicant("Giulia", "Bianchi", "giulia.bianchi@posta.example", "+393331234567", "peo")
POTHOLE = NewQuestion(
    topic="strade",
    subject="Buca sulla SP 103 a Cernusco",
    body="Da due settimane c’è una buca profonda. Chi la ripara?",
    extras=(("In quale punto?", "SP 103, civico 40"),),
    attachment_ids=(),
    applicant=GIULIA,
    channel="web",
    language="it",
)


def opened(*, at: datetime | None = None, person: dict[str, Any] | None = None, **changes: Any) -> queries.CaseView:
    """Giulia's question about a pothole, submitted in one act."""
    question = replace(POTHOLE, applicant=replace(GIULIA, **(person or {})), **changes)
    with transaction():
        case_id = submit(question, draft_id=None, at=at or now()).id
    return view(case_id)


def view(case_id: int) -> queries.CaseView:
    """A case as it is now."""
    db.session.rollback()
    found = queries.case_by_id(case_id)
    assert found is not None
    return found


def put(case_id: int, state: str, **values: Any) -> None:
    """Place a case in a state, past every rule: the start of a test, not an act of the office."""
    with transaction():
        case = db.session.get_one(Case, case_id)
        for name, value in {"state": state, **values}.items():
            setattr(case, name, value)


def letters(app: Flask, kind: str | None = None) -> list[EmailMessage]:
    """The letters in the outbox as a mail program reads them, oldest first; of one kind if wanted."""
    statement = select(MESSAGES.c.raw).order_by(MESSAGES.c.id)
    with app.app_context():
        found = db.session.scalars(statement if kind is None else statement.where(MESSAGES.c.kind == kind))
        return [email.message_from_bytes(raw, policy=email.policy.SMTP) for raw in found]  # type: ignore[arg-type]


def text_of(letter: EmailMessage) -> str:
    """The plain words of a letter."""
    part = letter.get_body(("plain",))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def link_in(letter: EmailMessage) -> str:
    """The address of the secret link in a letter, without the host."""
    found = re.search(r"^https?://[^/\s]+(/\S+)$", text_of(letter), re.MULTILINE)
    assert found, "no link in the letter"
    return found[1]
