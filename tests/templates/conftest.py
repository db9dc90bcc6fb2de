"""A small office on paper: every page and letter can be drawn without database, queue or network."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

import pytest
from flask import Flask, render_template, render_template_string
from flask_babel import Babel
from wtforms import (
    BooleanField,
    Form,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice

from tests.templates.desk_scenes import desk_scenes
from tests.templates.hours_scenes import hours_scenes
from tests.templates.html_tree import Element, parse
from tests.templates.visit_scenes import on_case, visit_scenes
from urp.cases.delivery_story import Step
from urp.web.filters import FILTERS

ROOT = Path(__file__).resolve().parent.parent.parent
RECEIVED = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)
TAKEN = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
PROMISED = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
VISIT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
VISIT_LETTERS = ("confirmed", "moved", "cancelled", "reminder", "offer", "waiting", "not_needed")

INSTITUTION = Thing(
    name="Città metropolitana di Milano",
    urp_name="Ufficio Relazioni con il Pubblico",
    service_name="Chiedilo all’URP",
    promise=Thing(working_days=3, open_hours=None),
    street="via Vivaio 1",
    postcode="20122",
    city="Milano",
    phone="800.88.33.11",
    phone_tel="800883311",
    phone_label="Numero Verde",
    phone_note="gratuito da tutta Italia",
    email="urp@cittametropolitana.example",
    pec="urp@pec.cittametropolitana.example",
    dpo_email="dpo@cittametropolitana.example",
    site_url="https://www.cittametropolitana.example",
    accessibility_url="https://form.agid.gov.it/view/esempio",
    transparency_url="https://www.cittametropolitana.example/trasparenza",
    how_to_get_there="Lo sportello è in via Vivaio 1, a Milano.",
    signature="Gli operatori dell’URP",
    home_lead="Fai una domanda o prenota un appuntamento. Non serve registrarsi.",
    what_to_bring="Porta un documento e le carte che riguardano la tua domanda.",
    first_reading="Un operatore legge la domanda entro 1 giorno lavorativo.",
    limits=Thing(max_files=5, max_file_mb=10, max_total_mb=20),
    remedy="Se non rispondiamo in tempo, puoi scrivere al Difensore regionale. È gratis.",
)
FRAME: dict[str, Any] = {
    "institution": INSTITUTION,
    "phone_status": Thing(open=True, text="Aperto ora, fino alle 12.00"),
    "phone_hours": [("dal lunedì al giovedì", "10.00–12.00 e 14.00–16.00"), ("venerdì", "10.00–12.00")],
    "counter_hours": [("martedì e giovedì", "solo su appuntamento")],
    "counter_by_appointment": True,
    "lingua": "it",
    "lang_url": lambda language: f"/?lingua={language}",
    "nav": "question",
}
TOPICS = [
    Thing(slug="strade", title="Strade provinciali", example="Buche, cantieri, segnaletica, illuminazione"),
    Thing(slug="scuole", title="Edifici delle scuole superiori", example="Riscaldamento, palestre, lavori"),
    Thing(slug="ambiente", title="Ambiente", example="Acque, rifiuti, autorizzazioni"),
    Thing(slug="relazioni", title="Relazioni con il pubblico", example="Tutto quello che non trovi qui"),
    Thing(slug="non-lo-so", title="Non lo so", example="Ti indirizziamo noi all’ufficio giusto"),
]


class QuestionForm(Form):
    """Step 1 as the page sees it."""

    topic = RadioField("Di che cosa hai bisogno?", choices=[SelectChoice(topic.slug, topic.title) for topic in TOPICS])
    subject = StringField("In poche parole, di che cosa si tratta?")
    body = TextAreaField("Scrivi la tua domanda")
    attachments = MultipleFileField("Allegati")


class RoadForm(Form):
    """The fields that one topic asks for itself."""

    road = StringField("Strada e chilometro", description="Per esempio: SP 103, chilometro 12")
    side = SelectField("Direzione", choices=["Milano", "Cernusco"])


class ContactsForm(Form):
    """Step 2 as the page sees it."""

    given_name = StringField("Nome")
    family_name = StringField("Cognome")
    email = StringField("E-mail")
    phone = StringField("Telefono")
    reply_by = RadioField(
        "Come vuoi ricevere la risposta?",
        choices=[
            SelectChoice("peo", "Per e-mail"),
            SelectChoice("pec", "Per PEC"),
            SelectChoice("phone", "Per telefono"),
        ],
    )
    privacy = BooleanField("Ho letto l’informativa sulla privacy")


class OneFieldForm(Form):
    """The small forms: a code, an address, a message, what the last step carries along."""

    code = StringField("Codice della richiesta")
    email = StringField("E-mail usata nella richiesta")
    body = TextAreaField("Aggiungi un’informazione")


def with_error(form: Form, **errors: str) -> Form:
    """The same form after a failed check."""
    for name, words in errors.items():
        form[name].errors = [words]
    return form


def case(**more: Any) -> Thing:
    """Giulia Bianchi's hole in the road."""
    values: dict[str, Any] = {
        "code": "URP-7M3-T2C",
        "subject": "Buca sulla strada provinciale 103 a Cernusco",
        "state": "forwarded",
        "channel": "web",
        "presented_at": RECEIVED,
        "promised_at": PROMISED,
        "term_on": date(2026, 12, 23),
        "office_name": "Settore Strade e viabilità",
        "topic_title": "Strade provinciali",
        "applicant": Thing(full_name="Giulia Bianchi", email="giulia@posta.example"),
    }
    return Thing(**{**values, **more})


