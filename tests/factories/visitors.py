"""Citizens who book a visit: Giulia at the counter, through the same pages as anybody."""

import re
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories.citizens import hidden

STEP_1 = "/appuntamenti/nuovo"
STEP_2 = "/appuntamenti/nuovo/recapiti"
STEP_3 = "/appuntamenti/nuovo/riepilogo"

REASON = {"topic": "ambiente", "details": "Porto le carte del pozzo."}
PERSON = {
    "given_name": "Giulia",
    "family_name": "Bianchi",
    "email": "giulia.bianchi@posta.example",
    "phone": "",
    "privacy": "y",
}


def tiles(page: str) -> list[str]:
    """The times to choose on a page, in the order of the page."""
    return re.findall(r'<input type="radio" id="start-\d+" name="start" value="([^"]+)"', page)


def near_times(page: str) -> list[str]:
    """The times above the week."""
    found = re.search(r'<fieldset class="urp-day is-first">.*?</fieldset>', page, re.DOTALL)
    return tiles(found[0]) if found else []


def chosen_tile(page: str) -> str | None:
    """The time that is ticked."""
    found = re.search(r'name="start" value="([^"]+)" checked', page)
    return found[1] if found else None


@dataclass
class Visitor:
    """Somebody with a browser who books a visit."""

    browser: FlaskClient
    reason: dict[str, Any] = field(default_factory=lambda: dict(REASON))
    person: dict[str, Any] = field(default_factory=lambda: dict(PERSON))

    def post(self, url: str, data: dict[str, Any], *, page: str = STEP_1) -> TestResponse:
        """Send a form with a token of this browser."""
        token = hidden(self.browser.get(page).text, "csrf_token")
        return self.browser.post(url, data={"csrf_token": token, **data})

    def times(self, url: str = STEP_1) -> list[str]:
        """What can be chosen now."""
        return tiles(self.browser.get(url).text)

    def choose(self, start: str | None = None, **changes: Any) -> TestResponse:
        """Step 1 with this time, or the first on the page."""
        start = self.times()[0] if start is None else start
        return self.post(STEP_1, {**self.reason, "start": start, "action": "continue", **changes})

    def tell(self, **changes: Any) -> TestResponse:
        """Step 2."""
        return self.post(STEP_2, {**self.person, "action": "continue", **changes})

    def reach_summary(self, start: str | None = None, **changes: Any) -> str:
        """Steps 1 and 2; returns the page of step 3."""
        assert self.choose(start).status_code == 303
        assert self.tell(**changes).status_code == 303
        answer = self.browser.get(STEP_3)
        assert answer.status_code == 200, answer.location
        return answer.text

    def confirm(self, page: str, **changes: Any) -> TestResponse:
        """Step 3."""
        names = ("csrf_token", "idempotency_key", "digest")
        form = {name: hidden(page, name) for name in names}
        return self.browser.post(STEP_3, data={**form, "action": "send", **changes})

    def book(self, start: str | None = None, **changes: Any) -> str:
        """All three steps; returns the code of the case."""
        answer = self.confirm(self.reach_summary(start, **changes))
        assert answer.status_code == 303, answer.text
        return answer.location.rpartition("/")[2]
