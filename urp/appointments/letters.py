"""The letters of a visit: confirmed, moved, cancelled, the day before, and those of the waiting list."""

from datetime import timedelta
from typing import Any

from urp.appointments import bookable, invitation, queries, wish_queries
from urp.appointments.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMoved,
    ReminderDue,
    TimeOffered,
    WishNoted,
)
from urp.appointments.queries import AppointmentView
from urp.appointments.wish_queries import MOST_OFFERS
from urp.cases import queries as cases
from urp.cases import secret_link
from urp.cases.queries import CaseView
from urp.cases.states import OPEN
from urp.foundation.clock import now, to_rome
from urp.foundation.settings import settings
from urp.hours.holidays import Language
from urp.offices import queries as offices
from urp.offices.fields import translated
from urp.outbox.compose import Enclosure, Envelope, post
from urp.web import letter_text

ONE_DAY = timedelta(days=1)


def confirmation(event: AppointmentBooked) -> None:
    """The visit is theirs: when, where, what to bring, how to change it, and the file for their calendar."""
    visit = _visit(event.appointment_id)
    file = invitation.enclosure("REQUEST", invitation.request(visit, at=now()))
    _of_visit("confirmed", visit, token=event.token, file=file)


def change(event: AppointmentMoved) -> None:
    """The visit has another time, and the calendar learns it."""
    visit = _visit(event.appointment_id)
    file = invitation.enclosure("REQUEST", invitation.request(visit, at=now()))
    _of_visit("moved", visit, file=file, was=event.was, by_office=event.by == "office")


def cancellation(event: AppointmentCancelled) -> None:
    """The visit will not be, and leaves the calendar."""
    visit = _visit(event.appointment_id)
    file = invitation.enclosure("CANCEL", invitation.cancelled(visit, at=now()))
    ends_with_it = visit.opened_case and event.by == "citizen"
    anew = ends_with_it or _case(event.case_id).state not in OPEN  # nothing can be booked in a case that is over
    link = f"{settings().public_url}/appuntamenti/nuovo" if anew else None
    _of_visit("cancelled", visit, file=file, by_office=event.by == "office", link=link)


def reminder(event: ReminderDue) -> None:
    """The visit is near: «vengo» or «rinuncio»; no answer changes nothing."""
    visit = _visit(event.appointment_id)
    _of_visit("reminder", visit, tomorrow=to_rome(visit.starts_at).date() - to_rome(now()).date() == ONE_DAY)


def not_needed(visit: AppointmentView) -> None:
    """The office answered in writing: perhaps nobody needs to come."""
    _of_visit("not_needed", visit)


def waiting(event: WishNoted) -> None:
    """The receipt of the waiting list."""
    _post("waiting", _case(event.case_id), which=str(event.wish_id), token=event.token)


def offered(event: TimeOffered) -> None:
    """A time is held for them: what they have stays theirs until they accept."""
    offer = wish_queries.offer(event.offer_id)
    assert offer is not None
    visit = _visit(offer.appointment_id) if offer.appointment_id else None
    _post(
        "offer",
        _case(event.case_id),
        which=f"{offer.wish_id}-{offer.id}",
        offer=offer,
        visit=visit,
        last=offer.number >= MOST_OFFERS,
    )


def _visit(appointment_id: int) -> AppointmentView:
    visit = queries.appointment(appointment_id)
    assert visit is not None
    return visit


def _case(case_id: int) -> CaseView:
    case = cases.case_by_id(case_id)
    assert case is not None
    return case


def _of_visit(name: str, visit: AppointmentView, **more: Any) -> None:
    assert visit.case_id is not None  # only a hold has none
    case = _case(visit.case_id)
    topic = offices.topic_by_id(visit.topic_id) if visit.topic_id else None
    needs = [need for need in offices.institution().counter.needs if need.slug in visit.needs]
    language: Language = "en" if case.language == "en" else "it"
    _post(
        name,
        case,
        which=f"{visit.id}-{visit.seq}",
        visit=visit,
        why_closed=bookable.why_closed(more.get("was", visit.starts_at), visit.ticks, language),
        topic_title=topic.title(case.language) if topic else None,
        needs=[translated(need, "title", case.language) for need in needs],
        **more,
    )


def _post(
    name: str,
    case: CaseView,
    *,
    which: str,
    token: str | None = None,
    link: str | None = None,
    file: Enclosure | None = None,
    **context: Any,
) -> None:
    """To the citizen's address; who gave none is told aloud, on the page or by phone."""
    person = case.applicant
    if person.email is None:
        return
    box = invitation.mailbox_of(person)
    words = letter_text.render(
        f"appointments/mail/{name}",
        language=case.language,
        case=case,
        contact=person,
        formal=box == "pec",
        link=link or f"{settings().public_url}/l/{token or secret_link.issue_link(case.id, now())}",
        **context,
    )
    envelope = Envelope(
        mailbox=box,
        recipient=person.email,
        recipient_name=person.full_name,
        subject=words.subject,
        text=words.text,
        html=words.html,
        invitation=file,
        kind=f"appointment_{name}",
        case_id=case.id,
        dedupe_key=f"{case.id}:appointment_{name}:{which}",
    )
    post([envelope])
