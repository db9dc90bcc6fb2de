"""Home, ready answers, privacy, legal notes, and the two signs of life."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, current_app, render_template, request

from urp.appointments import offered
from urp.foundation import redis_link
from urp.foundation.clock import now
from urp.foundation.db import answers
from urp.foundation.settings import settings
from urp.inbox import queries as inbox
from urp.offices import queries as offices
from urp.operators.access import public
from urp.outbox import queries as outbox
from urp.outbox.states import Alarm
from urp.web.language import chosen

bp = Blueprint("pages", __name__)
T = TypeVar("T")
LATE_S = 300
TOP = 3


@bp.get("/")
@public
def home() -> str:
    """Three doors, the first free time, the state of the phone, the questions most asked."""
    soonest = offered.first_free(now())
    return render_template("home.html", faq_top=_spoken(offices.faq()[:TOP]), soonest=soonest)


@bp.get("/domande-frequenti")
@public
def faq() -> str:
    """Ready answers, all of them or those that share words with `q`."""
    query = request.args.get("q", "").strip()[:200]
    found = offices.search_faq(query, chosen()) if query else offices.faq()
    return render_template("faq.html", query=query, answers=_spoken(found), nav="faq")


@bp.get("/privacy")
@public
def privacy() -> str:
    """What we know about you, why, and for how long (art. 13 GDPR)."""
    return render_template("privacy.html", retention=offices.institution().retention)


@bp.get("/note-legali")
@public
def legal_notes() -> str:
    """Licence of the contents and of the software."""
    return render_template("legal_notes.html")


@bp.get("/healthz")
@public
def alive() -> Response:
    """This process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def ready() -> tuple[dict[str, object], int]:
    """Whether database, Redis, outgoing and incoming mail do their work; 503 where one does not.

    `alarms` counts the letters with each alarm: somebody should look, but the service works.
    """
    database = _asked("the database", answers, otherwise=False)
    checks = {
        "database": database,
        "redis": _asked("Redis", _redis, otherwise=False),
        "mail": database and _asked("outgoing mail", _nothing_waits, otherwise=False),
        "mailboxes": database and _asked("incoming mail", _every_mailbox_is_read, otherwise=False),
    }
    none: dict[Alarm, int] = {}
    alarms = _asked("outgoing mail", outbox.alarms, otherwise=none) if database else none
    fine = all(checks.values())
    return {"ready": fine, **checks, "alarms": alarms}, 200 if fine else 503


def _asked(what: str, question: Callable[[], T], *, otherwise: T) -> T:
    try:
        return question()
    except Exception as error:
        current_app.logger.warning("%s does not answer: %s", what, type(error).__name__)
        return otherwise


def _redis() -> bool:
    if settings().redis is None:
        return False
    with redis_link.connect(settings().redis or "") as client:
        return bool(client.ping())


def _nothing_waits() -> bool:
    age = outbox.oldest_due_age()
    return age is None or age < LATE_S


def _every_mailbox_is_read() -> bool:
    return not inbox.mailbox_alarms()


def _spoken(answers: tuple[offices.FaqView, ...]) -> list[dict[str, object]]:
    return [
        {
            "slug": one.slug,
            "question": one.question(chosen()),
            "answer": one.answer(chosen()),
            "topic": one.topics[0] if one.topics else None,
        }
        for one in answers
    ]
