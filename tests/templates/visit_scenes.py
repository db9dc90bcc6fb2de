"""The pages of a booking on paper: a week of times, a hold, a visit with everything it can have."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Thing
from typing import Any

from wtforms import BooleanField, Form, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


class ReasonForm(Form):
    """Step 1 as the page sees it."""

    topic = SelectField("Di che cosa vuoi parlare?", choices=[SelectChoice("ambiente", "Ambiente")])
    details = TextAreaField("Dettagli")
    start = RadioField("Giorno e ora", choices=[], validate_choice=False)
    needs = SelectMultipleField("Di che cosa hai bisogno allo sportello?", choices=[SelectChoice("lis", "LIS")])


class PersonForm(ReasonForm):
    """Step 2 as the page sees it."""

    given_name = StringField("Nome")
    family_name = StringField("Cognome")
    email = StringField("E-mail")
    phone = StringField("Telefono")
    privacy = BooleanField("Ho letto l’informativa sulla privacy")


def times() -> Thing:
    """A week in which a day has times, one is full, one is for the phone, one is a holiday."""
    monday = date(2026, 11, 23)
    full = {"starts": (), "late": False, "closed": None}
    return Thing(
        week=Thing(label="2026-W48"),
        title="23–27 novembre 2026",
        days=(
            Thing(day=monday + timedelta(1), **{**full, "starts": (START, START + HALF_HOUR)}),
            Thing(day=monday + timedelta(2), **full),
            Thing(day=monday + timedelta(3), **{**full, "late": True}),
            Thing(day=monday + timedelta(4), **{**full, "closed": "Sant’Ambrogio"}),
        ),
        before="2026-W47",
        after="2026-W49",
        top=Thing(kind="nearest", starts=(START,)),
        elsewhere=True,
        has_tiles=True,
    )


def visit(**more: Any) -> Thing:
    """A confirmed visit."""
    values = {"starts_at": START, "state": "confirmed", "opened_case": True, "coming_at": START, "needs": ("lis",)}
    return Thing(**{**values, "ends_at": START + HALF_HOUR, "expires_at": START, **more})


def on_case() -> dict[str, Any]:
    """What a visit adds to the page of its case."""
    return {
        "visit": visit(),
        "visit_notice": "Abbiamo spostato il tuo appuntamento.",
        "visit_notice_kind": "success",
        "visit_needs": ["Mi serve un interprete LIS"],
        "can_change": True,
        "can_book": True,
        "perhaps_not_needed": True,
        "asks_coming": True,
        "offer": Thing(id=7, starts_at=START, expires_at=START),
        "waits": Thing(id=1),
    }


def visit_scenes(case: Thing) -> dict[str, dict[str, Any]]:
    """For each page of a booking a context in which everything it can show is there."""
    reason = ReasonForm(data={"topic": "ambiente"})
    reason.start.errors = ["Un’altra persona ha appena preso questo orario."]
    choosing = {"form": reason, "times": times(), "chosen": START, "minutes": 30, "hold_minutes": 15}
    row = {
        "label": "Giorno e ora",
        "value": "Martedì 24 novembre",
        "href": "/appuntamenti/nuovo",
        "hidden": "il giorno",
    }
    of_case = {"case": case, "visit": visit(), "nav": "follow"}
    return {
        "appointments/reason.html": {**choosing, "notice": "Puoi farne una nuova.", "nav": "appointment"},
        "appointments/person.html": {"form": PersonForm(), "held": visit(), "waiting": False, "nav": "appointment"},
        "appointments/summary.html": {
            "groups": [{"title": "La visita", "rows": [row]}],
            "waiting": False,
            "held": visit(),
            "email": "giulia@gmial.example",
            "typo": "giulia@gmail.example",
            "certified_hint": True,
            "idempotency_key": "k",
            "digest": "d",
            "nav": "appointment",
        },
        "appointments/book.html": {**choosing, **of_case},
        "appointments/move.html": {**choosing, **of_case},
        "appointments/cancel.html": {**of_case, "again": True},
    }
