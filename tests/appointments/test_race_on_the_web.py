"""Fifty browsers press «Continua» on one time: one goes on, the others get the page again with three near times."""

import re
from datetime import datetime
from functools import partial

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import book_audit
from tests.factories.busy_counter import figures, places
from tests.factories.citizens import hidden
from tests.factories.crowds import together
from tests.faults.campaign import note
from urp.appointments.slots import nearest, parse_start
from urp.foundation.clock import now
from urp.foundation.db import db
from urp.offices import queries as offices

PEOPLE = 50
STEP_1, STEP_2, STEP_3 = (f"/appuntamenti/nuovo{step}" for step in ("", "/recapiti", "/riepilogo"))
WHO = {"given_name": "Giulia", "family_name": "Bianchi", "phone": "333 123 4567", "privacy": "y", "action": "continue"}


def test_one_browser_goes_on_and_forty_nine_are_shown_the_nearest_times(app: Flask) -> None:
    with app.app_context():
        figures(desks=1, phone_share_percent=0)
        wanted, *others = places(now())
        topic = next(one.slug for one in offices.topics() if one.allows_visit)
    browsers = [app.test_client() for _ in range(PEOPLE)]
    words = [
        {"topic": topic, "details": f"Parole di {number}", "start": wanted.isoformat(), "action": "continue"}
        for number in range(PEOPLE)
    ]
    forms = [{**said, "csrf_token": token_of(browser)} for browser, said in zip(browsers, words, strict=True)]
    pairs = list(zip(browsers, forms, strict=True))
    answers = together(app, [partial(browser.post, STEP_1, data=form) for browser, form in pairs])
    assert sorted(answer.status_code for answer in answers) == [303] + [409] * (PEOPLE - 1)
    for form, answer in zip(forms, answers, strict=True):
        if answer.status_code == 409:
            assert form["details"] in answer.text
            assert re.search(rf'<option selected value="{topic}">', answer.text)
            assert set(tiles(answer)[:3]) == set(nearest(others, wanted))
            assert wanted not in tiles(answer)
    (winner,) = (browser for browser, answer in zip(browsers, answers, strict=True) if answer.status_code == 303)
    assert finish(winner).status_code == 303
    with app.app_context():
        wrong, doubled = book_audit.faults(), book_audit.sold(wanted) - 1
        note("F23 fifty browsers, one time", db.engine.dialect.name, 1, doubled=doubled + len(wrong))
        assert (wrong, doubled) == ([], 0)


def finish(browser: FlaskClient) -> TestResponse:
    """Steps 2 and 3."""
    form = {"csrf_token": hidden(browser.get(STEP_2).text, "csrf_token"), **WHO}
    assert browser.post(STEP_2, data=form).status_code == 303
    page = browser.get(STEP_3).text
    names = ("csrf_token", "idempotency_key", "digest")
    return browser.post(STEP_3, data={**{name: hidden(page, name) for name in names}, "action": "confirm"})


def token_of(browser: FlaskClient) -> str:
    """The token of the form."""
    return hidden(browser.get(STEP_1).text, "csrf_token")


def tiles(page: TestResponse) -> list[datetime]:
    """The times to choose from, in the order of the page."""
    found = re.findall(r'<input[^>]*name="start"[^>]*value="([^"]+)"', page.text)
    return [parse_start(value) for value in found]
