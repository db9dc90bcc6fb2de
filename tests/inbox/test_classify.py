"""What kind a message is: by headers and signed data, whatever its subject says."""

from datetime import UTC, datetime

import pytest

from tests.factories.mails import delivery_report, mail_of, ordinary, part, raw
from tests.factories.pec_samples import AT, GIULIA, OUR_PEC, Letter, Provider, mail
from urp.inbox.classify import automatic_reason, read_message
from urp.inbox.content import CALENDAR_REPLY
from urp.inbox.mime import split
from urp.inbox.states import Kind
from urp.pec.kinds import RECEIPTS
from urp.pec.kinds import Kind as Pec
from urp.pec.signature import Trust

PROVIDER = Provider()
OURS = "<u1@urp.ente.example>"
NOBODY = Trust()


def test_a_person_writes() -> None:
    reading = read_message(ordinary(), NOBODY)
    assert (reading.kind, reading.automatic, reading.certified, reading.distrust) == (Kind.ORDINARY, None, False, None)


@pytest.mark.parametrize("kind", sorted(RECEIPTS))
def test_a_receipt_says_what_its_signed_data_say(kind: Pec) -> None:
    letter = Letter(OURS, OUR_PEC, (GIULIA, "esterno@posta.example"))
    reading = read_message(PROVIDER.receipt(kind, letter, external=["esterno@posta.example"]), PROVIDER.trust)
    said = reading.receipt
    assert (reading.kind, reading.distrust) == (Kind.PEC_RECEIPT, None)
    assert said is not None
    assert (said.receipt, said.message_id, said.sender, said.at) == (kind.value, OURS, OUR_PEC, AT)
    assert said.recipients == ((GIULIA, True), ("esterno@posta.example", False))
    assert said.at == datetime(2026, 11, 24, 9, 2, 7, tzinfo=UTC)


def test_a_receipt_from_a_stranger_says_why_it_proves_nothing() -> None:
    reading = read_message(Provider(domain="altro.example").receipt(Pec.ACCETTAZIONE), PROVIDER.trust)
    assert (reading.kind, bool(reading.distrust)) == (Kind.PEC_RECEIPT, True)


def test_x_ricevuta_in_an_ordinary_mail_proves_nothing_and_is_no_request() -> None:
    reading = read_message(
        ordinary("X-Ricevuta: avvenuta-consegna", f"X-Riferimento-Message-ID: {OURS}"), PROVIDER.trust
    )
    assert (reading.kind, bool(reading.distrust), reading.certified) == (Kind.PEC_RECEIPT, True, False)
    assert reading.receipt is None
    unknown = read_message(ordinary("X-Ricevuta: qualcosa"), PROVIDER.trust)
    assert (unknown.kind, unknown.automatic) == (Kind.AUTOMATIC, "x-ricevuta")


def test_an_envelope_is_read_as_the_message_in_it() -> None:
    inner = mail(
        "Giulia <giulia@altrove.example>", OUR_PEC, "Buca", "Chi la ripara?", message_id="<g@x>", In_Reply_To=OURS
    )
    reading = read_message(PROVIDER.envelope(inner), PROVIDER.trust)
    words = reading.words
    assert (reading.kind, reading.certified, reading.automatic) == (Kind.PEC_ENVELOPE, True, None)
    assert (words.sender, words.sender_name, words.subject, words.text) == (GIULIA, "Giulia", "Buca", "Chi la ripara?")
    assert (words.message_id, words.references) == ("<g@x>", (OURS,))


def test_an_envelope_of_an_unknown_provider_certifies_nobody() -> None:
    reading = read_message(PROVIDER.envelope(mail(GIULIA, OUR_PEC, "Buca")), NOBODY)
    assert (reading.kind, reading.certified, bool(reading.distrust)) == (Kind.PEC_ENVELOPE, False, True)


def test_in_an_envelope_the_inner_headers_say_who_wrote() -> None:
    holiday = mail(GIULIA, OUR_PEC, "Assente", Auto_Submitted="auto-replied")
    assert read_message(PROVIDER.envelope(holiday), PROVIDER.trust).automatic == "Auto-Submitted"


