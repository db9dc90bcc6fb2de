"""Whatever is sent to the booking: a page that keeps the words, says what happened, offers the nearest times."""

import random
import string

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories.appointments import TUESDAY, held, publish_hours
from tests.factories.hours import Closure, rome
from tests.factories.visitors import PERSON, REASON, STEP_1, STEP_2, STEP_3, Visitor, near_times, tiles
from tests.templates.html_tree import parse
from urp.appointments import fence
from urp.appointments.models import Appointment, Claim
from urp.foundation.db import db, transaction
from urp.web.models import Draft

pytestmark = pytest.mark.usefixtures("monday")

UNKNOWN = "Non riconosciamo questo orario."
CANNOT_BE_HAD = [
    ("2026-11-24T10:30", 400, UNKNOWN),  # without its offset
    ("martedì alle 10", 400, UNKNOWN),
    ("0" * 10_000, 400, UNKNOWN),
    ("2026-11-24T25:00+01:00", 400, UNKNOWN),
    ("0001-01-01T00:00+23:59", 400, UNKNOWN),
    ("9999-12-31T23:59-23:59", 400, UNKNOWN),
    ("9999-12-31T23:59+00:00", 400, UNKNOWN),  # 0.59 of the year 10000 in Rome
    ("0001-01-01T00:00+00:00", 400, UNKNOWN),
    ("9998-12-31T23:59+00:00", 409, "Quel giorno è troppo lontano: non si può ancora prenotare."),
    ("0002-01-01T00:00+00:00", 409, "Questo orario è già passato."),
    ("2026-11-24T10:10+01:00", 409, "Questo orario non è tra quelli da prenotare."),
    ("2026-11-24T10:30+02:00", 409, "In quel momento lo sportello è chiuso."),  # 9.30 of Rome
    ("2026-11-24T13:00+01:00", 409, "In quel momento lo sportello è chiuso."),
    ("2026-11-25T10:00+01:00", 409, "In quel momento lo sportello è chiuso."),
    ("2026-11-19T10:00+01:00", 409, "Questo orario è già passato."),
    ("2026-12-08T10:00+01:00", 409, "Quel giorno lo sportello è chiuso: Immacolata Concezione."),
    ("2027-03-02T10:00+01:00", 409, "Quel giorno è troppo lontano: non si può ancora prenotare."),
    ("2026-11-24T11:00+01:00", 409, "Un’altra persona ha appena preso questo orario."),  # kept for who calls
]
"""A time, the status, and the sentence that says why."""


@pytest.fixture
def giulia(client: FlaskClient) -> Visitor:
    """Somebody with a browser."""
    return Visitor(client)


def stored(app: Flask, thing: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(thing)) or 0


def test_every_time_that_cannot_be_had_has_its_words_and_three_others(app: Flask, giulia: Visitor) -> None:
    for start, status, words in CANNOT_BE_HAD:
        answer = giulia.choose(start)
        assert answer.status_code == status, start
        assert words in answer.text, start
        assert "Porto le carte del pozzo." in answer.text
        assert len(near_times(answer.text)) == 3, start
        assert parse(answer.text).one("title").text.startswith("Errore: ")

    assert (stored(app, Appointment), stored(app, Claim)) == (0, 0)


@pytest.mark.parametrize("start", [start for start, *_ in CANNOT_BE_HAD])
def test_a_time_that_cannot_be_had_breaks_no_later_step(giulia: Visitor, start: str) -> None:
    giulia.choose(start)

    assert giulia.tell().status_code in (400, 409)
    for step in (STEP_1, STEP_2, STEP_3):
        assert giulia.browser.get(step).status_code in (200, 303), step


def test_the_same_instant_in_another_zone_is_the_same_time(giulia: Visitor) -> None:
    assert giulia.choose("2026-11-24T09:30Z").location == STEP_2
    assert "Martedì 24 novembre 2026 alle 10.30" in giulia.browser.get(STEP_2).text


