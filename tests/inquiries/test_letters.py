"""The letters of a question: the receipt the law wants, and the copy for the office, to the right mailbox."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories.cases import letters, opened, text_of, view
from tests.factories.citizens import STEP_3, Citizen
from tests.factories.files import WELCOME, multipart, upload
from tests.factories.hours import rome
from urp.cases.add_message import add_message
from urp.cases.withdraw import withdraw
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.foundation.versions import bump
from urp.offices.models import Office
from urp.offices.queries import institution
from urp.outbox.models import MESSAGES

NINE_TWELVE = rome("2026-11-23 09:12")


def test_the_receipt_says_all_that_article_18_bis_asks(app: Flask, ctx: None) -> None:
    code = opened(at=NINE_TWELVE).code

    (receipt,) = letters(app, "receipt")
    words = text_of(receipt)

    assert receipt["Subject"] == f"Abbiamo ricevuto la tua domanda ({code})"
    assert "Ciao Giulia," in words
    for fact in (
        f"Codice: {code}",
        "Presentata: lunedì 23 novembre 2026, ore 9.12",
        "Rispondiamo entro: giovedì 26 novembre 2026",
        "Termine di legge: mercoledì 23 dicembre 2026",
        "Ufficio: Area Infrastrutture",
        "«Buca sulla SP 103 a Cernusco»",
        "articolo 18-bis della legge 241 del 1990",
        institution().phone,
        str(institution().email),
        str(institution().pec),
        institution().street,
    ):
        assert fact in words, fact
    assert re.search(r"http://127\.0\.0\.1:8000/l/[\w-]{43}\n", words)
    assert institution().text("remedy", "it") in words


def test_the_receipt_in_html_says_the_same(app: Flask, ctx: None) -> None:
    code = opened(at=NINE_TWELVE).code

    html = letters(app, "receipt")[0].get_body(("html",)).get_content()

    for fact in (
        code,
        "lunedì 23 novembre 2026, ore 9.12",
        "giovedì 26 novembre 2026",
        "Area Infrastrutture",
        "18-bis",
    ):
        assert fact in html
    assert "<script" not in html
    assert not re.search(r"(src|background)=", html)  # nothing is loaded from anywhere


def test_a_case_without_a_legal_term_does_not_invent_one(app: Flask, ctx: None) -> None:
    opened(topic="ambiente")

    assert "Termine di legge" not in text_of(letters(app, "receipt")[0])


def test_to_a_certified_mailbox_the_receipt_is_formal_and_leaves_by_pec(app: Flask, ctx: None) -> None:
    opened(person={"email": "giulia@pec.posta.example", "reply_by": "pec"})

    (receipt,) = letters(app, "receipt")
    words = text_of(receipt)

    assert receipt["Subject"].startswith("Abbiamo ricevuto la Sua domanda")
    assert "Gentile Giulia Bianchi," in words
    assert "Ciao" not in words
    assert not re.search(r"\b(ti|tua|tuo|hai)\b", words)
    assert str(institution().pec) in receipt["From"]
    assert _mailbox("receipt") == ("pec", "giulia@pec.posta.example")


def test_a_citizen_who_reads_english_gets_english_and_the_office_italian(app: Flask, ctx: None) -> None:
    opened(language="en", at=NINE_TWELVE)

    assert "Metropolitan City of Milan" in text_of(letters(app, "receipt")[0])
    assert "Monday" in text_of(letters(app, "receipt")[0])
    assert "lunedì 23 novembre 2026, ore 9.12" in text_of(letters(app, "office_message")[0])


def test_who_gave_no_address_gets_no_letter_and_the_office_still_does(app: Flask, ctx: None) -> None:
    opened(person={"email": None, "reply_by": "phone"})

    assert letters(app, "receipt") == []
    assert "Vuole la risposta: per telefono" in text_of(letters(app, "office_message")[0])


@pytest.mark.parametrize(
    ("topic", "mailbox", "recipient"),
    [
        ("strade", "peo", "infrastrutture@cittametropolitana.example"),  # the topic wants ordinary mail
        ("trasporti-eccezionali", "pec", "infrastrutture@pec.cittametropolitana.example"),  # the same office by PEC
        ("ambiente", "pec", "ambiente@pec.cittametropolitana.example"),
        ("parco-sud", "pec", "parcosud@pec.cittametropolitana.example"),  # no wish: PEC comes first
        ("lavoro", "peo", "lavoro@cittametropolitana.example"),
    ],
)
def test_the_topic_decides_office_and_mailbox(app: Flask, ctx: None, topic: str, mailbox: str, recipient: str) -> None:
    opened(topic=topic)

    assert _mailbox("office_message") == (mailbox, recipient)
    assert (
        str(getattr(institution(), "pec" if mailbox == "pec" else "email")) in letters(app, "office_message")[0]["From"]
    )


def test_an_office_that_lost_its_pec_is_reached_by_ordinary_mail(app: Flask, ctx: None) -> None:
    with transaction():
        db.session.scalars(select(Office).where(Office.slug == "ambiente")).one().pec_address = None
        bump("offices")
    with app.app_context():
        opened(topic="ambiente")

    assert _mailbox("office_message") == ("peo", "ambiente@cittametropolitana.example")


def test_the_office_reads_everything_it_needs(app: Flask, ctx: None) -> None:
    code = opened(at=NINE_TWELVE).code

    (letter,) = letters(app, "office_message")
    words = text_of(letter)

    assert letter["Subject"] == f"Richiesta {code}: Buca sulla SP 103 a Cernusco"
    for fact in (
        f"Codice: {code}", "Argomento: Strade provinciali", "Presentata: lunedì 23 novembre 2026, ore 9.12",
        "Risposta promessa entro: giovedì 26 novembre 2026", "Termine di legge: mercoledì 23 dicembre 2026", "Giulia Bianchi",
        "E-mail: giulia.bianchi@posta.example", "Telefono: 333 123 4567", "Vuole la risposta: per e-mail",
        "Da due settimane c’è una buca profonda. Chi la ripara?", "In quale punto?: SP 103, civico 40", "ALLEGATI\nNessuno",
    ):  # fmt: skip
        assert fact in words, fact
    assert "/l/" not in words  # the secret link is the citizen's alone
    assert letter["Auto-Submitted"] is None  # a person wrote it: the office may answer


def test_every_kind_of_file_reaches_the_office_byte_for_byte(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    names = ["relazione.pdf", "foto.jpg", "mappa.png", "lettera.odt", "modulo.docx"]
    odd = "perché «no» — è\u00a0qui.pdf"
    large = WELCOME["relazione.pdf"] + bytes(range(256)) * 4000
    citizen.ask()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', client.get("/richieste/nuova").text)[1]
    sent = [(name, WELCOME[name]) for name in names[1:]] + [(odd, large)]
    form = {**citizen.question, "csrf_token": token, "action": "upload", "attachments": [upload(*one) for one in sent]}
    assert client.post("/richieste/nuova", **multipart(form)).status_code == 303
    citizen.tell_contacts()
    assert citizen.send(client.get(STEP_3).text).status_code == 303

    (letter,) = letters(app, "office_message")
    parts = list(letter.iter_attachments())

    assert [part.get_payload(decode=True) for part in parts] == [data for _name, data in sent]
    assert [part.get_filename() for part in parts] == [*names[1:], "perché «no» — è qui.pdf"]
    assert [part.get_content_type() for part in parts][:2] == ["image/jpeg", "image/png"]
    for name in names[1:]:
        assert f"- {name} (" in text_of(letter)


def test_what_follows_reaches_the_same_office(app: Flask, ctx: None) -> None:
    case = opened(topic="ambiente")
    with transaction():
        add_message(case, "È più grande di ieri", at=now())
    with transaction():
        withdraw(view(case.id), at=now())

    (message,), (withdrawal,) = letters(app, "citizen_message"), letters(app, "withdrawal")

    assert "È più grande di ieri" in text_of(message)
    assert case.code in message["Subject"]
    assert case.code in withdrawal["Subject"]
    assert _mailbox("citizen_message") == _mailbox("withdrawal") == ("pec", "ambiente@pec.cittametropolitana.example")


HOSTILE = "{{7*7}} {% raw %} ${jndi} %(code)s <b>&amp;"


def test_what_people_write_is_never_a_program(app: Flask, ctx: None) -> None:
    opened(subject=HOSTILE, body=HOSTILE, person={"given_name": HOSTILE, "family_name": HOSTILE})

    for letter in letters(app):
        assert HOSTILE in text_of(letter)
    html = letters(app, "receipt")[0].get_body(("html",)).get_content()
    assert "{{7*7}}" in html
    assert "49" not in html.partition("{{7*7}}")[2][:30]
    assert "<b>" not in html


def test_no_word_of_a_citizen_adds_a_header(app: Flask, client: FlaskClient) -> None:
    nasty = "Buca\r\nBcc: tutti@posta.example\u2028Cc: altri@posta.example\x85X-Evil: 1\n\n<html>"
    citizen = Citizen(client)
    citizen.question.update(subject=nasty[:120], body=nasty)
    citizen.contacts.update(
        given_name="Giulia\r\nBcc: tutti\u2028Cc: altri\x85X-Evil: 1", family_name="Bianchi\nBcc: tutti"
    )

    assert citizen.send().status_code == 303

    for letter in letters(app):
        assert set(letter.keys()) <= {
            "Subject", "From", "To", "Message-ID", "MIME-Version", "Date", "Auto-Submitted", "X-Auto-Response-Suppress",
            "Content-Type", "Content-Transfer-Encoding",
        }  # fmt: skip
        assert len(letter["To"].addresses) == 1


def _mailbox(kind: str) -> tuple[str, str]:
    db.session.rollback()
    row = db.session.execute(select(MESSAGES.c.mailbox, MESSAGES.c.recipient).where(MESSAGES.c.kind == kind)).one()
    return row.mailbox, row.recipient
