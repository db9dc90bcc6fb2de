"""What widely used desks do with mail, row by row of the comparison in our design; ours does the opposite."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.factories.cases import letters, link_in, opened, view
from tests.factories.inbox import incoming
from tests.factories.incoming import cases, cited, entries, mail, sent
from tests.factories.pec_samples import Letter, Provider
from tests.factories.snapshots import all_rows
from tests.imap_scripted import ScriptedIMAP
from tests.smtp_scripted import Say, ScriptedSMTP
from urp.cases.models import Case
from urp.channels.models import Mailbox
from urp.foundation.clock import now
from urp.foundation.db import db, db_now, transaction
from urp.outbox import send
from urp.outbox.models import MESSAGES
from urp.pec.kinds import Kind

Poll = Callable[[], None]
OUR_PEC = "urp@pec.cittametropolitana.example"
GIULIA_PEC = "giulia.bianchi@pec.posta.example"
LATIN = (
    "From: Marco Neri <marco.neri@posta.example>\r\nSubject: =?iso-8859-1?q?Perch=E9=3F?=\r\n"
    "Message-ID: <due@posta.example>\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\nPerché la strada è chiusa?\r\n"
).encode("latin-1")
BROKEN = mail("x").replace(b"\r\n\r\n", b"\r\n" + b"X-A: b\r\n" * 2000 + b"\r\n", 1)


def put(box: ScriptedIMAP, raw: bytes) -> None:
    """A message arrives in a mailbox, now."""
    box.put(raw, arrived=now().strftime("%d-%b-%Y %H:%M:%S +0000"))


def retry_now() -> None:
    """As if the time of waiting were over, for letters and for mailboxes."""
    with transaction():
        db.session.execute(update(MESSAGES).values(next_at=db_now(-1)))
        db.session.execute(update(Mailbox).values(retry_at=None))


def bodies() -> list[str | None]:
    """What each case begins with, in order."""
    db.session.rollback()
    return [entries(case_id)[0].body for case_id in db.session.scalars(select(Case.id).order_by(Case.id)).all()]


def test_1_three_mails_in_two_charsets_and_three_polls_are_three_requests(
    app: Flask, ctx: None, peo: ScriptedIMAP, poll_all: Poll
) -> None:
    put(peo, mail("Perché così?"))
    put(peo, LATIN)
    put(peo, mail("Già, perché?", sender="Anna Verdi <anna.verdi@posta.example>"))

    for _ in range(3):
        poll_all()

    assert bodies() == ["Perché così?", "Perché la strada è chiusa?", "Già, perché?"]
    assert [row["state"] for row in incoming()] == ["opened"] * 3
    assert len(sent("receipt")) == 3


def test_2_the_same_mail_twice_is_one_request(app: Flask, ctx: None, peo: ScriptedIMAP, poll_all: Poll) -> None:
    raw = mail(message_id="<uno@posta.example>")
    put(peo, raw)
    poll_all()
    put(peo, raw)
    poll_all()

    assert (cases(), len(sent("receipt"))) == (1, 1)


def test_2_but_another_mail_with_the_same_message_id_is_not_dropped(
    app: Flask, ctx: None, peo: ScriptedIMAP, poll_all: Poll
) -> None:
    put(peo, mail("Una cosa.", message_id="<uno@posta.example>"))
    put(peo, mail("Un’altra cosa.", message_id="<uno@posta.example>"))

    poll_all()

    assert bodies() == ["Una cosa.", "Un’altra cosa."]


def test_3_a_receipt_outlives_a_mail_server_that_is_away(
    app: Flask, ctx: None, peo: ScriptedIMAP, smtp: ScriptedSMTP, poll_all: Poll
) -> None:
    put(peo, mail())
    poll_all()
    smtp.play("connect", Say(421, "not now"), times=2)
    for _ in range(2):
        send.drain("peo")
        retry_now()
    assert [row["state"] for row in sent("receipt")] == ["queued"]

    send.drain("peo")

    assert [row["state"] for row in sent("receipt")] == ["sent"]
    assert [taken.recipients for taken in smtp.journal] == [("giulia.bianchi@posta.example",)]


def test_4_a_mail_server_that_refuses_multiplies_nothing(
    app: Flask, ctx: None, peo: ScriptedIMAP, smtp: ScriptedSMTP, poll_all: Poll
) -> None:
    put(peo, mail())
    smtp.play("rcpt", Say(550, "no"), times=5)

    for _ in range(5):
        poll_all()
        send.drain("peo")

    assert (cases(), len(incoming()), len(sent())) == (1, 1, 1)
    assert sent()[0]["state"] == "dead"  # in front of a person, not forgotten


def test_5_looking_at_a_link_changes_nothing(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        case = opened()
    link = link_in(letters(app, "receipt")[0])
    before = all_rows(app)

    for headers in ({}, {"Purpose": "prefetch"}, {"User-Agent": "Mail scanner"}):
        assert client.get(link, headers=headers).status_code == 200

    assert all_rows(app) == before
    with app.app_context():
        assert view(case.id).state == "received"


def test_6_a_pec_receipt_belongs_to_its_letter(
    app: Flask, ctx: None, pec: ScriptedIMAP, provider: Provider, poll_all: Poll
) -> None:
    case = opened(person={"email": GIULIA_PEC, "reply_by": "pec"})
    send.drain("pec")
    letter = Letter(cited(case.id), OUR_PEC, (GIULIA_PEC,))
    before = len(sent())
    put(pec, provider.receipt(Kind.ACCETTAZIONE, letter, at=now()))
    put(pec, provider.receipt(Kind.AVVENUTA_CONSEGNA, letter, at=now()))

    poll_all()

    assert [(row["state"], row["case_id"], row["note"]) for row in incoming()] == [("receipt", case.id, None)] * 2
    assert (cases(), len(sent())) == (1, before)
    assert sent("receipt")[0]["state"] == "delivered"


def test_7_of_a_pec_envelope_the_person_is_the_sender(
    app: Flask, ctx: None, pec: ScriptedIMAP, provider: Provider, poll_all: Poll
) -> None:
    inner = mail("Chiedo l’atto.", sender=f"Giulia Bianchi <{GIULIA_PEC}>", subject="Accesso agli atti")
    put(pec, provider.envelope(inner, sender=GIULIA_PEC, to=OUR_PEC, subject="Accesso agli atti"))

    poll_all()

    (row,) = incoming()
    case = view(row["case_id"])
    assert (case.channel, case.subject, case.applicant.email) == ("pec", "Accesso agli atti", GIULIA_PEC)
    assert bodies() == ["Chiedo l’atto."]
    (receipt,) = letters(app)
    assert receipt["To"].addresses[0].addr_spec == GIULIA_PEC
    assert receipt["Subject"] == f"Abbiamo ricevuto il Suo messaggio ({case.code})"
    assert [letter["mailbox"] for letter in sent()] == ["pec"]


def test_8_twenty_five_copies_of_an_answer_are_one(app: Flask, ctx: None, peo: ScriptedIMAP, poll_all: Poll) -> None:
    case = opened()
    answer = mail("Eccomi.", answers=cited(case.id))
    for _ in range(25):
        put(peo, answer)

    poll_all()

    assert [entry.body for entry in entries(case.id)][1:] == ["Eccomi."]
    assert len(sent("citizen_message")) == 1


def test_8_a_night_of_automatic_mail_is_answered_by_nobody(
    app: Flask, ctx: None, peo: ScriptedIMAP, poll_all: Poll
) -> None:
    for number in range(20):
        put(peo, mail(f"Sono fuori ufficio ({number}).", Auto_Submitted="auto-replied"))
        put(peo, mail(f"Notiziario {number}.", Precedence="bulk", List_Id="<notizie.posta.example>"))

    poll_all()

    assert {(row["state"], row["reason"]) for row in incoming()} == {("held", "automatic_unknown")}
    assert (len(incoming()), cases(), sent()) == (40, 0, [])


def test_8_a_bad_mail_blocks_no_mailbox(app: Flask, ctx: None, peo: ScriptedIMAP, poll_all: Poll) -> None:
    put(peo, BROKEN)
    put(peo, mail("Io sono buona."))

    poll_all()

    assert [row["state"] for row in incoming()] == ["failed", "opened"]
    assert bodies() == ["Io sono buona."]


def test_8_a_letter_is_tried_for_five_days(
    app: Flask, ctx: None, peo: ScriptedIMAP, smtp: ScriptedSMTP, poll_all: Poll
) -> None:
    put(peo, mail())
    poll_all()
    smtp.play("mail", Say(452, "full"), times=9)
    for _ in range(9):
        send.drain("peo")
        retry_now()

    (letter,) = sent()
    assert letter["state"] == "queued"
    assert letter["give_up_at"] - letter["queued_at"] == timedelta(days=5)
    send.drain("peo")
    assert sent()[0]["state"] == "sent"