def scenes() -> dict[str, dict[str, Any]]:
    """For each page and letter a context in which everything it can show is there."""
    contact = Thing(
        given_name="Giulia", family_name="Bianchi", email="giulia@posta.example", phone=None, reply_by="peo"
    )
    answer = Thing(
        slug="atti",
        question="Come chiedo l’accesso agli atti?",
        topic="Atti",
        answer="Scrivi quale atto ti serve e perché.\nTi rispondiamo entro 30 giorni.",
    )
    files = [{"id": 7, "filename": "buca.jpg", "size": 1_240_000, "url": "/r/URP-7M3-T2C/allegati/7"}]
    letter = {
        "case": case(),
        "contact": contact,
        "promised_at": PROMISED,
        "formal": False,
        "link": "https://urp.cittametropolitana.example/l/abc",
        "question_subject": case().subject,
        "body": "C’è una buca profonda al chilometro 12.",
        "files": files,
        "left_behind": True,
        "extras": [("Strada", "SP 103")],
    }
    visit_letter = {
        **letter,
        "visit": Thing(starts_at=VISIT, ends_at=VISIT + timedelta(minutes=30)),
        "offer": Thing(starts_at=VISIT, expires_at=RECEIVED + timedelta(hours=2)),
        "topic_title": "Strade provinciali",
        "needs": ["Mi serve un interprete LIS (lingua dei segni)"],
        "by_office": True,
        "was": VISIT - timedelta(days=7),
        "why_closed": "assemblea del personale",
        "tomorrow": True,
        "last": True,
    }
    row = {
        "label": "Argomento",
        "value": "Strade provinciali",
        "href": "/richieste/nuova",
        "hidden": "l’argomento",
    }
    asked = QuestionForm(data={"topic": "strade", "subject": "Buca", "body": "C’è una buca."})
    person = ContactsForm(data={"given_name": "Giulia", "email": "giulia@gmial.example", "reply_by": "peo"})
    return {
        "home.html": {"faq_top": [answer], "topics": TOPICS, "nav": None},
        **hours_scenes(FRAME),
        "faq.html": {"query": "atti", "answers": [answer], "nav": "faq"},
        "privacy.html": {
            "retention": [
                Thing(title="Domande", title_en="Questions", months=24, permanent=False),
                Thing(title="Protocollo", title_en="", months=None, permanent=True),
            ]
        },
        "legal_notes.html": {},
        **visit_scenes(case()),
        "inquiries/question.html": {
            "form": asked,
            "own_fields": {"strade": list(RoadForm())},
            "uploaded": files,
            "examples": {topic.slug: topic.example for topic in TOPICS},
            "limits": Thing(max_files=5, max_file_mb=10),
        },
        "inquiries/contacts.html": {
            "form": with_error(
                person,
                email="Scrivi l’indirizzo e-mail nel formato corretto",
                reply_by="Scegli come vuoi ricevere la risposta",
                privacy="Conferma di aver letto l’informativa sulla privacy",
            ),
            "typo": "giulia@gmail.example",
            "certified_hint": True,
        },
        "inquiries/summary.html": {
            "groups": [
                {
                    "title": "La tua domanda",
                    "rows": [row, {**row, "label": "Allegati", "value": ["buca.jpg"]}],
                },
                {"title": "I tuoi recapiti", "rows": [{**row, "label": "Telefono", "value": ""}]},
            ],
            "typo": "giulia@gmail.example",
            "certified_hint": True,
            "idempotency_key": "k",
            "digest": "d",
            "promised_at": PROMISED,
            "notice": "Controlla di nuovo.",
        },
        "inquiries/save_draft.html": {"form": OneFieldForm()},
        "inquiries/draft_saved.html": {},
        "inquiries/resume.html": {},
        "errors/429.html": {"wait_minutes": 12, "back_url": "/richieste/nuova"},
        "cases/case.html": {
            **on_case(),
            "case": case(),
            "just_sent": True,
            "can_write": True,
            "can_withdraw": True,
            "can_rate": True,
            "form": OneFieldForm(),
            "idempotency_key": "k",
            "nav": "follow",
            "milestones": [
                {"key": "received", "at": RECEIVED, "state": "done"},
                {"key": "taken", "at": TAKEN, "state": "done"},
                {
                    "key": "forwarded",
                    "at": TAKEN,
                    "state": "current",
                    "office_name": "Settore Strade e viabilità",
                },
                {"key": "answered", "at": None, "state": "future"},
            ],
            "messages": [
                {
                    "author": "citizen",
                    "at": RECEIVED,
                    "channel": "pec",
                    "body": "C’è una buca.\nChi la ripara?",
                    "attachments": files,
                    "extras": [("Strada", "SP 103")],
                },
                {
                    "author": "office",
                    "at": TAKEN,
                    "body": "Buongiorno, la segnalazione è arrivata.",
                    "attachments": [],
                },
            ],
            "deliveries": [
                Thing(
                    kind="receipt",
                    recipient_masked="g•••@posta.example",
                    steps=(Step("sent", RECEIVED),),
                    receipts=(),
                ),
                Thing(
                    kind="office_message",
                    recipient_masked=None,
                    steps=(Step("sent", RECEIVED), Step("accepted"), Step("delivered", TAKEN, since=RECEIVED)),
                    receipts=(
                        Thing(id=3, receipt="accettazione", kind="accepted"),
                        Thing(id=4, receipt="avvenuta_consegna", kind="delivered"),
                    ),
                ),
                Thing(
                    kind="citizen_message",
                    recipient_masked=None,
                    steps=(Step("failed", cause="mailbox_full"), Step("cared_for")),
                    receipts=(),
                ),
            ],
        },
        **desk_scenes(case()),
        "cases/withdraw.html": {**on_case(), "case": case(), "again": True, "nav": "follow"},
        "cases/follow.html": {"form": OneFieldForm(), "nav": "follow"},
        "cases/follow_sent.html": {"nav": "follow"},
        "cases/open_link.html": {},
        "cases/link_expired.html": {},
        "cases/receipt.html": {**on_case(), "case": case()},
        **{f"errors/{code}.html": {} for code in (400, 403, 404, 405, 413, 500, 503)},
        **{
            f"inquiries/mail/{name}": letter
            for name in (
                "receipt.txt",
                "receipt.html",
                "office_message.txt",
                "citizen_message.txt",
                "withdrawal.txt",
            )
        },
        **{f"appointments/mail/{name}.{kind}": visit_letter for name in VISIT_LETTERS for kind in ("txt", "html")},
        "appointments/mail/invitation.txt": visit_letter,
        "cases/mail/link.txt": letter,
        "cases/mail/link.html": letter,
        "web/mail/draft.txt": letter,
        "web/mail/draft.html": letter,
    }


