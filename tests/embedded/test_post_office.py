"""The built-in post office, as a process of its own, with the clients the program uses."""

import http.client
import imaplib
import smtplib
import urllib.request

import pytest

URP, PEC, GIULIA = "urp@posta.example", "urp@pec.posta.example", "giulia@posta.example"
RECEIPT = (
    b"From: URP <urp@posta.example>\r\nTo: Giulia Bianchi <giulia@posta.example>\r\n"
    b"Subject: =?utf-8?q?Abbiamo_ricevuto_la_tua_richiesta_=E2=80=94_URP-AAA-AAA?=\r\n"
    b"Message-ID: <1@posta.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSegui la richiesta: https://urp.example/l/abc.\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p>Segui la <a href='https://urp.example/l/abc'>richiesta</a>"
    b"<script>alert(1)</script></p>\r\n"
    b'--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="ricevuta.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n"
)
BROKEN = (
    b"Subject: \xff\xfe =?no-such?q?x?=\r\nFrom: @@@\r\nContent-Type: text/plain; charset=no-such\r\n\r\ncaff\xe8\r\n"
)


def test_the_page_shows_the_citizens_receipt_and_the_offices_message(office) -> None:
    office.send(URP, [GIULIA], RECEIPT)
    office.send(PEC, ["ambiente@pec.ente.example"], b"Subject: Nuova domanda\r\n\r\nBuongiorno\r\n")
    listing = office.page("/")
    assert "Abbiamo ricevuto la tua richiesta — URP-AAA-AAA" in listing
    assert "Nuova domanda" in listing
    only_giulia = office.page(f"/?per={GIULIA}")
    assert "URP-AAA-AAA" in only_giulia
    assert "Nuova domanda" not in only_giulia


def test_a_letter_opens_with_its_link_its_file_and_its_source(office) -> None:
    office.send(URP, [GIULIA], RECEIPT)
    opened = office.page("/messaggi/1")
    assert '<a href="https://urp.example/l/abc" rel="noreferrer">https://urp.example/l/abc</a>.' in opened
    assert "ricevuta.pdf" in opened
    assert office.raw("/messaggi/1/allegati/2") == b"%PDF"
    assert office.raw("/messaggi/1/sorgente") == RECEIPT


def test_the_html_of_a_letter_is_shown_without_power(office) -> None:
    office.send(URP, [GIULIA], RECEIPT)
    with urllib.request.urlopen(f"{office.address}/messaggi/1/html") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


def test_a_letter_goes_to_the_envelope_and_not_to_the_headers(office) -> None:
    office.send(URP, ["hidden@posta.example"], RECEIPT)
    assert office.letters("/messaggi.json?per=giulia@posta.example") == []
    assert len(office.letters("/messaggi.json?per=hidden@posta.example")) == 1


@pytest.mark.parametrize("content", [RECEIPT, BROKEN])
def test_imap_gives_the_very_bytes_that_were_sent(office, content) -> None:
    office.send(GIULIA, [URP], content)
    with imaplib.IMAP4("127.0.0.1", office.imap, timeout=10) as mailbox:
        mailbox.login(URP, office.password)
        mailbox.select("INBOX")
        _, answer = mailbox.fetch("1", "(BODY.PEEK[])")
    trace, _, rest = answer[0][1].partition(b"Delivered-To: urp@posta.example\r\n")
    assert trace == b"Return-Path: <giulia@posta.example>\r\n"
    assert rest == content


def test_our_own_mailboxes_exist_before_their_first_letter(office) -> None:
    with imaplib.IMAP4("127.0.0.1", office.imap, timeout=10) as mailbox:
        mailbox.login(PEC, office.password)
        assert mailbox.select("INBOX") == ("OK", [b"0"])


def test_a_broken_letter_stops_neither_the_list_nor_its_own_page(office) -> None:
    office.send(URP, [GIULIA], BROKEN)
    office.send(URP, [GIULIA], b"Subject: dopo\r\n\r\n")
    assert "dopo" in office.page("/")
    assert "caff" in office.page("/messaggi/1")
    assert [letter["number"] for letter in office.letters()] == [2, 1]


def test_nobody_sends_or_reads_without_the_password(office) -> None:
    with smtplib.SMTP("127.0.0.1", office.smtp, timeout=10) as line:
        line.ehlo()
        assert line.mail(URP)[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            line.login(URP, "wrong")
    with imaplib.IMAP4("127.0.0.1", office.imap, timeout=10) as mailbox, pytest.raises(imaplib.IMAP4.error):
        mailbox.login(URP, "wrong")


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1:80", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421)],
)
def test_the_page_answers_to_its_own_names_only(office, host, status) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", office.http, timeout=10)
    connection.request("GET", "/", headers={"Host": host})
    assert connection.getresponse().status == status
    connection.close()


def test_a_letter_that_is_not_there_is_not_found(office) -> None:
    for path in ("/messaggi/9", "/messaggi/9/sorgente", "/messaggi/9/html", "/messaggi/9/allegati/0"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            office.page(path)
