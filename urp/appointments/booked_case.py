"""The case that begins with a visit, or with the wish for one."""

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import update

from urp.appointments.bookable import Channel
from urp.cases.dates import Dates
from urp.cases.models import Case
from urp.cases.open_case import Applicant, CaseToOpen, FirstWords, OpenedCase, open_case
from urp.cases.queries import CaseView
from urp.foundation.db import db
from urp.foundation.errors import NotFound
from urp.hours.queries import calendar
from urp.offices import queries as offices
from urp.offices.cards import TopicView

REQUEST_TYPE = "appuntamento"
LONGEST_SUBJECT = 200


@dataclass(frozen=True, kw_only=True)
class Booking:
    """Who comes, about what and with which needs (slugs of the office's list), every field already checked."""

    topic: str | None
    details: str
    applicant: Applicant
    needs: tuple[str, ...] = ()
    language: str = "it"
    channel: Channel = "web"


def open_case_of(booking: Booking, *, at: datetime, dates: Dates) -> OpenedCase:
    """Open the case of somebody who wants to come; no office has it yet. Raises NotFound for an unknown topic."""
    topic = offices.topic(booking.topic) if booking.topic else None
    case = CaseToOpen(
        subject=_subject(topic, booking.language),
        channel=booking.channel,
        language=booking.language,
        topic_id=topic.id if topic else None,
        office_id=None,
        request_type_id=_request_type(topic),
        presented_at=at,
        promised_at=dates.promised_at,
        calendar_version=dates.calendar_version,
        term_on=dates.term_on,
    )
    return open_case(case, booking.applicant, FirstWords(booking.details))


def dates_of_visit(starts_at: datetime) -> Dates:
    """What is promised to whoever has a time: that time."""
    return Dates(promised_at=starts_at, calendar_version=calendar("sportello").version, term_on=None)


def is_about_a_visit(case: CaseView) -> bool:
    """Whether the case began with a visit, or with the wish for one, and no office has a question to answer."""
    return case.office_id is None and case.channel in get_args(Channel)


def promise(case_id: int, dates: Dates) -> None:
    """Promise something else than before."""
    values = {"promised_at": dates.promised_at, "calendar_version": dates.calendar_version}
    db.session.execute(update(Case).where(Case.id == case_id).values(**values, version=Case.version + 1))


def _subject(topic: TopicView | None, language: str) -> str:
    """What the visit is about; a topic that means the visit itself needs no second «appuntamento» in front."""
    with force_locale(language):
        title = topic.title(language) if topic else _("Appuntamento")
        itself = topic is None or topic.request_type == REQUEST_TYPE
        words = title if itself else _("Appuntamento: %(topic)s", topic=title)
    return words[:LONGEST_SUBJECT]


def _request_type(topic: TopicView | None) -> int | None:
    try:
        return offices.request_type(REQUEST_TYPE).id
    except NotFound:
        return topic.request_type_id if topic else None
