"""The pages of those who work here, with everything they can show."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Thing
from typing import Any

from wtforms import Form, PasswordField, TextAreaField

TEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
ANNA = Thing(id=1, name="Anna Verdi", roles={"operator"})


class PassForm(Form):
    """The door."""

    secret = PasswordField("Il tuo lasciapassare")


class AnswerForm(Form):
    """The sheet for the answer."""

    body = TextAreaField("Scrivi la risposta")


def line(number: int, state: str, *, phone: str | None = "+393331234567", **more: Any) -> Thing:
    """A visit on the day sheet."""
    visit = Thing(
        id=number,
        code=f"URP-7M3-T2{number}",
        subject="Appuntamento: Strade",
        state=state,
        desk=number,
        starts_at=TEN + number * HALF_HOUR,
        ends_at=TEN + (number + 1) * HALF_HOUR,
        coming_at=TEN,
        applicant=Thing(full_name="Giulia Bianchi", phone=phone, email="giulia@posta.example"),
    )
    marked = state in ("attended", "missed")
    return Thing(**{"visit": visit, "topic": "Strade", "needs": (), "can_mark": True, "is_marked": marked, **more})


def desk_scenes(case: Thing) -> dict[str, dict[str, Any]]:
    """For each page a context in which everything it can show is there."""
    message = {"at": TEN, "body": "C’è una buca.", "extras": [("Strada", "SP 103")]}
    file = {"filename": "buca.jpg", "size": 1_240_000, "url": "/r/URP-7M3-T2C/allegati/7"}
    person = Thing(full_name="Giulia Bianchi", email=None, phone="+393331234567", reply_by="phone")
    return {
        "operators/sign_in.html": {
            "form": PassForm(),
            "onward": "/desk/appuntamenti",
            "words": "Buongiorno",
            "left": True,
        },
        "operators/no_entry.html": {"staff": ANNA},
        "appointments/desk/day.html": {
            "staff": ANNA,
            "nav": "day",
            "problem": "Premi di nuovo il pulsante.",
            "desks": 2,
            "printed_at": TEN,
            "day": Thing(
                day=date(2026, 11, 24),
                intervals=(),
                reason="assemblea del personale",
                before=Thing(day=date(2026, 11, 19), words="giovedì 19 novembre"),
                after=Thing(day=date(2026, 11, 26), words="giovedì 26 novembre"),
                is_today=True,
            ),
            "visits": [
                line(1, "attended"),
                line(2, "missed", phone=None),
                line(3, "confirmed", needs=("Mi serve un interprete LIS",), topic=None),
            ],
            "to_mark": [line(6, "confirmed")],
            "marked": Thing(id=4, starts_at=TEN, how="called"),
            "to_call": [line(4, "confirmed"), line(5, "cancelled")],
            "outcomes": [
                ("Strade", Thing(total=3, attended=2, missed=1)),
                (None, Thing(total=1, attended=1, missed=0)),
            ],
        },
        "inquiries/desk/answer.html": {
            "staff": ANNA,
            "case": Thing(**{**vars(case), "applicant": person}),
            "form": AnswerForm(),
            "sent": True,
            "can_answer": True,
            "idempotency_key": "k",
            "messages": [
                {**message, "author": "citizen", "attachments": [file]},
                {**message, "author": "office", "attachments": []},
            ],
        },
    }
