"""A visit of one case: views that are given their case, or send away who has no visit of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response

from urp.cases import queries, secret_link
from urp.cases.forms import LONGEST_MESSAGE
from urp.foundation.errors import NotFound
from urp.foundation.references import normalise_code
from urp.web.forms import tidy

Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
WORDS = "words"
"""Where the session keeps a code and what was typed for it when the visit was over."""


def of_the_case(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Give the view its case in place of `code`, or send who has no visit of it to the entry page."""

    @wraps(view)
    def guarded(code: str, **more: Any) -> Answer:
        known = normalise_code(code)
        if known is None or not secret_link.is_admitted(known):
            return _ask_for_the_link(known)
        case = queries.case_by_code(known)
        if case is None:
            raise NotFound(f"case {known}")
        return view(case, **more)

    return guarded


def _ask_for_the_link(code: str | None) -> Response:
    """The visit is over: say so, and keep what was typed until the case is open again."""
    if code and request.form.get("body"):
        session[WORDS] = (code, (tidy(request.form["body"]) or "")[:LONGEST_MESSAGE])
    session.update(notice="visit-over", asked_code=code)
    return redirect(url_for("cases.follow"), 303)
