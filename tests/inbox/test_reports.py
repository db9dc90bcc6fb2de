"""Delivery reports: the standard form, several recipients, and what servers without a standard write."""

import pytest

from tests.factories.mails import HOSTILE, delivery_report, mail_of, ordinary, part, raw
from urp.inbox import mime
from urp.inbox.limits import TooMuch
from urp.inbox.reports import report_in
from urp.outbox.told import Report, Status

OURS = "<u1@urp.ente.example>"
LETTER = f"From: urp@ente.example\r\nMessage-ID: {OURS}\r\nSubject: La tua richiesta\r\n\r\nGentile Giulia".encode()
FULL = ("giulia@posta.example", "failed", "5.2.2")


def report(message: bytes) -> Report:
    found = report_in(mime.split(message))
    assert found is not None
    return found


def statuses(message: bytes) -> tuple[Status, ...]:
    return report(message).statuses


def test_a_standard_report() -> None:
    (one,) = statuses(delivery_report(FULL, letter=LETTER))
    assert one == Status("giulia@posta.example", "failed", "5.2.2", "550 5.2.2 mailbox full")


def test_several_recipients_count_each_for_itself() -> None:
    late = ("mario@posta.example", "delayed", "4.4.1")
    found = statuses(delivery_report(FULL, late, letter=LETTER))
    assert [(one.recipient, one.action, one.code) for one in found] == [FULL, late]


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
    assert report(message).message_ids == (OURS,)


def test_the_enclosed_letter_is_surer_than_what_is_cited() -> None:
    message = delivery_report(FULL, letter=LETTER, top=["References: <other@posta.example>"])
    assert report(message).message_ids == (OURS, "<other@posta.example>")


def test_the_letter_is_the_original_recipients() -> None:
    message = delivery_report(FULL, letter=LETTER).replace(
        b"Final-Recipient:", b"Original-Recipient: rfc822;anna@posta.example\r\nFinal-Recipient:"
    )
    assert statuses(message)[0].recipient == "anna@posta.example"


def test_a_report_without_blocks_still_says_that_it_failed() -> None:
    assert report(delivery_report(letter=LETTER)) == Report((OURS,), (Status(None, "failed", None, ""),))


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
    (one,) = statuses(raw("From: MAILER-DAEMON@posta.example", "Return-Path: <>", body=QMAIL))
    assert one == Status("giulia@posta.example", "failed", "5.1.1", "550 5.1.1 user unknown")


def test_exim_names_the_recipient_in_a_header() -> None:
    head = ("From: Mail Delivery System <Mailer-Daemon@mx.example>", "X-Failed-Recipients: giulia@posta.example")
    expected = Status("giulia@posta.example", "failed", None, "552 mailbox is full")
    assert report(raw(*head, body=EXIM)) == Report((OURS,), (expected,))


def test_exchange_encloses_the_letter() -> None:
    inside = (
        part("text/html", b"<p>Couldn't be delivered.</p><p>#550 5.1.10 not found##</p>"),
        part("message/rfc822", LETTER),
    )
    message = mail_of("mixed", *inside).replace(b"Giulia Bianchi <giulia.bianchi@", b"<postmaster@")
    found = report(message)
    assert (found.message_ids, [one.code for one in found.statuses]) == ((OURS,), ["5.1.10"])


def test_a_delay_is_not_a_failure() -> None:
    body = f"The message has not yet been delivered and will be retried.\n\nMessage-ID: {OURS}\n"
    assert statuses(raw("From: postmaster@posta.example", "Return-Path: <>", body=body))[0].action == "delayed"


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
        raw("From: postmaster@ente.example", f"In-Reply-To: {OURS}", body="Io sono vero e costo 500 euro."),
        raw("From: postmaster@ente.example", "Return-Path: <postmaster@ente.example>", body=QMAIL),
    ],
    ids=["holiday", "forwarded", "about nothing", "called postmaster", "without a return path", "quoting a report"],
)
def test_no_report_is_made_of_anything_else(message: bytes) -> None:
    assert report_in(mime.split(message)) is None


@pytest.mark.parametrize(
    "message",
    [
        raw("From: postmaster@posta.example", "Return-Path: <>", f"In-Reply-To: {OURS}", body="Lost."),
        raw("From: anna@posta.example", "X-Failed-Recipients: g@x.example", f"In-Reply-To: {OURS}", body="Lost."),
        raw("From: postmaster@posta.example", f"In-Reply-To: {OURS}", body="Lost: error 5.1.1, unknown."),
        raw("From: postmaster@posta.example", f"In-Reply-To: {OURS}", body="<g@x.example>: host mx.x: 550 no"),
        mail_of(
            *("mixed", part("text/plain", b"Lost."), part("message/delivery-status", b"Status: x")),
            headers=[f"In-Reply-To: {OURS}"],
        ).replace(b"Giulia Bianchi <giulia.bianchi@", b"<postmaster@"),
    ],
    ids=["nowhere to return it", "who did not get it", "a status", "a reply", "half a standard"],
)
def test_a_server_is_known_by_one_sign_more_than_its_name(message: bytes) -> None:
    assert report(message).message_ids == (OURS,)


def test_a_report_names_a_hundred_recipients_at_most_and_each_once() -> None:
    many = [f"p{number % 500}@posta.example" for number in range(1000)]
    found = statuses(raw(f"X-Failed-Recipients: {','.join(many)}", body=EXIM))
    assert [one.recipient for one in found] == many[:100]
    same = statuses(raw(f"X-Failed-Recipients: {','.join('a' * 1000)}", body=EXIM))
    assert len(same) == 1
    assert len(statuses(delivery_report(*[FULL] * 60, letter=LETTER))) == 1


def test_blocks_are_counted_behind_their_encoding() -> None:
    with pytest.raises(TooMuch, match="200 parts"):
        report_in(mime.split(HOSTILE["reports without end, encoded"]()))
