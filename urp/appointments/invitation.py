"""The calendar file of a visit (.ics): one UID for its whole life, a SEQUENCE that rises with each change."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from urp.appointments.queries import AppointmentView
from urp.appointments.states import State
from urp.cases.open_case import Applicant
from urp.channels import queries as channels
from urp.foundation.settings import settings
from urp.offices import queries as offices
from urp.outbox.compose import Enclosure
from urp.web import letter_text

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
FILENAME = "appuntamento.ics"
AHEAD = timedelta(hours=2)
"""So long before the visit the calendar reminds of it, where its owner lets it."""


class _Words(NamedTuple):
    """What a person reads in the calendar."""

    summary: str
    location: str
    description: str


def request(visit: AppointmentView, *, at: datetime) -> bytes:
    """The visit as an invitation already accepted (RFC 5546 §3.2.2), written at that instant."""
    return _file(visit, "REQUEST", at)


def cancelled(visit: AppointmentView, *, at: datetime) -> bytes:
    """What takes the visit out of the calendar again (RFC 5546 §3.2.5)."""
    return _file(visit, "CANCEL", at)


def published(visit: AppointmentView, *, at: datetime) -> bytes:
    """The visit as a file to take home, for who has no address too: nobody is invited, so nobody can answer."""
    return _file(visit, "PUBLISH", at)


def enclosure(method: Method, data: bytes) -> Enclosure:
    """The file for a letter; its type says the method, as the calendar inside does (RFC 6047 §2.4)."""
    return Enclosure(FILENAME, f"text/calendar; method={method}; charset=utf-8", data)


def words_of(visit: AppointmentView) -> _Words:
    """Title, place and notes in the person's language."""
    topic = offices.topic_by_id(visit.topic_id) if visit.topic_id else None
    words = letter_text.render(
        "appointments/mail/invitation",
        language=visit.language,
        with_html=False,
        case=visit,
        topic_title=topic.title(visit.language) if topic else None,
        formal=mailbox_of(visit.applicant) == "pec",
    )
    house = offices.institution()
    return _Words(words.subject, f"{house.street}, {house.postcode} {house.city}", words.text)


def mailbox_of(person: Applicant | None) -> Literal["pec", "peo"]:
    """The mailbox of ours that writes to this person."""
    return "pec" if person is not None and person.reply_by == "pec" else "peo"


def _file(visit: AppointmentView, method: Method, at: datetime) -> bytes:
    host = urlsplit(settings().public_url).hostname
    calendar = Calendar()
    calendar.add("prodid", f"-//{host}//URP//IT")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(visit, method, at, uid=f"{visit.uid}@{host}"))
    return bytes(calendar.to_ical())


def _event(visit: AppointmentView, method: Method, at: datetime, *, uid: str) -> Event:
    over = method == "CANCEL" or visit.state in (State.CANCELLED, State.EXPIRED)
    words = words_of(visit)
    event = Event()
    event.add("uid", uid)
    event.add("sequence", visit.seq)
    event.add("dtstamp", at)
    event.add("dtstart", visit.starts_at)
    event.add("dtend", visit.ends_at)
    event.add("status", "CANCELLED" if over else "CONFIRMED")
    for name, text in words._asdict().items():
        event.add(name, text)
    event.add("class", "PRIVATE")
    event.add("organizer", _organizer(visit))
    if method != "PUBLISH" and visit.applicant is not None and visit.applicant.email:
        event.add("attendee", _attendee(visit.applicant, visit.applicant.email))
    if not over:
        event.add_component(_alarm(words.summary))
    return event


def _organizer(visit: AppointmentView) -> vCalAddress:
    us = channels.sender(mailbox_of(visit.applicant))
    organizer = vCalAddress(f"mailto:{us.address}")
    organizer.params["CN"] = vText(us.display_name)
    return organizer


def _attendee(person: Applicant, address: str) -> vCalAddress:
    """The person, who has accepted already: their calendar need not ask, nor mail us."""
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params |= {
        "CN": vText(person.full_name or address),
        "ROLE": vText("REQ-PARTICIPANT"),
        "PARTSTAT": vText("ACCEPTED"),
        "RSVP": vText("FALSE"),
    }
    return attendee


def _alarm(summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", -AHEAD)
    return alarm