def paper_app() -> Flask:
    """An application that owns the templates and nothing else."""
    app = Flask("paper", template_folder=str(ROOT / "templates"), static_folder=None)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    Babel(app, default_locale="it", default_timezone="Europe/Rome")
    app.jinja_env.filters.update(FILTERS, promise_words=FILTERS["day_words"])
    shown_everywhere = {name: FRAME[name] for name in FRAME if name.startswith(("institution", "phone", "counter"))}
    app.jinja_env.globals.update(
        shown_everywhere,
        asset=lambda path: f"/static/{path}",
        csrf_token=lambda: "token",
        frame=lambda piece, *nav: getattr(app.jinja_env.get_template("macros/frame.html").module, piece)(*nav),
    )
    return app


@pytest.fixture(scope="session")
def paper() -> Flask:
    """The application without an office behind it."""
    return paper_app()


@pytest.fixture
def render(paper: Flask) -> Callable[..., str]:
    """Draw a template in its scene; keyword arguments change the scene."""

    def draw(template: str, **more: Any) -> str:
        with paper.test_request_context("/"):
            return render_template(template, **{**FRAME, **scenes()[template], **more})

    return draw


@pytest.fixture
def drawn(render: Callable[..., str]) -> Callable[..., Element]:
    """Draw a template and read it back as a tree."""
    return lambda template, **more: parse(render(template, **more))


@pytest.fixture
def macro(paper: Flask) -> Callable[..., Element]:
    """Draw one component of `macros/ui.html` and read it back as a tree."""

    def draw(source: str, **values: Any) -> Element:
        with paper.test_request_context("/"):
            head = '{% import "macros/ui.html" as ui with context %}'
            return parse(render_template_string(head + source, **{**FRAME, **values}))

    return draw


@pytest.fixture
def contacts_form() -> type[Form]:
    """The form of step 2."""
    return ContactsForm


@pytest.fixture
def question_form() -> type[Form]:
    """The form of step 1."""
    return QuestionForm


@pytest.fixture
def every_scene() -> dict[str, dict[str, Any]]:
    """All pages and letters with what they show."""
    return scenes()
