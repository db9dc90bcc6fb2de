"""The calendar file: two libraries read it, and a calendar that follows the rules ends up right."""

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.message import EmailMessage

import icalendar
import pytest
import vobject
from flask import Flask

from tests.factories.appointments import THURSDAY, TUESDAY, booked, seen
from tests.factories.cases import letters
from urp.appointments import invitation
from urp.appointments.cancel import cancel
from urp.appointments.move import move
from urp.appointments.queries import AppointmentView
from urp.foundation.clock import now
from urp.foundation.db import transaction

pytestmark = pytest.mark.usefixtures("office")


@dataclass
class CalendarOfACitizen:
    """A small calendar program: of each UID the highest SEQUENCE counts (RFC 5546 §2.1.4), CANCEL takes it out."""

    events: dict[str, icalendar.Event] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)

    def receive(self, file: bytes) -> None:
        """Do what the file says, unless something newer is known."""
        calendar = icalendar.Calendar.from_ical(file)
        for event in calendar.walk("VEVENT"):
            uid, sequence = str(event["UID"]), int(event["SEQUENCE"])
            if sequence < self.known.get(uid, 0):
                continue
            self.known[uid] = sequence
            if calendar["METHOD"] == "CANCEL":
                self.events.pop(uid, None)
            else:
                self.events[uid] = event


def files(app: Flask) -> list[bytes]:
    """The calendar files of the letters, oldest first."""
    return [calendar_in(letter).get_payload(decode=True) for letter in letters(app) if has_calendar(letter)]  # type: ignore[misc]


def has_calendar(letter: EmailMessage) -> bool:
    return any(part.get_content_type() == "text/calendar" for part in letter.walk())


def calendar_in(letter: EmailMessage) -> EmailMessage:
    (found,) = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert isinstance(found, EmailMessage)
    return found


def life(app: Flask) -> tuple[AppointmentView, list[bytes]]:
    """Booked, moved, moved again, cancelled: the visit and its files."""
    visit = booked(TUESDAY)
    for start in (THURSDAY, THURSDAY + timedelta(minutes=30)):
        with transaction():
            assert move(visit.id, start, at=now(), by="citizen")
    with transaction():
        assert cancel(visit.id, at=now(), by="citizen")
    return seen(visit.id), files(app)


def test_after_two_moves_and_a_cancellation_no_event_is_left(app: Flask) -> None:
    visit, sent = life(app)
    calendar, shown = CalendarOfACitizen(), []

    for file in sent:
        calendar.receive(file)
        shown.append([event.start for event in calendar.events.values()])

    later = THURSDAY + timedelta(minutes=30)
    assert shown == [[TUESDAY.astimezone(UTC)], [THURSDAY.astimezone(UTC)], [later.astimezone(UTC)], []]
    assert list(calendar.known.items()) == [(f"{visit.uid}@127.0.0.1", 3)]


def test_files_that_arrive_in_the_wrong_order_end_the_same(app: Flask) -> None:
    _visit, sent = life(app)
    calendar = CalendarOfACitizen()

    for file in reversed(sent):
        calendar.receive(file)

    assert calendar.events == {}


def test_a_sequence_that_did_not_rise_would_be_seen(app: Flask) -> None:
    _visit, sent = life(app)
    calendar = CalendarOfACitizen()

    for file in reversed(sent):
        calendar.receive(file.replace(b"SEQUENCE:3", b"SEQUENCE:0"))

    assert len(calendar.events) == 1  # the cancelled visit would stand in the calendar


