"""Citizens who ask: Giulia with her pothole, through the same pages as anybody."""

import re
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

STEP_1 = "/richieste/nuova"
STEP_2 = "/richieste/nuova/recapiti"
STEP_3 = "/richieste/nuova/riepilogo"

QUESTION = {
    "topic": "strade",
    "subject": "Buca sulla SP 103 a Cernusco",
    "body": "Da due settimane c’è una buca profonda all’altezza del civico 40. Chi la ripara e quando?",
}
CONTACTS = {
    "given_name": "Giulia",
    "family_name": "Bianchi",
    "email": "giulia.bianchi@posta.example",
    "phone": "",
    "reply_by": "peo",
    "privacy": "y",
}


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    assert found, f"no hidden field {name} on the page"
    return found[1]


@dataclass
class Citizen:
    """Somebody with a browser, who fills in the form."""

    browser: FlaskClient
    question: dict[str, object] = field(default_factory=lambda: dict(QUESTION))
    contacts: dict[str, object] = field(default_factory=lambda: dict(CONTACTS))

    def post(self, url: str, data: dict[str, object], *, page: str | None = None, **more: object) -> TestResponse:
        """Send a form with the token of the page it stands on."""
        token = hidden(self.browser.get(page or url).text, "csrf_token")
        return self.browser.post(url, data={"csrf_token": token, **data}, **more)

    def ask(self, **changes: object) -> TestResponse:
        """Step 1."""
        return self.post(STEP_1, {**self.question, "action": "continue", **changes})

    def tell_contacts(self, **changes: object) -> TestResponse:
        """Step 2."""
        return self.post(STEP_2, {**self.contacts, "action": "continue", **changes})

    def upload(self, *files: FileStorage, **changes: object) -> TestResponse:
        """Step 1, button «Carica»."""
        return self.post(STEP_1, {**self.question, **changes, "action": "upload", "attachments": list(files)})

    def reach_summary(self) -> str:
        """Steps 1 and 2; returns the page of step 3."""
        assert self.ask().status_code == 303
        assert self.tell_contacts().status_code == 303
        answer = self.browser.get(STEP_3)
        assert answer.status_code == 200, answer.status
        return answer.text

    def send(self, page: str | None = None, **changes: object) -> TestResponse:
        """Step 3, button «Invia la domanda»."""
        page = page or self.reach_summary()
        names = ("csrf_token", "idempotency_key", "digest")
        return self.browser.post(
            STEP_3, data={**{name: hidden(page, name) for name in names}, "action": "send", **changes}
        )

    def send_question(self) -> str:
        """All three steps; returns the code of the case."""
        answer = self.send()
        assert answer.status_code == 303, answer.text
        return answer.location.rpartition("/")[2]
