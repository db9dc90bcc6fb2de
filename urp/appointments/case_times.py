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
from urp.appointments.words import refusal_words, summary_trouble
from urp.cases.queries import CaseView
from urp.cases.visit import Answer
from urp.foundation.clock import now
from urp.foundation.db import persistently, transaction
from urp.foundation.errors import WrongState
from urp.web import throttle
from urp.web.forms import FormError

CHANGES_PER_HOUR = 30


@dataclass(frozen=True)
class Times:
    """The page of times for one case: which template, which form, how long the visit, and the visit there is."""

    template: str
    case: CaseView
    form: BookForm | MoveForm
    ticks: int
    visit: AppointmentView | None = None

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
                return verb(starts_at)

        try:
            notice = persistently(act)
        except reserve.TROUBLE as trouble:
            return self._page(reserve.reason_of(trouble)), reserve.status_of(trouble)
        except AlreadyBooked:
            self.form.form_errors.append(summary_trouble("already-booked"))
            return self._page(), 409
        except WrongState:
            notice = "over"
        session["visit_notice"] = notice
        return redirect(url_for("cases.page", code=self.case.code), 303)

    def _page(self, trouble: str | None = None) -> str:
        week = request.form.get("settimana") or request.args.get("settimana")
        start = readable(self.form.start.data)
        times = offered(Asked(week, self.ticks, chosen=start, gone=trouble is not None), now())
        if trouble:
            self.form.start.errors = [refusal_words(trouble)]
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
