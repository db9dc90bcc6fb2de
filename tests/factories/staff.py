"""People who work at the URP, with a pass for the day: Anna Verdi at the counter."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories.citizens import Citizen
from urp.foundation.clock import now
from urp.foundation.db import transaction
from urp.operators import passes
from urp.operators.passes import Made
from urp.operators.roles import Role

DOOR = "/operatori/accesso"
ANNA = "Anna Verdi"


@dataclass
class Clerk:
    """Somebody at work in a browser of their own."""

    browser: FlaskClient
    made: Made

    @property
    def actor(self) -> str:
        """How timelines call them."""
        return f"operator:{self.made.id}"

    def post(self, url: str, data: dict[str, object], *, page: str | None = None, **more: object) -> TestResponse:
        """Send a form with the token of the page it stands on."""
        return Citizen(self.browser).post(url, data, page=page, **more)


def pass_for(app: Flask, *roles: str, name: str = ANNA, hours: float = 12) -> Made:
    """A fresh pass, as the command makes it."""
    with app.app_context(), transaction():
        return passes.make(
            name, {Role(one) for one in roles or ("operator",)}, lasting=timedelta(hours=hours), at=now()
        )


def revoke(app: Flask, made: Made) -> None:
    """End a pass."""
    with app.app_context(), transaction():
        passes.revoke(made.id, at=now())


def at_work(app: Flask, *roles: str, browser: FlaskClient | None = None) -> Clerk:
    """Somebody with these roles who has just come in through the door."""
    clerk = Clerk(browser or app.test_client(), pass_for(app, *roles))
    answer = clerk.post(DOOR, {"secret": clerk.made.secret})
    assert answer.status_code == 303, answer.text
    return clerk