def test_a_day_that_closed_meanwhile_is_refused(app: Flask, giulia: Visitor) -> None:
    start = giulia.times()[0]
    with app.app_context():
        publish_hours(Closure(("sportello",), TUESDAY.date(), TUESDAY.date(), reason="Guasto"))
    answer = giulia.choose(start)

    assert answer.status_code == 409
    assert "Quel giorno lo sportello è chiuso: Guasto." in answer.text
    assert all(one.startswith("2026-11-26") for one in near_times(answer.text))


@pytest.mark.parametrize(
    ("how", "words"), [("closed", "lo sportello è chiuso: Guasto."), ("taken", "ha appena preso questo orario")]
)
def test_step_two_says_at_once_that_the_time_is_gone(app: Flask, giulia: Visitor, how: str, words: str) -> None:
    assert giulia.choose().location == STEP_2
    assert giulia.browser.get(STEP_2).status_code == 200
    with app.app_context():
        lost = db.session.scalars(select(Appointment)).one()
        with transaction():
            fence.end_hold(lost.id)
        assert giulia.browser.get(STEP_2).status_code == 200  # ended, and yet it can be had again
        if how == "closed":
            publish_hours(Closure(("sportello",), TUESDAY.date(), TUESDAY.date(), reason="Guasto"))
        else:
            held(lost.starts_at)
    answer = giulia.browser.get(STEP_2)

    assert answer.status_code == 409
    assert words in answer.text
    assert "Porto le carte del pozzo." in answer.text
    assert len(near_times(answer.text)) == 3


def test_a_time_of_somebody_else_is_refused(app: Flask, giulia: Visitor) -> None:
    with app.app_context():
        held(rome("2026-11-24 10:00"))
    answer = giulia.choose("2026-11-24T10:00+01:00")

    assert answer.status_code == 409
    assert "Un’altra persona ha appena preso questo orario" in answer.text


def test_without_a_time_or_a_reason_the_page_says_what_is_missing(giulia: Visitor) -> None:
    answer = giulia.post(STEP_1, {"details": "x" * 601, "action": "continue"})

    assert answer.status_code == 400
    problems = {one.attrs["href"]: one.text for one in parse(answer.text).one("div", class_="urp-problems").all("a")}
    assert problems == {
        "#topic": "Scegli un argomento",
        "#details": "Il testo è troppo lungo: togli 1 carattere",
        "#start-0": "Scegli un giorno e un’ora",
    }


@pytest.mark.parametrize("topic", ["strade", "nessuno", "x" * 10_000, "\x00", "<b>"])
def test_a_topic_that_is_not_on_offer_is_refused(app: Flask, giulia: Visitor, topic: str) -> None:
    answer = giulia.choose("2026-11-24T10:00+01:00", topic=topic)

    assert answer.status_code == 400
    assert "Scegli un argomento" in answer.text
    assert stored(app, Appointment) == 0


SECOND_STEP = [
    ({"given_name": ""}, "given_name", "Scrivi il tuo nome"),
    ({"family_name": "x" * 101}, "family_name", "Il testo è troppo lungo: togli 1 carattere"),
    ({"given_name": "Vinci su www.premio.example"}, "given_name", "Scrivi solo il nome, senza indirizzi web o e-mail"),
    ({"email": ""}, "email", "Scrivi la tua e-mail o il tuo telefono"),
    ({"email": "giulia"}, "email", "Scrivi l’indirizzo e-mail nel formato corretto, per esempio nome@esempio.it"),
    ({"email": "", "phone": "12"}, "phone", "Scrivi un numero di telefono, per esempio 333 123 4567"),
    ({"needs": ["elicottero"]}, "needs", "Scegli tra le esigenze dell’elenco"),
    ({"needs": ["x" * 10_000] * 50}, "needs", "Scegli tra le esigenze dell’elenco"),
    ({"privacy": ""}, "privacy", "Conferma di aver letto l’informativa sulla privacy"),
]


def test_every_mistake_of_the_second_step_has_its_words_and_its_place(giulia: Visitor) -> None:
    giulia.choose()
    for changes, place, words in SECOND_STEP:
        answer = giulia.tell(**changes)
        assert answer.status_code == 400, changes
        page = parse(answer.text)
        problems = {one.attrs["href"]: one.text for one in page.one("div", class_="urp-problems").all("a")}
        assert problems == {f"#{place}": words}, changes
        assert 'value="Bianchi"' in answer.text or "family_name" in changes


