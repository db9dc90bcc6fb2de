"""Every view says who may open it, and no forged POST changes a row."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.factories.citizens import CONTACTS, QUESTION, STEP_1, STEP_3, Citizen, hidden
from tests.factories.staff import at_work
from tests.factories.visitors import STEP_1 as BOOKING
from tests.factories.visitors import tiles
from urp.foundation.db import Base, db, transaction
from urp.operators.access import PUBLIC, public, unmarked_views
from urp.operators.roles import Role
from urp.web import drafts, language
from urp.web.csrf import keeps_words
from urp.web.models import Draft

REFUSED = (400, 403)


def posts(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]


def everything_stored(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    with app.app_context():
        rows = {table.name: db.session.execute(select(table)).all() for table in Base.metadata.sorted_tables}
        return {name: sorted(map(tuple, found), key=repr) for name, found in rows.items()}


class Visitor:
    """Somebody with a case, a saved draft and a summary on the screen, and somebody at work: every form is within
    reach."""

    def __init__(self, app: Flask) -> None:
        self.app, self.clerk = app, at_work(app, *Role)
        self.citizen = Citizen(app.test_client())
        self.code = self.citizen.send_question()
        self.summary = self.citizen.reach_summary()
        self.token = _resume_token(app)

    def post(self, rule: Rule, **more: Any) -> TestResponse:
        """Send a complete form to a door, with whatever token it is given."""
        names = ("idempotency_key", "digest")
        form = {
            **QUESTION,
            **CONTACTS,
            **{name: hidden(self.summary, name) for name in names},
            "code": self.code,
            "secret": self.clerk.made.secret,
            "outcome": "missed",
            "action": "send" if rule.rule == STEP_3 else "continue",
            **({"topic": "ambiente", "start": self._free_time()} if rule.rule == BOOKING else {}),
        }
        values = {"code": self.code, "token": self.token, "appointment_id": 999}
        url = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
        assert url is not None
        return self._browser(rule).post(url[1], data={**form, **more.pop("data", {})}, **more)

    def csrf_token(self, rule: Rule) -> str:
        """The token of the page on the screen of whoever may open this door."""
        return hidden(self._browser(rule).get("/operatori/accesso", follow_redirects=True).text, "csrf_token")

    def _free_time(self) -> str:
        return tiles(self.citizen.browser.get(BOOKING).text)[0]

    def _browser(self, rule: Rule) -> FlaskClient:
        """That of the clerk for the doors of the office, else that of the citizen."""
        for_staff = self.app.view_functions[rule.endpoint].urp_access != PUBLIC
        return self.clerk.browser if for_staff else self.citizen.browser


def _resume_token(app: Flask) -> str:
    with app.app_context(), transaction():
        draft = db.session.scalars(select(Draft.id).order_by(Draft.id.desc())).first()
        assert draft is not None
        return drafts.resume_token(draft)


def faults(app: Flask, visitor: Visitor, rules: list[Rule]) -> Iterator[str]:
    """The doors that let a POST without a token, with a wrong one or from another site do something."""
    for rule in rules:
        forged: dict[str, dict[str, Any]] = {
            "no token": {},
            "a wrong token": {"data": {"csrf_token": "made up"}},
            "another site": {
                "data": {"csrf_token": visitor.csrf_token(rule)},
                "headers": {"Sec-Fetch-Site": "cross-site"},
            },
        }
        for what, request in forged.items():
            before = everything_stored(app)
            status = visitor.post(rule, **request).status_code
            if status not in REFUSED:
                yield f"{rule.rule} answers {status} to {what}"
            if everything_stored(app) != before:
                yield f"{rule.rule} stores something for {what}"


def test_no_forged_post_is_answered_or_changes_a_row(app: Flask) -> None:
    assert len(posts(app)) >= 9
    assert list(faults(app, Visitor(app), posts(app))) == []


def test_the_same_posts_with_their_token_are_welcome(app: Flask) -> None:
    answers = {}
    for rule in posts(app):
        visitor = Visitor(app)
        answers[rule.rule] = visitor.post(rule, data={"csrf_token": visitor.csrf_token(rule)}).status_code

    missing = {rule: answers.pop(rule) for rule in list(answers) if rule == "/l/<token>" or "appointment_id" in rule}
    assert {rule: code for rule, code in answers.items() if code not in (200, 303)} == {}
    assert set(missing.values()) == {404}  # a draft's token opens no case, and nobody has booked


def test_a_view_that_keeps_words_and_forgets_to_check_would_be_told(app: Flask) -> None:
    @public
    @keeps_words
    def careless() -> str:
        with transaction():
            drafts.save("question", None, {"subject": "forged"})
        return "done"

    app.add_url_rule("/careless", "careless", careless, methods=["POST"])
    (rule,) = [rule for rule in posts(app) if rule.rule == "/careless"]

    assert list(faults(app, Visitor(app), [rule])) == [
        "/careless answers 200 to no token",
        "/careless stores something for no token",
        "/careless answers 200 to a wrong token",
        "/careless stores something for a wrong token",
    ]


def test_every_view_says_who_may_open_it(program: Flask) -> None:
    assert len(program.view_functions) > 20
    assert unmarked_views(program) == []


def test_a_view_without_a_mark_would_be_told() -> None:
    app = Flask("marks")
    room = Blueprint("room", __name__)
    room.add_url_rule("/open", "open", public(lambda: "open"))
    room.add_url_rule("/forgotten", "forgotten", lambda: "forgotten")
    app.register_blueprint(room)

    assert "room.forgotten" in unmarked_views(app)
    assert "room.open" not in unmarked_views(app)


def test_every_get_of_a_secret_link_is_inert(app: Flask) -> None:
    visitor = Visitor(app)
    before = everything_stored(app)

    for url in (f"/l/{visitor.token}", f"/richieste/nuova/riprendi/{visitor.token}", f"/r/{visitor.code}/ritira"):
        assert visitor.citizen.browser.get(url).status_code == 200

    assert everything_stored(app) == before


@pytest.mark.parametrize("wanted", language.LANGUAGES)
def test_the_form_shown_again_keeps_every_word(app: Flask, wanted: str) -> None:
    browser = app.test_client()
    browser.get(f"{STEP_1}?lingua={wanted}")

    answer = browser.post(STEP_1, data={**QUESTION, "action": "continue"})

    assert answer.status_code == 400
    assert QUESTION["body"] in answer.text
    assert QUESTION["subject"] in answer.text