def test_an_anomaly_is_the_message_that_it_wraps() -> None:
    reading = read_message(PROVIDER.anomaly(ordinary()), PROVIDER.trust)
    assert (reading.kind, reading.certified, reading.automatic) == (Kind.PEC_ANOMALY, False, None)
    assert reading.words.sender == "giulia.bianchi@posta.example"
    bounced = read_message(PROVIDER.anomaly(delivery_report(("a@b.example", "failed", "5.1.1"))), PROVIDER.trust)
    assert (bounced.kind, bounced.report is not None) == (Kind.BOUNCE, True)
    empty = read_message(raw("X-Trasporto: errore", "From: Per conto <posta-certificata@x.example>"), NOBODY)
    assert (empty.kind, empty.words.sender) == (Kind.PEC_ANOMALY, None)


@pytest.mark.parametrize(
    "subject", ["ACCETTAZIONE: Buca", "POSTA CERTIFICATA: Buca", "Undelivered Mail", "Automatic reply: x"]
)
def test_the_subject_decides_nothing(subject: str) -> None:
    message = ordinary().replace(b"Subject: Buca", f"Subject: {subject}".encode())
    assert read_message(message, PROVIDER.trust).kind == Kind.ORDINARY


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-generated",
        "auto-submitted: Auto-Replied (vacation)",
        "Precedence: bulk",
        "Precedence: LIST",
        "List-Id: <novita.posta.example>",
        "List-Unsubscribe: <mailto:x@y.example>",
        "Return-Path: <>",
        "X-Ricevuta: boh",
        "X-Failed-Recipients: x@y.example",
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b1"',
    ],
)
def test_no_machine_answers_a_machine(header: str) -> None:
    body = b"--b1\r\n\r\nx\r\n--b1--\r\n"
    assert read_message(ordinary(header, body=body), NOBODY).kind == Kind.AUTOMATIC


@pytest.mark.parametrize(
    "local", ["posta-certificata", "MAILER-DAEMON", "postmaster", "noreply", "no-reply-1", "non-rispondere"]
)
def test_nor_what_these_senders_write(local: str) -> None:
    reading = read_message(ordinary(sender=f"Qualcuno <{local}@posta.example>"), NOBODY)
    assert (reading.kind, str(reading.automatic).startswith("from ")) == (Kind.AUTOMATIC, True)


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: no", "Precedence: normal", "Return-Path: <giulia@posta.example>", "X-Listen: x"]
)
def test_what_a_person_sends_is_answered(header: str) -> None:
    assert automatic_reason(split(ordinary(header))) is None


def test_a_message_in_a_message_changes_nothing() -> None:
    forwarded = ordinary(
        'Content-Type: multipart/mixed; boundary="b1"',
        body=b"--b1\r\n" + part("message/rfc822", delivery_report()) + b"\r\n--b1--",
    )
    assert read_message(forwarded, NOBODY).kind == Kind.ORDINARY


def calendar_reply(*lines: str, content_type: str = "text/calendar; charset=UTF-8; method=REPLY") -> bytes:
    """What a calendar program sends when somebody presses Yes or No."""
    said = ["BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VEVENT", "UID:v1@urp.ente.example", *lines, "END:VEVENT", ""]
    return part(content_type, "\r\n".join(said).encode())


@pytest.mark.parametrize("wrapped", ["alternative", "mixed"])
@pytest.mark.parametrize(
    "line",
    ["SEQUENCE:0", "COMMENT:", "COMMENT;LANGUAGE=it-IT:\\n \\n", "X-COMMENT:Sì"],
    ids=["none", "empty", "Exchange", "other"],
)
def test_a_yes_in_a_calendar_is_nobodys_letter(wrapped: str, line: str) -> None:
    reply = mail_of(wrapped, part("text/plain", b"Giulia ha accettato."), calendar_reply(line, "SUMMARY:x"))
    assert read_message(reply, NOBODY).automatic == CALENDAR_REPLY


@pytest.mark.parametrize(
    "inside",
    [
        calendar_reply("COMMENT:Non posso. Va bene giovedì?"),
        calendar_reply("COMMENT;LANGUAGE=it-IT:\\n Non posso.\\n"),
        calendar_reply(content_type="text/calendar; method=REQUEST"),
        part("message/rfc822", mail_of("mixed", calendar_reply(), boundary="b2")),
        part("text/plain", b"Content-Type: text/calendar; method=REPLY"),
    ],
    ids=["a note", "a note as Exchange writes it", "an invitation", "forwarded", "told"],
)
def test_what_a_person_wrote_beside_a_calendar_is_heard(inside: bytes) -> None:
    assert read_message(mail_of("mixed", part("text/plain", b"Buongiorno"), inside), NOBODY).automatic is None
