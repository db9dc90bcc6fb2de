"""Booking: a time becomes somebody's visit with its case, or nothing happened at all."""

from datetime import timedelta

import pytest

from tests.factories.appointments import (
    GIULIA_COMES,
    MONDAY,
    THURSDAY,
    TUESDAY,
    booked,
    booking,
    claims_of,
    confirmed,
    held,
    publish_hours,
    seen,
)
from tests.factories.busy_counter import figures
from tests.factories.cases import GIULIA, opened, put, view
from tests.factories.hours import rome
from tests.factories.snapshots import all_rows
from urp.appointments import queries
from urp.appointments.book import book, book_new
from urp.appointments.person import person_key
from urp.appointments.refusals import AlreadyBooked, NotOnOffer, Taken
from urp.cases import queries as cases
from urp.cases.models import Case
from urp.cases.secret_link import case_behind
from urp.foundation.db import db, transaction
from urp.foundation.errors import WrongState
from urp.hours.queries import calendar
from urp.offices import queries as offices

pytestmark = pytest.mark.usefixtures("office")


def taken(case, starts_at=TUESDAY, **more) -> int:
    with transaction():
        return book(case, starts_at, **{"needs": (), "at": MONDAY, **more})


def phoned(starts_at=TUESDAY, wanted=None, **more):
    with transaction():
        return book_new(starts_at, wanted or booking(channel="phone"), at=MONDAY, **more)


def test_a_confirmed_hold_has_its_case_code_and_link() -> None:
    hold_id = held(TUESDAY)
    done = confirmed(hold_id)
    visit = seen(done.appointment_id)
    assert done.appointment_id == hold_id
    assert (visit.state, visit.case_id, visit.code, visit.opened_case) == ("confirmed", done.case_id, done.code, True)
    assert (visit.channel, visit.expires_at, visit.seq, visit.needs) == ("web", None, 0, ())
    assert visit.applicant == GIULIA
    assert case_behind(done.token, MONDAY) == done.code
    assert len(claims_of(appointment_id=hold_id)) == 6


def test_the_case_promises_the_visit_and_belongs_to_no_office_yet() -> None:
    done = confirmed(held(TUESDAY))
    case = db.session.get_one(Case, done.case_id)
    assert case.subject == "Appuntamento: Ambiente, rifiuti e acque"
    assert (case.channel, case.state, case.promised_at, case.term_on) == ("web", "received", TUESDAY, None)
    assert (case.office_id, case.topic_id) == (None, offices.topic("ambiente").id)
    assert case.request_type_id == offices.request_type("appuntamento").id
    assert case.calendar_version == calendar("sportello").version


def test_the_timeline_tells_the_request_and_the_visit() -> None:
    visit = booked(TUESDAY)
    told = [(entry.kind, entry.actor, entry.body) for entry in cases.timeline(visit.case_id)]
    assert told == [("received", "citizen", GIULIA_COMES.details), ("appointment_booked", "citizen", None)]
    assert cases.timeline(visit.case_id)[-1].data == {
        "starts_at": "2026-11-24T09:00:00+00:00",
        "ends_at": "2026-11-24T09:30:00+00:00",
        "appointment": visit.id,
    }


def test_the_subject_speaks_the_citizens_language_and_a_topic_is_not_needed() -> None:
    english = booked(TUESDAY, 1, language="en")
    assert english.subject.endswith("Environment, waste and water")
    plain = booked(THURSDAY, 2, topic=None)
    assert (plain.subject, plain.topic_id) == ("Appuntamento", None)


def test_a_person_has_one_visit_however_they_write_their_address(rows) -> None:
    booked(TUESDAY)
    hold_id = held(THURSDAY)
    before = rows()
    with pytest.raises(AlreadyBooked):
        confirmed(hold_id, booking(person={"given_name": "G.", "email": "Giulia.BIANCHI@posta.example", "phone": None}))
    with pytest.raises(AlreadyBooked):
        phoned(rome("2026-12-01 10:00"))
    assert rows() == before


def test_without_an_address_the_number_tells_people_apart() -> None:
    nobody = {"email": None, "reply_by": "phone"}
    phoned(TUESDAY, booking(channel="phone", person=nobody))
    with pytest.raises(AlreadyBooked):
        phoned(THURSDAY, booking(channel="phone", person=nobody))
    phoned(THURSDAY, booking(channel="phone", person={**nobody, "phone": "+393330000000"}))


def test_the_operator_may_allow_a_second_visit() -> None:
    booked(TUESDAY)
    second = phoned(THURSDAY, override=True)
    assert seen(second.appointment_id).state == "confirmed"


def test_a_visit_that_has_begun_does_not_stop_its_person_from_booking_again() -> None:
    first = booked(TUESDAY)
    during = TUESDAY
    second = booked(THURSDAY, at=during)
    assert (seen(first.id).state, second.state) == ("confirmed", "confirmed")


def test_the_phone_books_at_once_and_may_use_its_share_and_today() -> None:
    eleven = rome("2026-11-24 11:00")
    done = phoned(eleven)
    visit = seen(done.appointment_id)
    assert (visit.state, visit.channel, visit.starts_at, visit.opened_case) == ("confirmed", "phone", eleven, True)
    assert cases.timeline(done.case_id)[-1].actor == "office"
    with pytest.raises(Taken):
        phoned(eleven, booking(1, channel="phone"))
    with pytest.raises(NotOnOffer):
        phoned(rome("2026-11-24 11:10"), booking(1, channel="phone"))


