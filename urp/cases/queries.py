"""Reads of the case, by the names a clerk would use."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from urp.cases.models import Case, Contact, LinkRequest, SecretLink, TimelineEntry
from urp.cases.open_case import Applicant
from urp.foundation.db import db


@dataclass(frozen=True)
class CaseView:
    """A case as its pages and letters show it; instants are aware UTC."""

    id: int
    code: str
    subject: str
    state: str
    channel: str
    language: str
    presented_at: datetime
    promised_at: datetime
    term_on: date | None
    closed_at: datetime | None
    topic_id: int | None
    office_id: int | None
    applicant: Applicant


@dataclass(frozen=True)
class LinkedCase:
    """A case found by the hash of a secret."""

    code: str
    closed_at: datetime | None
    revoked_at: datetime | None


def case_by_code(code: str) -> CaseView | None:
    """The case with this public code, with the person who opened it."""
    return _one(Case.code == code)


def case_by_id(case_id: int) -> CaseView | None:
    """The case with this row number, with the person who opened it."""
    return _one(Case.id == case_id)


def codes(case_ids: Collection[int]) -> dict[int, str]:
    """The public codes of these cases."""
    return {
        number: code for number, code in db.session.execute(select(Case.id, Case.code).where(Case.id.in_(case_ids)))
    }


def locked_state(case_id: int) -> str | None:
    """Where the case is, and stays until the caller's transaction ends."""
    return db.session.scalar(select(Case.state).where(Case.id == case_id).with_for_update())


def linked_case(token_hash: bytes) -> LinkedCase | None:
    """What a secret link points to, valid or not."""
    row = db.session.execute(
        select(Case.code, Case.closed_at, SecretLink.revoked_at)
        .join(Case, Case.id == SecretLink.case_id)
        .where(SecretLink.token_hash == token_hash)
    ).one_or_none()
    return LinkedCase(*row) if row else None


def timeline(case_id: int) -> list[TimelineEntry]:
    """The entries of a case in the order in which they happened."""
    statement = select(TimelineEntry).where(TimelineEntry.case_id == case_id).order_by(TimelineEntry.id)
    return list(db.session.scalars(statement))


def last_at(case_id: int, kind: str) -> datetime | None:
    """When an entry of this kind was last written on the timeline."""
    of_kind = (TimelineEntry.case_id == case_id, TimelineEntry.kind == kind)
    return db.session.scalar(select(func.max(TimelineEntry.at)).where(*of_kind))


def waiting_link_requests(limit: int = 100) -> list[int]:
    """Ids of the wishes for a fresh link that nobody has looked at yet, oldest first."""
    return list(db.session.scalars(select(LinkRequest.id).order_by(LinkRequest.id).limit(limit)))


def link_request(wish_id: int) -> LinkRequest | None:
    """One wish, locked for whoever looks at it."""
    return db.session.scalar(select(LinkRequest).where(LinkRequest.id == wish_id).with_for_update(skip_locked=True))


def case_of_pair(code: str, email_key: str) -> int | None:
    """The case that belongs to this code and this person's address, if the pair is right."""
    return db.session.scalar(
        select(Case.id)
        .join(Contact, Contact.id == Case.contact_id)
        .where(Case.code == code, Contact.email_key == email_key)
    )


def _one(condition: object) -> CaseView | None:
    row = db.session.execute(
        select(Case, Contact).join(Contact, Contact.id == Case.contact_id).where(condition)  # type: ignore[arg-type]
    ).one_or_none()
    if row is None:
        return None
    case, contact = row
    return CaseView(
        **{name: getattr(case, name) for name in CaseView.__dataclass_fields__ if name != "applicant"},
        applicant=Applicant(contact.given_name, contact.family_name, contact.email, contact.phone, contact.reply_by),
    )
