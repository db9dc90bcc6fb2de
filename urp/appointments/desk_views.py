"""The day sheet of the counter: who comes, who came, whom to call."""

from datetime import date

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from urp.appointments import attend, day_page
from urp.appointments.call_list import called
from urp.foundation.clock import now
from urp.foundation.db import persistently, transaction
from urp.foundation.errors import WrongState
from urp.operators.access import at_work, requires
from urp.operators.roles import Role
from urp.web.csrf import keeps_words

bp = Blueprint("appointment_desk", __name__)
VISIT = f"<int(max={2**63 - 1}):appointment_id>"
"""No larger number fits into a row."""

OUTCOMES = {"attended": attend.attended, "missed": attend.missed}
Answer = str | Response | tuple[str, int]


@bp.get("/desk/appuntamenti")
@requires(Role.OPERATOR, Role.PHONE)
def day_sheet() -> Answer:
    """The visits of a day, on the screen and on paper."""
    day = day_page.asked(request.args.get("giorno"))
    if day is None:
        return _page(None, _("Questo giorno non è nel calendario. Ecco il primo giorno di apertura.")), 404
    return _page(day)


@bp.post(f"/desk/appuntamenti/{VISIT}/esito")
@requires(Role.OPERATOR, Role.PHONE)
@keeps_words
def mark(appointment_id: int) -> Answer:
    """Note that somebody came, or did not; a wrong mark is mended by the other one."""
    if g.get("csrf_expired"):
        return _again()
    act = OUTCOMES.get(request.form.get("outcome", ""))
    if act is None:
        abort(400)

    def whole() -> None:
        with transaction():
            act(appointment_id, at=now(), actor=at_work().actor)

    try:
        persistently(whole)
    except WrongState:
        problem = _("Non puoi segnare questo appuntamento: non è ancora iniziato, o è stato annullato.")
        return _page(_day_before(), problem), 409
    session["marked"] = (appointment_id, request.form["outcome"])
    return redirect(_address(f"visita-{appointment_id}"), 303)


@bp.post(f"/desk/appuntamenti/{VISIT}/chiamata")
@requires(Role.OPERATOR, Role.PHONE)
@keeps_words
def note_call(appointment_id: int) -> Answer:
    """Note that somebody knows of the change."""
    if g.get("csrf_expired"):
        return _again()
    with transaction():
        called(appointment_id)
    session["marked"] = (appointment_id, "called")
    return redirect(_address(), 303)


def _day_before() -> date | None:
    """The day of the sheet on which the button was pressed."""
    return day_page.asked(request.form.get("giorno"))


def _address(anchor: str | None = None) -> str:
    day = _day_before()
    return url_for(".day_sheet", giorno=day.isoformat() if day else None, _anchor=anchor)


def _again() -> Answer:
    return _page(_day_before(), _("La pagina è rimasta aperta troppo a lungo. Premi di nuovo il pulsante.")), 400


def _page(day: date | None, problem: str | None = None) -> str:
    shown = day or day_page.asked(None)
    assert shown is not None
    just = session.pop("marked", None)
    marked = day_page.marked(*just) if just else None
    return render_template(
        "appointments/desk/day.html", nav="day", problem=problem, marked=marked, **day_page.context(shown)
    )
