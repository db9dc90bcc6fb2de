"""Choosing a time on the page of a case: the same week of tiles for the first visit and for moving it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, request, session, url_for

from urp.appointments import reserve, slots
from urp.appointments.forms import BookForm, MoveForm
from urp.appointments.offered import Asked, offered, readable
from urp.appointments.queries import AppointmentView
from urp.appointments.refusals import AlreadyBooked
from urp.appointments.words import NEW_TIMES, often_words, refusal_words, second_visit_words
from urp.cases.queries import CaseView
from urp.cases.visit import Answer
from urp.foundation.clock import now, to_rome
from urp.foundation.db import persistently, transaction
from urp.foundation.errors import WrongState
from urp.web import throttle
from urp.web.forms import FormError

CHANGES_PER_HOUR = 30
TIMES_PER_HOUR = 6
"""A new time writes a letter to an address that nobody has proved to be theirs."""


@dataclass(frozen=True)
class Times:
    """The page of times for one case: which template, which form, how long the visit, and the visit there is."""

    template: str
    case: CaseView
    form: BookForm | MoveForm
    ticks: int
    visit: AppointmentView | None = None
    longer: bool = False  # by what the visitor needs

    def answer(self, verb: Callable[[datetime], str]) -> Answer:
        """Show the page, or another week of it, or do what was chosen; `verb` returns the notice for the case.

        A time that cannot be had brings the page back with the nearest ones, and all that was ticked.
        """
        if request.method == "GET":
            return self._page()
        fine = self.form.validate()
        if self.form.form_errors:
            return self._page(), 400
        if request.form.get("settimana"):
            self.form.start.errors = []
            return self._page()
        if wait := throttle.patience(self.form, "visit", self.case.code, CHANGES_PER_HOUR):
            return self._page(), 429, wait
        if not fine:
            return self._page(), 400
        return self._do(verb)

    def _do(self, verb: Callable[[datetime], str]) -> Answer:
        def act() -> str:
            starts_at = slots.parse_start(self.form.start.data)
            with transaction():
                notice = verb(starts_at)
                if notice in NEW_TIMES:
                    throttle.spend("visit-times", self.case.code, TIMES_PER_HOUR)
                return notice

        try:
            notice = persistently(act)
        except throttle.TooMany as error:
            self.form.form_errors.append(often_words(error.wait_minutes))
            return self._page(), 429, error.headers
        except reserve.TROUBLE as trouble:
            return self._page(reserve.reason_of(trouble, longer=self.longer)), reserve.status_of(trouble)
        except AlreadyBooked:
            self.form.form_errors.append(second_visit_words(by_mail=self.case.applicant.email is not None))
            return self._page(), 409
        except WrongState:
            notice = "over"
        session["visit_notice"] = notice
        return redirect(url_for("cases.page", code=self.case.code), 303)

    def _page(self, trouble: str | None = None) -> str:
        week = request.form.get("settimana") or request.args.get("settimana") or self._own_week()
        start = readable(self.form.start.data)
        times = offered(Asked(week, self.ticks, chosen=start, gone=trouble is not None), now())
        if trouble:
            self.form.start.errors = [refusal_words(trouble, start)]
        target = "#start-0" if times.has_tiles else "#orari"
        return render_template(
            self.template,
            case=self.case,
            visit=self.visit,
            form=self.form,
            times=times,
            chosen=start,
            minutes=self.ticks * slots.TICK_S // 60,
            errors=[FormError(one.text, target if one.href == "#start-0" else one.href) for one in self.form.summary],
            nav="follow",
        )

    def _own_week(self) -> str | None:
        """The week of the visit there is: most people move it by a few days."""
        return slots.week_of(None, to_rome(self.visit.starts_at).date()).label if self.visit else None
