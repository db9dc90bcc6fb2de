"""The institution in the frame of every page, in the visitor's language."""

from typing import Any

from flask import Flask, g
from flask_babel import get_locale
from werkzeug.local import LocalProxy

from urp.offices import queries as offices
from urp.offices.institution import Institution, Texts


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
    app.jinja_env.globals["institution"] = LocalProxy(_institution)


def _institution() -> SpokenInstitution:
    language = str(get_locale() or "it")
    known: SpokenInstitution | None = g.get("institution")
    if known is None or known.language != language:
        known = g.institution = SpokenInstitution(offices.institution(), language)
    return known
