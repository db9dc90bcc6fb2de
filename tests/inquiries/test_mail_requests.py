"""A mail becomes a request: what was written, by when we answer, and a receipt on the same channel."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.cases import letters, link_in, opened, text_of, view
from tests.factories.citizens import hidden
from tests.factories.files import PDF
from tests.factories.hours import rome
from tests.factories.incoming import arrived, cases, cited, entries, mail, sent
from urp.cases import dates
from urp.cases.models import Case
from urp.foundation.clock import now, to_rome
from urp.foundation.db import db

LONG = "Perché è così? " * 8000


def test_a_mail_opens_a_request_with_its_words(app: Flask, ctx: None) -> None:
    (row,) = arrived(mail(files=[("relazione.pdf", PDF)]))

    case = view(row["case_id"])
    (entry,) = entries(case.id)
    assert (row["state"], case.state, case.channel, case.subject) == (
        "opened", "received", "peo", "Buca davanti alla scuola",
    )  # fmt: skip
    assert (case.applicant.full_name, case.applicant.email) == ("Giulia Bianchi", "giulia.bianchi@posta.example")
    assert (case.applicant.reply_by, case.topic_id, case.office_id) == ("peo", None, None)
    assert (entry.kind, entry.actor, entry.at) == ("received", "citizen", row["received_at"])
    assert entry.body == "Buongiorno,\nchi ripara la buca davanti alla scuola?"
    assert entry.data["incoming"] == row["id"]
    assert [(file["filename"], file["size"]) for file in entry.data["files"]] == [("relazione.pdf", len(PDF))]


def test_it_is_presented_when_the_mailbox_got_it_and_promised_from_now(app: Flask, ctx: None) -> None:
    at = now() - timedelta(days=2)

    (row,) = arrived(mail(), at=at)

    case = db.session.get_one(Case, row["case_id"])
    assert case.presented_at == row["received_at"]
    assert case.promised_at == dates.dates("ambiente", now()).promised_at
    assert case.term_on is not None
    assert case.term_on >= to_rome(case.presented_at).date() + timedelta(days=30)


def test_its_receipt_answers_it_on_the_same_channel(app: Flask, ctx: None) -> None:
    (row,) = arrived(mail(message_id="<domanda@posta.example>"))

    (letter,) = letters(app)
    code = view(row["case_id"]).code
    assert letter["Subject"] == f"Abbiamo ricevuto il tuo messaggio ({code})"
    assert (letter["In-Reply-To"], letter["References"]) == ("<domanda@posta.example>",) * 2
    assert (letter["Auto-Submitted"], letter["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert letter["To"] == "Giulia Bianchi <giulia.bianchi@posta.example>"
    for words in ("Ciao Giulia Bianchi,", "«Buca davanti alla scuola»", code, "Rispondiamo entro:", "18-bis", "/l/"):
        assert words in text_of(letter)
    (posted,) = sent()
    assert (posted["mailbox"], posted["kind"], posted["case_id"]) == ("peo", "receipt", row["case_id"])


def test_the_link_in_the_receipt_opens_the_page_of_the_request(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        arrived(mail(files=[("relazione.pdf", PDF), ("listato.exe", b"MZ")]))
    link = link_in(letters(app, "receipt")[0])

    page = client.get(link).text
    answer = client.post(link, data={"csrf_token": hidden(page, "csrf_token")}, follow_redirects=True)

    assert answer.status_code == 200
    for words in ("Buca davanti alla scuola", "chi ripara la buca", "relazione.pdf", "Ricevuta"):
        assert words in answer.text


@pytest.mark.parametrize(
    ("sender", "greeting"),
    [
        ("giulia.bianchi@posta.example", "Buongiorno,"),
        ('"www.esempio.example" <giulia.bianchi@posta.example>', "Buongiorno,"),
        ('"giulia@altrove.example" <giulia.bianchi@posta.example>', "Buongiorno,"),
        ('"Bianchi, Giulia" <giulia.bianchi@posta.example>', "Ciao Bianchi, Giulia,"),
        ("=?iso-8859-1?q?Niccol=F2_D=27Agn=EC?= <giulia.bianchi@posta.example>", "Ciao Niccolò D'Agnì,"),
    ],
)
def test_who_writes_is_greeted_by_the_name_they_gave_or_by_none(
    app: Flask, ctx: None, sender: str, greeting: str
) -> None:
    arrived(mail(sender=None, subject="x").replace(b"Subject: x", b"Subject: x\r\nFrom: " + sender.encode()))

    (receipt,) = letters(app, "receipt")
    assert greeting in text_of(receipt).split("\n")
    assert greeting.replace("'", "&#39;") in receipt.get_body(("html",)).get_content()
    assert receipt["To"].addresses[0].addr_spec == "giulia.bianchi@posta.example"


@pytest.mark.parametrize("subject", [None, "", "  \t "])
def test_a_request_without_a_subject_still_has_a_title(app: Flask, ctx: None, subject: str | None) -> None:
    (row,) = arrived(mail(subject=subject))

    assert view(row["case_id"]).subject == "Richiesta senza oggetto"


def test_a_mail_of_files_alone_says_that_it_has_no_words(app: Flask, ctx: None) -> None:
    (row,) = arrived(mail("", files=[("relazione.pdf", PDF)]))

    (entry,) = entries(row["case_id"])
    assert entry.body == "(Messaggio senza testo)"
    assert len(entry.data["files"]) == 1


def test_a_text_longer_than_a_page_is_cut_with_a_word_and_kept_whole(app: Flask, ctx: None) -> None:
    (row,) = arrived(mail(LONG, subject="x" * 900))

    (entry,) = entries(row["case_id"])
    assert entry.body is not None
    assert entry.body.endswith("(Il messaggio è più lungo: il testo intero è tra gli allegati.)")
    assert 100_000 <= len(entry.body) <= 100_100
    assert [file["size"] > 120_000 for file in entry.data["files"]] == [True]
    assert len(view(row["case_id"]).subject) == 200


def test_an_old_message_gets_no_receipt_and_the_timeline_says_why(app: Flask, ctx: None) -> None:
    (row,) = arrived(mail(), at=now() - timedelta(days=3, minutes=1))

    assert letters(app) == []
    received, silence = entries(row["case_id"])
    assert (received.kind, silence.kind, silence.actor) == ("received", "no_receipt", "system")
    assert silence.data == {"why": "old"}


def test_the_second_mail_of_a_day_gets_no_receipt_but_its_request(app: Flask, ctx: None) -> None:
    first, second = arrived(mail(), mail(sender="GIULIA.Bianchi@Posta.example"))

    assert cases() == 2
    assert [letter["case_id"] for letter in sent()] == [first["case_id"]]
    assert entries(second["case_id"])[-1].data == {"why": "answered_within_a_day"}


def test_thirty_tags_of_one_mailbox_get_one_receipt(app: Flask, ctx: None) -> None:
    with_tags = [mail(sender=f"bot+{number}@macchina.example") for number in range(29)]

    rows = arrived(*with_tags, mail(sender="bot@macchina.example"), mail(sender="robot@macchina.example"))

    assert [letter["recipient"] for letter in sent("receipt")] == ["bot+0@macchina.example", "robot@macchina.example"]
    assert [row["state"] for row in rows] == ["opened"] * 20 + ["held"] * 10 + ["opened"]


def test_a_domain_that_writes_under_ever_new_names_gets_twenty_receipts_in_an_hour(app: Flask, ctx: None) -> None:
    rows = arrived(*(mail(sender=f"bot{number}@macchina.example") for number in range(30)))

    assert len(sent("receipt")) == 20
    assert {entries(row["case_id"])[-1].data.get("why") for row in rows[20:]} == {"many_from_this_domain"}
    arrived(mail(sender="marco@altro.macchina.example"))
    assert len(sent("receipt")) == 21


def test_where_everybody_has_a_mailbox_everybody_is_answered(app: Flask, ctx: None) -> None:
    arrived(*(mail(sender=f"persona{number}@gmail.com") for number in range(21)))

    assert len(sent("receipt")) == 21


def test_a_sign_that_sql_would_read_as_any_letter_is_itself(app: Flask, ctx: None) -> None:
    arrived(mail(sender="x1y+a@posta.example"), mail(sender="x_y+b@posta.example"), mail(sender="%+c@posta.example"))

    assert len(sent("receipt")) == 3


def test_a_case_has_one_automatic_letter_however_much_is_written_into_it(app: Flask, ctx: None) -> None:
    (row,) = arrived(mail())

    again = arrived(*(mail(f"Ancora {number}", answers=cited(row["case_id"])) for number in range(5)))

    assert {one["state"] for one in again} == {"attached"}
    assert [letter["kind"] for letter in sent(case_id=row["case_id"], automatic=True)] == ["receipt"]


def test_a_receipt_of_a_question_on_the_web_is_no_reason_to_stay_silent(app: Flask, ctx: None) -> None:
    opened()

    arrived(mail())

    assert len(letters(app, "receipt")) == 2


def test_two_people_are_answered_each(app: Flask, ctx: None) -> None:
    arrived(mail(), mail(sender="Marco Neri <marco.neri@posta.example>"))

    assert [letter["recipient"] for letter in sent("receipt")] == [
        "giulia.bianchi@posta.example",
        "marco.neri@posta.example",
    ]


def test_a_message_id_that_no_header_may_hold_is_not_cited(app: Flask, ctx: None) -> None:
    raw = mail(message_id=None).replace(b"Subject:", b"Message-ID: <" + b"x" * 400 + b"@posta.example>\r\nSubject:")

    (row,) = arrived(raw)

    assert row["state"] == "opened"
    assert letters(app)[0]["In-Reply-To"] is None


def test_the_day_of_presentation_is_a_day_in_rome(app: Flask, ctx: None) -> None:
    due = dates.dates_of(30, presented_at=rome("2026-11-23 23:30"), seen_at=rome("2026-11-24 09:00"))

    assert due.term_on is not None
    assert due.term_on.isoformat() == "2026-12-23"
    assert due.promised_at == dates.dates("ambiente", rome("2026-11-24 09:00")).promised_at
