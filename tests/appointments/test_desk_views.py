"""The day sheet: who comes, in order; who came; whom to call; and numbers that name nobody."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, clock_stands, publish_hours
from tests.factories.citizens import hidden
from tests.factories.snapshots import all_rows
from tests.factories.staff import Clerk, at_work
from urp.appointments.cancel import cancel
from urp.appointments.coming import coming
from urp.appointments.models import Appointment
from urp.appointments.queries import AppointmentView
from urp.appointments.states import State
from urp.cases import queries as cases
from urp.foundation.clock import to_rome
from urp.foundation.db import db, transaction

DAY = "/desk/appuntamenti"
PHONE_ONLY = {"email": None, "phone": "+393331234567", "reply_by": "phone"}
HALF_HOUR = timedelta(minutes=30)


class Book:
    """The book of visits, opened only for a moment: an open context would be shared with the pages."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, *args, **more) -> AppointmentView:
        """A confirmed visit."""
        with self.app.app_context():
            return booked(*args, **more)

    def act(self, verb, *args, **more) -> None:
        """Do something to a visit."""
        with self.app.app_context(), transaction():
            verb(*args, **more)

    def publish(self, hours: str) -> None:
        """Other hours of the counter."""
        with self.app.app_context():
            publish_hours(counter=hours)

    def state(self, visit: AppointmentView) -> str:
        """Where the visit is now."""
        with self.app.app_context():
            return str(db.session.get_one(Appointment, visit.id).state)

    def timeline(self, visit: AppointmentView):
        """What is told of its case."""
        with self.app.app_context():
            return cases.timeline(visit.case_id or 0)


def test_the_visits_of_a_day_stand_in_order_with_what_the_desk_needs(book: Book, clerk: Clerk) -> None:
    late = book(TUESDAY + 3 * HALF_HOUR, person={**PHONE_ONLY, "given_name": "Lucia"}, topic="strade")
    early = book(TUESDAY, 1, needs=("lis",))
    book(THURSDAY, 2)
    book.act(coming, early.id, at=MONDAY)

    page = sheet(clerk, "2026-11-24")

    assert re.findall(r"<h3>([^<]+)</h3>", page) == ["Visita 1 Bianchi", "Lucia Bianchi"]
    first, second = lines(page)
    for words in ("10.00", "10.50", early.code or "", "Ambiente", "interprete LIS", "Ha detto che viene"):
        assert words in first
    for words in ("11.30", "12.00", late.code or "", "Strade", 'href="tel:+393331234567"', "333 123 4567"):
        assert words in second
    assert "Ha detto che viene" not in second
    assert "2 appuntamenti" in page
    assert "10.00–12.00, 14.00–16.00" in page


def test_a_visit_that_was_given_up_is_not_on_the_sheet(book: Book, clerk: Clerk) -> None:
    visit = book(TUESDAY)
    book.act(cancel, visit.id, at=MONDAY, by="citizen")

    page = sheet(clerk, "2026-11-24")

    assert visit.code not in page
    assert "Nessun appuntamento per ora." in page


@pytest.mark.parametrize(
    ("day", "words"),
    [("2026-12-08", "Lo sportello è chiuso: Immacolata"), ("2026-11-25", "In questo giorno lo sportello non riceve.")],
)
def test_a_closed_day_says_so(book: Book, clerk: Clerk, day: str, words: str) -> None:
    page = sheet(clerk, day)

    assert words in page
    assert "Nessun appuntamento" not in page


def test_visits_of_a_day_that_was_closed_since_are_not_hidden(book: Book, clerk: Clerk) -> None:
    visit = book(TUESDAY)
    book.publish("Th 10:00-12:00")

    page = sheet(clerk, "2026-11-24")

    assert visit.code in page
    assert "vanno spostati" in page


@pytest.mark.parametrize(
    ("day", "beside"),
    [("2026-11-24", ["2026-11-19", "2026-11-26"]), ("2026-12-06", ["2026-12-03", "2026-12-10"]),
     ("2025-01-01", ["2026-01-08"]), ("2028-12-31", ["2028-12-28"])],
)  # fmt: skip
def test_the_open_days_beside_it_are_one_click_away(book: Book, clerk: Clerk, day: str, beside: list[str]) -> None:
    page = sheet(clerk, day)

    assert re.findall(rf'class="btn[^"]*" href="{DAY}\?giorno=([\d-]+)"', page) == beside


@pytest.mark.parametrize(("today", "shown"), [("2026-11-23", "2026-11-24"), ("2026-11-24", "2026-11-24")])
def test_without_a_day_it_is_today_or_the_next_that_opens(
    book: Book, clerk: Clerk, monday: None, today: str, shown: str
) -> None:
    ahead = date.fromisoformat(today) - MONDAY.date()
    with clock_stands(MONDAY + ahead):
        page = clerk_again(clerk).browser.get(DAY).text

    assert f'value="{shown}"' in page
    assert ('"urp-today"' in page) is (today == shown)


