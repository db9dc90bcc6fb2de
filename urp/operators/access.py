"""Access marks: every view says who may open it, or the program does not start."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from urp.foundation.clock import now
from urp.operators import sign_in
from urp.operators.forms import PassForm
from urp.operators.queries import Staff
from urp.operators.roles import Role
from urp.web.csrf import comes_from_us

log = logging.getLogger(__name__)
HOME = "/desk/appuntamenti"
PUBLIC = "public"
SAFE = ("GET", "HEAD")
View = TypeVar("View", bound=Callable[..., Any])
Answer = Response | tuple[str, int]


def public(view: View) -> View:
    """Mark a view that anybody may open, without an account."""
    view.urp_access = PUBLIC  # type: ignore[attr-defined]
    return view


def requires(*roles: str) -> Callable[[View], View]:
    """Mark a view for people with one of these roles; raises ValueError for a role that does not exist.

    The mark is the lock: `init_app` looks at it before the view, or anything around it, runs.
    """
    wanted = frozenset(map(Role, roles))
    if not wanted:
        raise ValueError("a view for nobody")

    def mark(view: View) -> View:
        view.urp_access = wanted  # type: ignore[attr-defined]
        return view

    return mark


def unmarked_views(app: Flask) -> list[str]:
    """Endpoints whose view forgot its access mark; `create_app` refuses to start with any."""
    return sorted(name for name, view in app.view_functions.items() if not hasattr(view, "urp_access"))


def init_app(app: Flask) -> None:
    """Look at the mark before every view, and give templates the person at work as `staff`."""
    app.before_request(_ask)
    app.context_processor(lambda: {"staff": g.get("staff")})


def at_work() -> Staff:
    """Who asked for this page; only a view with `@requires` may ask."""
    return cast(Staff, g.staff)


def staff_page(address: str | None) -> str:
    """The address, if it is one of our own pages for staff; otherwise the first of them.

    Nothing else is ever a way on from the sign-in: not another site, not a page that does something by itself.
    """
    text = address or ""
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return HOME  # what browsers may read as the name of another host
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    try:
        endpoint, _values = adapter.match(urlsplit(text).path, method="GET")
    except (HTTPException, ValueError):
        return HOME
    return _path_and_query(text) if _roles(endpoint) else HOME


def _ask() -> Answer | None:
    wanted = _roles(request.endpoint)
    if wanted is None or request.routing_exception is not None:
        return None
    person = sign_in.present(now())
    if person is None:
        return _to_the_door()
    g.staff = person
    if person.roles.isdisjoint(wanted):
        log.warning("pass %s may not open %s", person.id, request.endpoint)
        return render_template("operators/no_entry.html"), 403
    return None


def _to_the_door() -> Answer:
    """Ask for the pass, and come back afterwards; words that were being sent stay with who sent them."""
    if request.method in SAFE:
        return redirect(url_for("operators.enter", verso=request.full_path.rstrip("?")), 303)
    words = request.form.get("body") if comes_from_us() else None
    onward = staff_page(request.path if words else _path_and_query(request.referrer or ""))
    return render_template("operators/sign_in.html", form=PassForm(formdata=None), onward=onward, words=words), 403


def _path_and_query(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}".rstrip("?")


def _roles(endpoint: str | None) -> frozenset[Role] | None:
    mark = getattr(current_app.view_functions.get(endpoint or ""), "urp_access", PUBLIC)
    return None if mark == PUBLIC else cast("frozenset[Role]", mark)
