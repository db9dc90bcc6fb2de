"""Home, ready answers, privacy, legal notes, how to book, and the two signs of life."""

from flask import Blueprint, Response, current_app, render_template, request

from urp.foundation import redis_link
from urp.foundation.db import answers
from urp.foundation.settings import settings
from urp.offices import queries as offices
from urp.operators.access import public
from urp.outbox.queries import oldest_due_age
from urp.web.language import chosen

bp = Blueprint("pages", __name__)
LATE_S = 300
TOP = 3


@bp.get("/")
@public
def home() -> str:
    """Three doors, the state of the phone, the questions most asked."""
    return render_template("home.html", faq_top=_spoken(offices.faq()[:TOP]), topics=offices.topics())


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


@bp.get("/appuntamenti/nuovo")
@public
def by_phone() -> str:
    """How to get an appointment."""
    return render_template("appointments/by_phone.html", nav="appointment")


@bp.get("/healthz")
@public
def alive() -> Response:
    """This process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def ready() -> tuple[dict[str, object], int]:
    """Whether database, Redis and outgoing mail do their work; 503 where one does not."""
    checks = {"database": _database(), "redis": _redis(), "mail": _mail()}
    return {"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503


def _database() -> bool:
    try:
        return answers()
    except Exception:
        current_app.logger.warning("the database does not answer")
        return False


def _redis() -> bool:
    if settings().redis is None:
        return False
    try:
        with redis_link.connect(settings().redis or "") as client:
            return bool(client.ping())
    except Exception:
        current_app.logger.warning("Redis does not answer")
        return False


def _mail() -> bool:
    try:
        age = oldest_due_age()
    except Exception:
        return False
    return age is None or age < LATE_S


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