def test_the_invitation_says_all_a_calendar_needs(app: Flask) -> None:
    visit = booked(TUESDAY)
    event = icalendar.Calendar.from_ical(files(app)[0]).walk("VEVENT")[0]

    assert event.start == TUESDAY.astimezone(UTC)
    assert event.end == (TUESDAY + timedelta(minutes=30)).astimezone(UTC)
    assert b"DTSTART:20261124T090000Z" in files(app)[0]
    assert (event["STATUS"], event["SEQUENCE"], event["UID"]) == ("CONFIRMED", 0, f"{visit.uid}@127.0.0.1")
    assert event["SUMMARY"] == f"Appuntamento all’URP ({visit.code})"
    assert event["LOCATION"] == "via Vivaio 1, 20122 Milano"
    assert "documento di identità" in event["DESCRIPTION"]
    assert "/l/" not in event["DESCRIPTION"]
    assert event["ORGANIZER"] == "mailto:urp@cittametropolitana.example"
    assert event["ATTENDEE"] == "mailto:giulia.bianchi@posta.example"
    assert (event["ATTENDEE"].params["PARTSTAT"], event["ATTENDEE"].params["RSVP"]) == ("ACCEPTED", "FALSE")
    assert [alarm["ACTION"] for alarm in event.walk("VALARM")] == ["DISPLAY"]


@pytest.mark.parametrize("name", ["request", "cancelled", "published"])
@pytest.mark.parametrize("hostile", [False, True])
def test_two_libraries_read_the_same(app: Flask, name: str, hostile: bool) -> None:
    person = {"given_name": 'Già "la Buca"; BEGIN:VEVENT,', "family_name": "^n\\n:x " * 12} if hostile else None
    visit = booked(TUESDAY, person=person)
    file = getattr(invitation, name)(visit, at=now())

    one = icalendar.Calendar.from_ical(file).walk("VEVENT")
    other = vobject.readOne(file.decode())
    assert len(one) == len(other.contents["vevent"]) == 1
    assert str(one[0]["UID"]) == other.vevent.uid.value
    assert str(one[0]["DESCRIPTION"]) == other.vevent.description.value
    assert one[0].start == other.vevent.dtstart.value
    assert one[0].end == other.vevent.dtend.value
    assert str(icalendar.Calendar.from_ical(file)["METHOD"]) == other.method.value
    assert max(len(line) for line in file.split(b"\r\n")) <= 75


def test_the_method_in_the_type_is_that_of_the_file(app: Flask) -> None:
    visit = booked(TUESDAY)
    with transaction():
        cancel(visit.id, at=now(), by="office")

    found = [calendar_in(letter) for letter in letters(app) if has_calendar(letter)]
    methods = [str(icalendar.Calendar.from_ical(part.get_payload(decode=True))["METHOD"]) for part in found]
    assert methods == [part.get_param("method") for part in found] == ["REQUEST", "CANCEL"]


def test_who_takes_the_file_home_invites_nobody(app: Flask) -> None:
    visit = booked(TUESDAY, person={"email": None, "reply_by": "phone"}, channel="phone")
    event = icalendar.Calendar.from_ical(invitation.published(visit, at=now())).walk("VEVENT")[0]

    assert "ATTENDEE" not in event
    assert files(app) == []


def test_a_file_taken_home_after_the_end_says_so(app: Flask) -> None:
    visit = booked(TUESDAY)
    with transaction():
        cancel(visit.id, at=now(), by="office")

    file = invitation.published(seen(visit.id), at=now())
    assert b"STATUS:CANCELLED" in file
    assert b"VALARM" not in file


def test_english_words_and_a_certified_mailbox_as_organizer(app: Flask) -> None:
    booked(TUESDAY, language="en", person={"reply_by": "pec"})
    event = icalendar.Calendar.from_ical(files(app)[0]).walk("VEVENT")[0]

    assert event["ORGANIZER"] == "mailto:urp@pec.cittametropolitana.example"
    assert "identity document" in event["DESCRIPTION"]


def test_the_alternatives_and_the_file_are_the_same_bytes(app: Flask) -> None:
    booked(TUESDAY)
    (letter,) = letters(app, "appointment_confirmed")
    words, file = letter.iter_parts()

    assert [part.get_content_type() for part in words.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    assert file.get_filename() == "appuntamento.ics"
    assert file.get_payload(decode=True) == calendar_in(letter).get_payload(decode=True)
