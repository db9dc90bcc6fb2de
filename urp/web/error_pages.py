"""Plain words for what goes wrong: never a trace, always what to do next."""

import errno
import logging
import secrets

from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException

from urp.foundation.db import DatabaseBusy, db
from urp.foundation.errors import NoOffice, NotFound
from urp.web.throttle import TooMany

log = logging.getLogger(__name__)
WORDED = {400, 403, 404, 405, 413, 500, 503}
TOLD = {"Allow", "Retry-After"}
AWAY = (DatabaseBusy, OperationalError, InterfaceError, NoConnectionFree, NoOffice)
"""The database is busy, gone, full or without an office: the same request may succeed in a moment."""

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

Answer = tuple[str, int] | tuple[str, int, dict[str, str]]


def init_app(app: Flask) -> None:
    """Answer every error with its page."""
    app.register_error_handler(HTTPException, _known)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(NotFound, lambda _error: _page(404))
    app.register_error_handler(TooMany, _too_many)
    for kind in AWAY:
        app.register_error_handler(kind, _away)
    app.register_error_handler(OSError, _judged)
    app.register_error_handler(Exception, _unforeseen)


def _known(error: HTTPException) -> Answer:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    if original := getattr(error, "original_exception", None):  # an error page broke in its turn
        return _judged(original)
    template = error.code if error.code in WORDED else (500 if error.code >= 500 else 400)
    told = {name: value for name, value in error.get_headers() if name in TOLD}
    return (*_page(template, error.code), told)


def _expired(_error: CSRFError) -> Answer:
    return render_template("errors/400.html", expired=True), 400


def _too_many(error: TooMany) -> Answer:
    page = render_template("errors/429.html", wait_minutes=error.wait_minutes, back_url=request.path)
    return page, 429, error.headers


def _judged(error: Exception) -> Answer:
    full = isinstance(error, OSError) and error.errno in NO_ROOM  # of the disk that keeps files
    return _away(error) if full or isinstance(error, AWAY) else _unforeseen(error)


def _away(error: Exception) -> Answer:
    log.error("the service cannot answer now: %s", type(error).__name__, exc_info=error)
    _let_go()
    return (*_page(503), {"Retry-After": "10"})


def _unforeseen(error: Exception) -> Answer:
    reference = secrets.token_hex(4)
    log.error("unforeseen error %s", reference, exc_info=error)
    _let_go()
    return render_template("errors/500.html", reference=reference), 500


def _let_go() -> None:
    try:
        db.session.rollback()
    except Exception:
        log.exception("nor could the session be rolled back")


def _page(template: int, code: int | None = None) -> tuple[str, int]:
    return render_template(f"errors/{template}.html"), code or template