@pytest.mark.parametrize(
    "nonsense", ["x", "2026-02-30", "1999-01-01", "9999-12-31", "0001-01-01", "2026-11-24T10:00", "-1", "2026-W48"]
)
def test_a_day_that_is_none_shows_the_next_that_opens(book: Book, clerk: Clerk, nonsense: str) -> None:
    answer = clerk.browser.get(DAY, query_string={"giorno": nonsense})

    assert answer.status_code == 404
    assert "non è nel calendario" in answer.text
    assert 'value="2026-11-24"' in answer.text


class TestMarks:
    """«Presente» and «Non è venuto»: once the visit has begun, and to be mended."""

    def test_before_the_visit_begins_there_is_nothing_to_mark(self, book: Book, clerk: Clerk) -> None:
        visit = book(TUESDAY)
        assert f"/{visit.id}/esito" not in sheet(clerk, "2026-11-24")

        answer = mark(clerk, visit, "attended")

        assert answer.status_code == 409
        assert "non è ancora iniziato" in answer.text
        assert book.state(visit) == State.CONFIRMED

    def test_a_mark_is_kept_with_who_made_it_and_mended_by_the_other(self, book: Book, clerk: Clerk) -> None:
        visit = book(TUESDAY)
        with clock_stands(TUESDAY):
            clerk = clerk_again(clerk)
            answer = mark(clerk, visit, "missed")
            assert (answer.status_code, answer.location) == (303, f"{DAY}?giorno=2026-11-24#visita-{visit.id}")
            page = sheet(clerk, "2026-11-24")
            assert "Correggi: presente" in page
            row = page.partition(f'id="visita-{visit.id}"')[2].partition("</li>")[0]
            words = "Segnato «Non è venuto» per martedì 24 novembre 2026, ore 10.00."
            assert f'role="status">{words}</p>' in row
            assert page.count(words) == 1
            assert words not in sheet(clerk, "2026-11-24")  # told once
            assert mark(clerk, visit, "missed").status_code == 303
            assert book.state(visit) == State.MISSED
            mark(clerk, visit, "attended")

        assert book.state(visit) == State.ATTENDED
        told = [entry for entry in book.timeline(visit) if entry.actor == clerk.actor]
        assert [entry.kind for entry in told] == ["appointment_missed", "appointment_attended"]

    def test_a_visit_that_was_given_up_cannot_be_marked(self, book: Book, clerk: Clerk) -> None:
        visit = book(TUESDAY)
        book.act(cancel, visit.id, at=MONDAY, by="citizen")
        with clock_stands(TUESDAY):
            assert mark(clerk_again(clerk), visit, "attended").status_code == 409
        assert book.state(visit) == State.CANCELLED

    @pytest.mark.parametrize("outcome", ["", "confirmed", "cancelled", "ATTENDED"])
    def test_no_other_mark_exists(self, book: Book, clerk: Clerk, outcome: str) -> None:
        visit = book(TUESDAY)
        with clock_stands(TUESDAY):
            assert mark(clerk_again(clerk), visit, outcome).status_code == 400
        assert book.state(visit) == State.CONFIRMED

    @pytest.mark.parametrize("number", [10**6, 2**63 - 1, 2**63, 10**40])
    @pytest.mark.parametrize("act", ["esito", "chiamata"])
    def test_a_visit_that_is_not_there_is_not_found(self, book: Book, clerk: Clerk, number: int, act: str) -> None:
        answer = clerk.post(f"{DAY}/{number}/{act}", {"outcome": "attended", "giorno": "2026-11-24"}, page=DAY)

        assert answer.status_code == 404

    def test_an_old_page_is_shown_again_and_marks_nothing(self, app: Flask, book: Book, clerk: Clerk) -> None:
        visit = book(TUESDAY)
        with clock_stands(TUESDAY):
            clerk = clerk_again(clerk)
            before = all_rows(app)
            for act in ("esito", "chiamata"):
                answer = clerk.browser.post(f"{DAY}/{visit.id}/{act}", data={"csrf_token": "old", "outcome": "missed"})
                assert answer.status_code == 400
                assert "Premi di nuovo il pulsante" in answer.text
            assert all_rows(app) == before

    def test_after_a_lost_session_the_clerk_is_back_at_the_same_day(self, app: Flask, book: Book, clerk: Clerk) -> None:
        visit = book(THURSDAY)
        token = hidden(sheet(clerk, "2026-11-26"), "csrf_token")
        with clock_stands(MONDAY + HALF_HOUR + timedelta(minutes=1)):
            answer = clerk.browser.post(
                f"{DAY}/{visit.id}/esito",
                data={"csrf_token": token, "outcome": "missed"},
                headers={"Referer": f"http://localhost{DAY}?giorno=2026-11-26"},
            )

        assert answer.status_code == 403
        assert hidden(answer.text, "verso") == f"{DAY}?giorno=2026-11-26"


