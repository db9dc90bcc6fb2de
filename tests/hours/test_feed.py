"""The calendar to subscribe to is one that every calendar program understands and keeps without doubles."""

from datetime import date, datetime

import icalendar
import pytest
import time_machine
import vobject
from flask.testing import FlaskClient

from tests.factories.hours import BOTH, COUNTER, PHONE, Closure, Hours, rome
from urp.foundation.db import transaction
from urp.hours import publish

NOTICE = "Sportello chiuso; telefono aperto, fino alle 12.\nGrazie."
COURSE = Closure(("sportello",), date(2026, 12, 3), date(2026, 12, 3), reason="corso", notice=NOTICE)
SUMMER = Closure(BOTH, date(2027, 1, 11), date(2027, 1, 15), reason="trasloco")


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(rome("2026-11-23 10:30"), tick=False):
        yield


def feed(client: FlaskClient, **more) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(client.get("/orari.ics", **more).data)


def titles(client: FlaskClient, **more) -> dict[str, str]:
    return {str(event["UID"]).partition("@")[0]: str(event["SUMMARY"]) for event in feed(client, **more).events}


def test_it_is_shared_like_the_other_data(client):
    answer = client.get("/orari.ics?lingua=en")
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (answer.cache_control.public, answer.cache_control.max_age) == (True, 60)
    assert "Accept-Language" in answer.vary
    assert "Set-Cookie" not in answer.headers


def test_it_is_published_and_asked_for_again(client):
    lines = client.get("/orari.ics").text.split("\r\n")
    for line in ("METHOD:PUBLISH", "NAME:Orari Chiedilo all’URP", "REFRESH-INTERVAL;VALUE=DURATION:PT12H"):
        assert lines.count(line) == 1
    assert lines.count("X-WR-CALNAME:Orari Chiedilo all’URP") == 1
    assert not [line for line in lines if len(line.encode()) > 75]
    assert vobject.readOne("\r\n".join(lines)).method.value == "PUBLISH"


def test_an_entry_is_its_channel_day_and_hour_and_stands_there_once(client):
    told = [str(event["UID"]) for event in feed(client).events]
    assert len(told) == len(set(told))
    assert {"telefono-20261123T1000@127.0.0.1", "sportello-20261124T1400@127.0.0.1"} <= set(told)
    with time_machine.travel(rome("2026-11-30 09:00"), tick=False):
        later = {str(event["UID"]) for event in feed(client).events}
    gone = {uid for uid in set(told) - later if "202611" not in uid}
    assert gone == set()


def test_an_entry_that_becomes_shorter_stays_the_same_entry(app, client):
    shorter = Closure(BOTH, date(2026, 12, 3), date(2026, 12, 3), ranges="10:00-11:00", reason="assemblea")
    before = titles(client)
    with app.app_context(), transaction():
        publish.store([Hours("telefono", PHONE), Hours("sportello", COUNTER, by_appointment=True)], [shorter])
    after = titles(client)
    assert "telefono-20261203T1000" in before.keys() & after.keys()
    assert before.keys() - after.keys() == {"telefono-20261203T1400", "sportello-20261203T1400"}
    assert after["telefono+sportello-20261203-20261203"] == "Orario: 10.00–11.00 (assemblea)"


def test_the_counter_is_told_as_by_appointment_with_its_place(client):
    [counter] = [event for event in feed(client).events if str(event["UID"]).startswith("sportello-20261124T1000")]
    assert counter["SUMMARY"] == "Sportello URP, solo su appuntamento"
    assert counter["LOCATION"] == "via Vivaio 1, 20122 Milano"
    assert counter["TRANSP"] == "TRANSPARENT"  # a reader's own day stays free


def test_closures_are_whole_days_with_their_notice(app, client):
    with app.app_context(), transaction():
        publish.store([Hours("telefono", PHONE), Hours("sportello", COUNTER)], [COURSE, SUMMER])
    events = {str(event["UID"]).partition("@")[0]: event for event in feed(client).events}
    course, summer = events["sportello-20261203-20261203"], events["telefono+sportello-20270111-20270115"]
    assert (course["SUMMARY"], course["DESCRIPTION"]) == ("Sportello: chiuso (corso)", NOTICE)
    assert (summer.decoded("DTSTART"), summer.decoded("DTEND")) == (date(2027, 1, 11), date(2027, 1, 16))
    other = {
        event.uid.value.partition("@")[0]: event for event in vobject.readOne(client.get("/orari.ics").text).vevent_list
    }
    assert other["sportello-20261203-20261203"].description.value == NOTICE
    assert other["telefono+sportello-20270111-20270115"].dtend.value == date(2027, 1, 16)


def test_it_speaks_the_language_of_the_request(client):
    english = titles(client, query_string={"lingua": "en"})
    assert english["telefono-20261207-20261207"] == "Closed (Saint Ambrose’s Day)"
    assert titles(client)["telefono-20261207-20261207"] == "Chiuso (Sant’Ambrogio)"


def test_it_reaches_ninety_days_ahead(client):
    begun = [event.decoded("DTSTART") for event in feed(client).events]
    days = [at.date() for at in begun if isinstance(at, datetime)]
    assert (min(days), max(days)) == (date(2026, 11, 23), date(2027, 2, 19))  # the 90th day is a Sunday
