"""How a promise is said depends on how the office measures it."""

import json
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from urp.foundation.db import db, transaction
from urp.foundation.versions import bump
from urp.offices.institution import Institution
from urp.offices.models import InstitutionRow
from urp.pages.frame import promise_words

AT = datetime(2026, 12, 10, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("promise", "words"),
    [
        ({"working_days": 3}, "giovedì 10 dicembre 2026"),
        ({"open_hours": 6}, "giovedì 10 dicembre 2026 alle 11.30"),
    ],
)
def test_days_are_promised_as_days_and_hours_with_their_hour(app: Flask, promise: dict, words: str) -> None:
    with app.test_request_context():
        with transaction():
            row = db.session.scalars(select(InstitutionRow)).one()
            document = Institution.model_validate_json(row.document).model_dump(mode="json")
            row.document = Institution.model_validate_json(
                json.dumps({**document, "promise": promise})
            ).model_dump_json()
            bump("offices")

        assert promise_words(AT) == words
