"""Access marks: every view says who may open it, or the program does not start."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view that anybody may open, without an account."""
    view.urp_access = "public"  # type: ignore[attr-defined]
    return view


def unmarked_views(app: Flask) -> list[str]:
    """Endpoints whose view forgot its access mark; `create_app` refuses to start with any."""
    return sorted(name for name, view in app.view_functions.items() if not hasattr(view, "urp_access"))