WEEKS = ["2026-W99", "0000-W00", "2026-W53", "9999-W52", "x" * 10_000, "2026-w48", "٢٠٢٦-W٤٨", "", "\x00", "1066-W41"]


@pytest.mark.parametrize("week", WEEKS)
def test_a_week_that_makes_no_sense_is_the_nearest_one(giulia: Visitor, week: str) -> None:
    shown = giulia.browser.get(STEP_1, query_string={"settimana": week})
    posted = giulia.post(STEP_1, {**REASON, "settimana": week or "?"})

    assert shown.status_code == 200
    assert tiles(shown.text)
    assert posted.status_code == 303
    assert giulia.browser.get(posted.location).status_code == 200


@pytest.mark.parametrize(("week", "other"), [("2027-W30", True), ("2026-W40", True), ("2026-W49", False), ("", False)])
def test_a_week_that_cannot_be_booked_says_that_it_shows_another(giulia: Visitor, week: str, other: bool) -> None:
    page = giulia.browser.get(STEP_1, query_string={"settimana": week}).text

    assert ("Nella settimana che hai chiesto non si può prenotare" in page) is other


def test_a_form_without_its_token_keeps_the_words_and_stores_nothing(app: Flask, client: FlaskClient) -> None:
    for url, form in (
        (STEP_1, {**REASON, "start": "2026-11-24T10:00+01:00", "action": "continue"}),
        (STEP_1, {**REASON, "settimana": "2026-W50"}),
        (STEP_2, {**PERSON, "action": "continue"}),
    ):
        answer = client.post(url, data=form)
        assert answer.status_code == 400
        assert (form.get("details") or form["given_name"]) in answer.text
    assert stored(app, Draft) == 0
    assert stored(app, Appointment) == 0


def test_a_summary_without_its_token_or_key_confirms_nothing(app: Flask, giulia: Visitor) -> None:
    page = giulia.reach_summary()
    for changes in ({"csrf_token": ""}, {"idempotency_key": ""}, {"idempotency_key": "k" * 300}):
        answer = giulia.confirm(page, **changes)
        assert answer.status_code == 400
        assert "premi di nuovo «Conferma»" in answer.text
    changed = giulia.confirm(page, digest="0" * 64)
    assert changed.status_code == 409
    with app.app_context():
        assert list(db.session.scalars(select(Appointment.state))) == ["held"]


def test_a_draft_that_is_gone_says_so(app: Flask, giulia: Visitor) -> None:
    page = giulia.reach_summary()
    somebody_else = Visitor(app.test_client())
    answer = somebody_else.post(STEP_3, {"idempotency_key": "k" * 40, "action": "send"})

    assert answer.location == STEP_1
    assert "Non troviamo più la tua prenotazione" in somebody_else.browser.get(STEP_1).text
    assert giulia.confirm(page).status_code == 303


def test_generated_requests_never_end_in_an_error(app: Flask, giulia: Visitor) -> None:
    dice = random.Random(4)
    letters = string.printable + "àèéìòù’«»\x00\u202e🦉"
    names = ("topic", "details", "start", "settimana", "action", "needs", "email", "phone", "given_name", "privacy")
    good = {**REASON, **PERSON, "start": "2026-11-24T10:00+01:00"}
    token = giulia.reach_summary().partition('name="csrf_token" value="')[2].partition('"')[0]
    seen = set()
    for _ in range(120):
        junk = {name: "".join(dice.choices(letters, k=dice.choice((0, 1, 20, 2000)))) for name in dice.sample(names, 4)}
        url = dice.choice((STEP_1, STEP_2, STEP_3))
        query = {"settimana": "".join(dice.choices(letters, k=8)), "argomento": "".join(dice.choices(letters, k=9))}
        seen.add(giulia.browser.post(url, query_string=query, data={"csrf_token": token, **good, **junk}).status_code)
        seen.add(giulia.browser.get(url, query_string=query).status_code)

    assert seen <= {200, 303, 400, 409}
    assert {200, 303, 400} <= seen
