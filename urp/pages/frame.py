"""The institution in the frame of every page, in the visitor's language."""

from datetime import datetime
from typing import Any

from flask import Flask, current_app, g
from flask_babel import get_locale
from markupsafe import Markup
from werkzeug.local import LocalProxy

from urp.foundation.clock import now, to_rome
from urp.foundation.versions import versions
from urp.offices import queries as offices
from urp.offices.institution import Institution, Texts
from urp.web.filters import day_words, moment_words
from urp.web.language import chosen

KEPT_AT_MOST = 200


class SpokenInstitution:
    """The institution in the visitor's language: `institution.name` is already translated."""

    def __init__(self, institution: Institution, language: str) -> None:
        self._institution = institution
        self.language = language

    def __getattr__(self, name: str) -> Any:
        if f"{name}_en" in Institution.model_fields or name in Texts.model_fields:
            return self._institution.text(name, self.language)
        return getattr(self._institution, name)


def init_app(app: Flask) -> None:
    """Give templates the institution, read only by a page that shows it; hours come from their own room."""
    app.jinja_env.globals.update(institution=LocalProxy(_institution), frame=piece)
    app.jinja_env.filters["promise_words"] = promise_words


def promise_words(promised_at: datetime) -> str:
    """A promise in words: the day alone where the office promises days, day and hour where it promises hours."""
    in_hours = offices.institution().promise.open_hours is not None
    return moment_words(promised_at) if in_hours else day_words(promised_at)


def piece(name: str, nav: str = "") -> Markup:
    """A piece of the frame (`top`, `help`, `foot` of `templates/macros/frame.html`), drawn once for each language,
    place, change of office data and change of the phone's state: half of a page's work is its frame."""
    template = current_app.jinja_env.get_template("macros/frame.html")
    said = str(template.globals["phone_status"].text)
    key = (name, nav, chosen(), said, to_rome(now()).date(), *sorted(versions().items()))
    kept: dict[tuple[object, ...], Markup] = current_app.extensions.setdefault("frame_pieces", {})
    if key not in kept:
        if len(kept) >= KEPT_AT_MOST:
            kept.clear()
        draw = getattr(template.module, name)
        kept[key] = Markup(draw() if name == "foot" else draw(nav))  # noqa: S704 - our own template drew it
    return kept[key]


def _institution() -> SpokenInstitution:
    language = str(get_locale() or "it")
    known: SpokenInstitution | None = g.get("institution")
    if known is None or known.language != language:
        known = g.institution = SpokenInstitution(offices.institution(), language)
    return known
