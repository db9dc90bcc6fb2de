"""Opening a case: contact, code, promise, first line of the timeline and a secret link, in one go."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from urp.cases.models import Case, Contact, SecretLink
from urp.cases.timeline import EntryKind, record
from urp.foundation.contacts import email_key
from urp.foundation.db import db, insert_ignore
from urp.foundation.errors import UrpError
from urp.foundation.references import hash_token, new_code, new_token

ATTEMPTS = 8


@dataclass(frozen=True)
class Applicant:
    """The person who asks; `email` is already parsed, `phone` is E.164."""

    given_name: str
    family_name: str
    email: str | None
    phone: str | None
    reply_by: str

    @property
    def full_name(self) -> str:
        """Given name and family name, as people sign."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True)
class CaseToOpen:
    """All that is known of a case before it exists; instants are aware, `term_on` is a legal day."""

    subject: str
    channel: str
    language: str
    topic_id: int | None
    office_id: int | None
    request_type_id: int | None
    presented_at: datetime
    promised_at: datetime
    calendar_version: str
    term_on: date | None


@dataclass(frozen=True)
class FirstWords:
    """What the person wrote, the topic's own answers, the files, and the mail that brought it all."""

    body: str
    extras: tuple[tuple[str, str], ...] = ()
    files: tuple[dict[str, Any], ...] = ()
    incoming_id: int | None = None


@dataclass(frozen=True)
class OpenedCase:
    """The new case and the secret of its link, which is nowhere else in clear."""

    id: int
    code: str
    token: str


class NoCodeLeft(UrpError):
    """Eight random codes in a row were taken: the alphabet needs one more symbol."""


def open_case(case: CaseToOpen, applicant: Applicant, words: FirstWords) -> OpenedCase:
    """Store a new case with its contact, timeline and link; raises NoCodeLeft."""
    contact_id = _add_contact(applicant)
    case_id, code = _add_case(case, contact_id)
    data: dict[str, Any] = {"extras": list(words.extras), "files": list(words.files)}
    if words.incoming_id is not None:
        data["incoming"] = words.incoming_id
    record(case_id, EntryKind.RECEIVED, at=case.presented_at, actor="citizen", body=words.body, data=data)
    return OpenedCase(case_id, code, issue_link(case_id, case.presented_at))


def issue_link(case_id: int, at: datetime) -> str:
    """Make a fresh secret for a case and return it; only its hash is stored."""
    token = new_token()
    db.session.execute(insert(SecretLink).values(case_id=case_id, token_hash=hash_token(token), created_at=at))
    return token


def _add_contact(applicant: Applicant) -> int:
    values = {
        "given_name": applicant.given_name,
        "family_name": applicant.family_name,
        "email": applicant.email,
        "email_key": email_key(applicant.email) if applicant.email else None,
        "phone": applicant.phone,
        "reply_by": applicant.reply_by,
    }
    return db.session.execute(insert(Contact).values(values).returning(Contact.id)).scalar_one()


def _add_case(case: CaseToOpen, contact_id: int) -> tuple[int, str]:
    values = {name: getattr(case, name) for name in CaseToOpen.__dataclass_fields__}
    for _ in range(ATTEMPTS):
        code = new_code()
        statement = insert_ignore(Case, {**values, "contact_id": contact_id, "code": code})
        case_id = db.session.execute(statement.returning(Case.id)).scalar_one_or_none()
        if case_id is not None:
            return case_id, code
    raise NoCodeLeft
