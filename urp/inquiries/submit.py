"""Submitting a question: one case, one promise, its letters, all in the caller's one transaction."""

from dataclasses import dataclass
from datetime import datetime

from urp.cases.dates import dates
from urp.cases.open_case import Applicant, CaseToOpen, FirstWords, OpenedCase, open_case
from urp.foundation.events import publish
from urp.inquiries import attach, queries
from urp.inquiries.events import QuestionSubmitted
from urp.offices import queries as offices


@dataclass(frozen=True)
class NewQuestion:
    """A complete question, every field already checked."""

    topic: str
    subject: str
    body: str
    extras: tuple[tuple[str, str], ...]
    attachment_ids: tuple[int, ...]
    applicant: Applicant
    channel: str
    language: str


def submit(question: NewQuestion, *, draft_id: int | None, at: datetime) -> OpenedCase:
    """Open the case of a question and tell everybody concerned.

    `at` is the moment of presentation (L. 241/1990 art. 18-bis). Raises NotFound for an unknown topic.
    """
    case = _case(question, at)
    files = queries.files(question.attachment_ids)
    listed = tuple(file.as_listed() for file in files)
    opened = open_case(case, question.applicant, FirstWords(question.body, question.extras, listed))
    if draft_id is not None and files:
        attach.hand_over(draft_id, opened.id, question.attachment_ids)
    publish(
        QuestionSubmitted(
            case_id=opened.id,
            code=opened.code,
            token=opened.token,
            case=case,
            applicant=question.applicant,
            body=question.body,
            extras=question.extras,
            files=tuple(files),
        )
    )
    return opened


def _case(question: NewQuestion, at: datetime) -> CaseToOpen:
    topic = offices.topic(question.topic)
    when = dates(question.topic, at)
    return CaseToOpen(
        subject=question.subject,
        channel=question.channel,
        language=question.language,
        topic_id=topic.id,
        office_id=topic.office_id,
        request_type_id=topic.request_type_id,
        presented_at=at,
        promised_at=when.promised_at,
        calendar_version=when.calendar_version,
        term_on=when.term_on,
    )