def test_a_question_becomes_a_visit_in_its_own_case() -> None:
    case = opened(topic="ambiente", at=MONDAY)
    visit = seen(taken(case))
    assert (visit.case_id, visit.opened_case, visit.topic_id, visit.state) == (
        case.id,
        False,
        case.topic_id,
        "confirmed",
    )
    assert queries.active_of_case(case.id) == visit
    assert view(case.id).promised_at == case.promised_at  # the question is answered as promised


def test_a_case_has_one_visit_also_when_the_operator_allows_two(rows) -> None:
    case = opened(at=MONDAY)
    taken(case)
    before = rows()
    for override in (False, True):
        with pytest.raises(AlreadyBooked):
            taken(case, THURSDAY, override=override)
    assert rows() == before


@pytest.mark.parametrize("override", [False, True])
def test_a_visit_that_began_and_was_never_marked_stops_no_question_from_another(override: bool) -> None:
    case, after = opened(topic="ambiente"), rome("2026-11-25 09:00")
    first = taken(case, TUESDAY, override=override)
    with pytest.raises(AlreadyBooked):
        taken(case, THURSDAY, at=TUESDAY - timedelta(seconds=1), channel="phone", override=override)

    second = taken(case, THURSDAY, at=after, override=override)

    assert queries.active_of_case(case.id) == seen(second)
    assert seen(first).state == "confirmed"  # its outcome can still be noted
    with pytest.raises(AlreadyBooked):
        taken(case, rome("2026-12-01 10:00"), at=after, override=override)


def test_a_refused_booking_leaves_the_visit_that_began_as_it_was(rows) -> None:
    case, after = opened(topic="ambiente"), rome("2026-11-25 09:00")
    taken(case, TUESDAY)
    before = rows()

    with pytest.raises(NotOnOffer), transaction():
        try:
            book(case, rome("2026-11-25 10:00"), needs=(), at=after)
        finally:
            db.session.flush()

    assert rows() == before


def test_a_case_that_is_over_gets_no_visit() -> None:
    case = opened(at=MONDAY)
    for state in ("closed", "withdrawn"):
        put(case.id, state)
        with pytest.raises(WrongState):
            taken(case)
    put(case.id, "answered")
    assert taken(case)


def test_a_refused_booking_leaves_no_trace_also_in_a_transaction_that_goes_on(rows) -> None:
    booked(TUESDAY, 1)
    case = opened(at=MONDAY)
    before = rows()
    with transaction():
        for start, error in ((TUESDAY, Taken), (rome("2026-12-08 10:00"), NotOnOffer)):
            with pytest.raises(error):
                book(case, start, needs=(), at=MONDAY)
            with pytest.raises(error):
                book_new(start, booking(2, channel="phone"), at=MONDAY)
    assert rows() == before


def test_needs_get_their_minutes_when_the_visit_is_confirmed() -> None:
    hold_id = held(TUESDAY)
    confirmed(hold_id, booking(needs=("lingua",)))
    assert (seen(hold_id).ticks, seen(hold_id).needs) == (8, ("lingua",))
    assert len(claims_of(appointment_id=hold_id)) == 8


def test_needs_that_find_no_minutes_change_nothing(rows) -> None:
    booked(rome("2026-11-24 10:30"), 1)
    hold_id, last = held(TUESDAY), held(rome("2026-11-24 11:30"))
    before = rows()
    with pytest.raises(Taken):
        confirmed(hold_id, booking(needs=("lis",)))
    with pytest.raises(NotOnOffer):
        confirmed(last, booking(needs=("lis",)))
    assert rows() == before


def test_needs_may_move_the_visit_to_another_desk_or_into_the_phones_share() -> None:
    figures(desks=2, phone_share_percent=0)
    booked(rome("2026-11-24 10:30"), 1)
    hold_id = held(TUESDAY)
    confirmed(hold_id, booking(needs=("lis",)))
    assert seen(hold_id).desk == 2
    figures(desks=1, phone_share_percent=20)
    before_the_share = held(rome("2026-11-26 10:30"))
    confirmed(before_the_share, booking(2, needs=("lis",)))
    assert seen(before_the_share).ticks == 10


def test_a_visit_that_needs_less_time_gives_the_rest_back() -> None:
    hold_id = held(TUESDAY, ticks=12)
    confirmed(hold_id)
    assert len(claims_of()) == seen(hold_id).ticks == 6


def test_hours_that_changed_meanwhile_are_seen_in_the_same_request(rows) -> None:
    hold_id = held(TUESDAY)
    publish_hours(counter="Th 10:00-12:00")
    before = rows()
    with pytest.raises(NotOnOffer) as refused:
        confirmed(hold_id)
    assert refused.value.why == "closed"
    assert rows() == before


def test_a_hold_on_other_steps_than_the_offices_new_ones_stands() -> None:
    hold_id = held(rome("2026-11-24 10:30"))
    figures(visit_minutes=20)
    confirmed(hold_id)
    assert (seen(hold_id).state, seen(hold_id).ticks) == ("confirmed", 4)


def test_the_key_of_a_person_is_not_their_address() -> None:
    key = person_key(GIULIA)
    assert len(key) == 32
    assert key == person_key(booking(person={"email": GIULIA.email.upper()}).applicant)
    assert key != person_key(booking(1).applicant)
    with pytest.raises(ValueError, match="address or number"):
        person_key(booking(person={"email": None, "phone": None}).applicant)


@pytest.fixture
def rows(app):
    """Every row of every table as it is now."""
    return lambda: all_rows(app)
