"""Forged requests: every POST carries a token and comes from our own pages (ASVS 3.5.1)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect, validate_csrf
from wtforms.validators import ValidationError

csrf = CSRFProtect()
View = TypeVar("View", bound=Callable[..., Any])
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


def keeps_words(view: View) -> View:
    """Mark a view that, when the token has expired, shows its form again instead of an error page;
    its form refuses to validate (`UrpForm.validate`), so nothing is stored."""
    view.keeps_words = True  # type: ignore[attr-defined]
    return view


def comes_from_us() -> bool:
    """Whether one of our own pages sent this form: the browser says so or, where it does not say, our token does.

    For what would be shown again although nothing was stored: another site must not put words on our pages.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    with suppress(ValidationError):
        validate_csrf(request.form.get("csrf_token"))
        return True
    return request.headers.get("Origin") == request.host_url.rstrip("/")


def init_app(app: Flask) -> None:
    """Check every unsafe request before its view runs."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    csrf.init_app(app)
    app.before_request(_check)


def _check() -> None:
    if request.method in SAFE or request.routing_exception is not None:
        return  # no view will run: «not found» and «not like this» are the honest answers
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    try:
        csrf.protect()
    except CSRFError:
        view = current_app.view_functions.get(request.endpoint or "")
        if not getattr(view, "keeps_words", False):
            raise
        g.csrf_expired = True
