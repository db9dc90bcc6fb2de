"""Submitting a question: one case, one promise, its letters, all in the caller's one transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from urp.cases import deadlines
from urp.cases.open_case import Applicant, CaseToOpen, FirstWords, OpenedCase, open_case
from urp.cases.promise import Promise, promised_at
from urp.foundation.clock import to_rome
from urp.foundation.events import publish
from urp.hours.days import Channel
from urp.hours.queries import calendar, legal_holidays
from urp.inquiries import attach, queries
from urp.inquiries.events import QuestionSubmitted
from urp.offices import queries as offices

PROMISE_CHANNEL: Channel = "telefono"
"""The promise is kept by people at work: the days on which the office answers the phone."""


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


@dataclass(frozen=True)
class Dates:
    """The days a question will be answered by: our promise, and the legal term where there is one."""

    promised_at: datetime
    calendar_version: str
    term_on: date | None


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


def dates(topic: str, at: datetime) -> Dates:
    """What we would promise for a question on this topic presented at that instant."""
    return dates_of(_term_days(topic), presented_at=at, seen_at=at)


def dates_of(term_days: int | None, *, presented_at: datetime, seen_at: datetime) -> Dates:
    """The promise counted from when we see a request, its term from when it reached us (both aware instants)."""
    open_hours = calendar(PROMISE_CHANNEL)
    given = offices.institution().promise
    received_on = to_rome(presented_at).date()
    return Dates(
        promised_at=promised_at(open_hours, seen_at, Promise(given.working_days, given.open_hours)),
        calendar_version=open_hours.version,
        term_on=deadlines.due_on(received_on, term_days, holidays=legal_holidays()) if term_days else None,
    )


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


def _term_days(topic: str) -> int | None:
    return offices.request_type(offices.topic(topic).request_type).term_days
