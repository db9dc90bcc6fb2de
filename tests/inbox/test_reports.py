"""Delivery reports: the standard form, several recipients, and what servers without a standard write."""

import pytest

from tests.factories.mails import delivery_report, mail_of, ordinary, part, raw
from urp.inbox import mime
from urp.inbox.content import Report
from urp.inbox.reports import reports_in

OURS = "<u1@urp.ente.example>"
LETTER = f"From: urp@ente.example\r\nMessage-ID: {OURS}\r\nSubject: La tua richiesta\r\n\r\nGentile Giulia".encode()
FULL = ("giulia@posta.example", "failed", "5.2.2")


def reports(message: bytes) -> tuple[Report, ...]:
    return reports_in(mime.split(message))


def test_a_standard_report() -> None:
    (one,) = reports(delivery_report(FULL, letter=LETTER))
    assert one == Report((OURS,), "giulia@posta.example", "failed", "5.2.2", "550 5.2.2 mailbox full")


def test_several_recipients_count_each_for_itself() -> None:
    late = ("mario@posta.example", "delayed", "4.4.1")
    found = reports(delivery_report(FULL, late, letter=LETTER))
    assert [(one.recipient, one.action, one.status) for one in found] == [FULL, late]


@pytest.mark.parametrize(
    "message",
    [
        delivery_report(FULL, letter=LETTER.split(b"\r\n\r\n")[0], kind="text/rfc822-headers"),
        delivery_report(FULL, letter=LETTER, kind="message/rfc822\r\nContent-Transfer-Encoding: quoted-printable"),
        delivery_report(FULL, about=f"Original-Envelope-Id: {OURS}"),
        delivery_report(FULL, top=[f"In-Reply-To: {OURS}"]),
        delivery_report(FULL, top=[f"References: {OURS}"]),
    ],
)
def test_our_message_id_is_found_wherever_it_stands(message: bytes) -> None:
    assert reports(message)[0].message_ids == (OURS,)


def test_the_enclosed_letter_is_surer_than_what_is_cited() -> None:
    message = delivery_report(FULL, letter=LETTER, top=["References: <other@posta.example>"])
    assert reports(message)[0].message_ids == (OURS, "<other@posta.example>")


def test_the_letter_is_the_original_recipients() -> None:
    message = delivery_report(FULL, letter=LETTER).replace(
        b"Final-Recipient:", b"Original-Recipient: rfc822;anna@posta.example\r\nFinal-Recipient:"
    )
    assert reports(message)[0].recipient == "anna@posta.example"


def test_a_report_without_blocks_still_says_that_it_failed() -> None:
    (one,) = reports(delivery_report(letter=LETTER))
    assert (one.message_ids, one.recipient, one.action, one.status) == ((OURS,), None, "failed", None)


QMAIL = f"""Hi. This is the qmail-send program at posta.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<giulia@posta.example>:
550 5.1.1 user unknown

--- Below this line is a copy of the message.

Return-Path: <urp@ente.example>
Message-ID: {OURS}
Subject: La tua richiesta
"""
EXIM = f"""This message was created automatically by mail delivery software.

  giulia@posta.example
    host mx.posta.example: 552 mailbox is full

------ This is a copy of the message, including all the headers. ------

Message-Id: {OURS}
"""


def test_qmail_writes_it_in_plain_words() -> None:
    (one,) = reports(raw("From: MAILER-DAEMON@posta.example", "Return-Path: <>", body=QMAIL))
    assert one == Report((OURS,), "giulia@posta.example", "failed", "5.1.1", "550 5.1.1 user unknown")


def test_exim_names_the_recipient_in_a_header() -> None:
    head = ("From: Mail Delivery System <Mailer-Daemon@mx.example>", "X-Failed-Recipients: giulia@posta.example")
    (one,) = reports(raw(*head, body=EXIM))
    assert (one.message_ids, one.recipient, one.action) == ((OURS,), "giulia@posta.example", "failed")
    assert one.diagnostic == "552 mailbox is full"


def test_exchange_encloses_the_letter() -> None:
    inside = (
        part("text/html", b"<p>Couldn't be delivered.</p><p>#550 5.1.10 not found##</p>"),
        part("message/rfc822", LETTER),
    )
    message = mail_of("mixed", *inside).replace(b"Giulia Bianchi <giulia.bianchi@", b"<postmaster@")
    (one,) = reports(message)
    assert (one.message_ids, one.status) == ((OURS,), "5.1.10")


def test_a_delay_is_not_a_failure() -> None:
    body = f"The message has not yet been delivered and will be retried.\n\nMessage-ID: {OURS}\n"
    assert reports(raw("From: postmaster@posta.example", body=body))[0].action == "delayed"


@pytest.mark.parametrize(
    "message",
    [
        ordinary("Return-Path: <>", "Auto-Submitted: auto-replied", f"In-Reply-To: {OURS}"),  # on holiday
        ordinary(f"In-Reply-To: {OURS}", body=QMAIL),  # a person forwards what she got
        raw("From: MAILER-DAEMON@posta.example", "Return-Path: <>", body="No letter is named."),
        raw(
            "From: postmaster@ente.example",
            "Return-Path: <postmaster@ente.example>",
            f"In-Reply-To: {OURS}",
            body="Io sono vero.",
        ),
    ],
    ids=["holiday", "forwarded", "about nothing", "a person called postmaster"],
)
def test_no_report_is_made_of_anything_else(message: bytes) -> None:
    assert reports(message) == ()