def test_visits_of_earlier_days_stay_in_sight_until_they_are_marked(book: Book, clerk: Clerk) -> None:
    forgotten, today = book(TUESDAY, 1), book(THURSDAY, 2)
    assert "Da segnare" not in sheet(clerk, "2026-11-26")
    with clock_stands(THURSDAY):
        late = clerk_again(clerk)
        page = sheet(late, "2026-11-26")
        listed = page.partition('id="da-segnare"')[2].partition("</section>")[0]

        assert "martedì 24 novembre 2026, ore 10.00" in listed
        assert (forgotten.code in listed, today.code in listed) == (True, False)
        mark(late, forgotten, "attended")
        page = sheet(late, "2026-11-26")
        assert "Da segnare" not in page
        assert 'role="status">Segnato «Presente» per martedì 24 novembre 2026, ore 10.00.</p>' in page


class TestCalls:
    """«Da avvisare per telefono»."""

    def test_who_has_to_be_told_stands_on_every_day_until_told(self, book: Book, clerk: Clerk) -> None:
        moved, gone = book(TUESDAY, person={**PHONE_ONLY, "given_name": "Lucia"}), book(THURSDAY, 2)
        book.act(cancel, gone.id, at=MONDAY, by="citizen")
        book.act(to_be_called, moved, gone)

        page = sheet(clerk, "2026-12-01")

        assert "Da avvisare per telefono" in page
        assert "Il nuovo orario è martedì 24 novembre 2026, ore 10.00." in page
        assert "L’appuntamento di giovedì 26 novembre 2026, ore 10.00 è annullato." in page
        assert page.index("Lucia") < page.index("Visita 2")
        for one in (moved, gone):
            answer = clerk.post(f"{DAY}/{one.id}/chiamata", {"giorno": "2026-12-01"}, page=DAY)
            assert (answer.status_code, answer.location) == (303, f"{DAY}?giorno=2026-12-01")
            assert 'role="status">Segnato «Avvisato» per ' in sheet(clerk, "2026-12-01")
        assert "Da avvisare per telefono" not in sheet(clerk, "2026-12-01")
        assert clerk.post(f"{DAY}/{gone.id}/chiamata", {}, page=DAY).status_code == 303


def test_the_numbers_count_topics_and_name_nobody(book: Book, clerk: Clerk) -> None:
    visits = [book(TUESDAY + n * HALF_HOUR, n) for n in (0, 1, 3)] + [book(THURSDAY, 7, topic="strade")]
    with clock_stands(THURSDAY + HALF_HOUR):
        clerk = clerk_again(clerk)
        for visit, outcome in zip(visits, ("attended", "missed", "attended", "missed"), strict=True):
            assert mark(clerk, visit, outcome).status_code == 303
        numbers = sheet(clerk, "2026-12-01").partition("negli ultimi 30 giorni")[2]

    assert re.findall(r'<th scope="row">([^<]+)</th>|<td[^>]*>(\d+)</td>', numbers) == [
        ("Ambiente, rifiuti e acque", ""), ("", "3"), ("", "2"), ("", "1"),
        ("Strade provinciali", ""), ("", "1"), ("", "0"), ("", "1"),
    ]  # fmt: skip
    assert "Visita" not in numbers
    with clock_stands(THURSDAY + timedelta(days=32)):
        assert "negli ultimi 30 giorni" not in sheet(clerk_again(clerk), "2026-12-01")


def test_only_who_may_answer_sees_the_way_to_answer(app: Flask, book: Book, clerk: Clerk) -> None:
    book(TUESDAY)

    assert "Rispondi per iscritto" in sheet(clerk, "2026-11-24")
    assert "Rispondi per iscritto" not in sheet(at_work(app, "phone"), "2026-11-24")


def test_one_desk_is_not_numbered_and_two_are(app: Flask, book: Book, clerk: Clerk) -> None:
    book(TUESDAY)
    assert "Postazione 1" not in sheet(clerk, "2026-11-24")


def sheet(clerk: Clerk, day: str) -> str:
    answer = clerk.browser.get(f"{DAY}?giorno={day}")
    assert answer.status_code == 200, answer.status
    return answer.text


def lines(page: str) -> list[str]:
    return [piece.partition("</li>")[0] for piece in page.split('<li id="visita-')[1:]]


def mark(clerk: Clerk, visit: AppointmentView, outcome: str):
    day = to_rome(visit.starts_at).date().isoformat()
    return clerk.post(f"{DAY}/{visit.id}/esito", {"outcome": outcome, "giorno": day}, page=DAY)


def clerk_again(clerk: Clerk) -> Clerk:
    """Somebody who opens the door anew: after a night no session is left."""
    return at_work(clerk.browser.application, "operator")


def to_be_called(*visits: AppointmentView) -> None:
    for n, visit in enumerate(visits):
        since = MONDAY + timedelta(minutes=n)
        db.session.execute(update(Appointment).where(Appointment.id == visit.id).values(call_since=since))


@pytest.fixture
def book(app: Flask, monday: None) -> Book:
    """An empty book, on Monday."""
    return Book(app)


@pytest.fixture
def clerk(app: Flask, monday: None) -> Clerk:
    """An operator at work."""
    return at_work(app, "operator")
