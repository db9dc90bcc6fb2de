"""A letter as bytes: exactly the headers we meant, short lines, nothing a stranger can add."""

import string
import unicodedata
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from flask_mail import Attachment
from hypothesis import example, given
from hypothesis import strategies as st

from urp.outbox.headers import (
    UnsafeHeader,
    disposition,
    invitation_type,
    media_type,
    new_message_id,
    safe_header,
    wire_address,
)
from urp.outbox.letter import Letter

BREAKERS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800)]
PLAIN: dict[str, Any] = {
    "sender": ("Città metropolitana, URP", "urp@cittametropolitana.example"),
    "recipient": ("Giulia Bianchi", "giulia.bianchi@posta.example"),
    "body": "Gentile Giulia,\nperché no?\n",
    "message_id": "<abc@cittametropolitana.example>",
    "written_at": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
}
HEADERS = {"Subject", "From", "To", "Message-ID", "MIME-Version", "Date", "Content-Type"}
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)
ANY_TEXT = st.text(max_size=300)


def written(subject: str = "Buca in via Roma", **changes: Any) -> bytes:
    return Letter(subject, **{**PLAIN, **changes}).as_bytes()


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
    return message


def lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def test_a_plain_letter() -> None:
    letter = read(written())
    assert set(letter.keys()) == HEADERS | {"Content-Transfer-Encoding"}
    assert letter["Subject"] == "Buca in via Roma"
    assert letter["From"].addresses[0].display_name == "Città metropolitana, URP"
    assert letter["To"].addresses[0].addr_spec == "giulia.bianchi@posta.example"
    assert letter["Date"].datetime == PLAIN["written_at"]
    assert letter["Message-ID"] == PLAIN["message_id"]
    assert lines(letter.get_content()) == PLAIN["body"]


def test_a_letter_with_everything() -> None:
    photo, pdf = bytes(range(256)) * 20, b"%PDF-1.7"
    letter = read(
        written(
            html="<p>Perché <b>no</b>?</p>",
            attachments=[
                Attachment("Foto però.jpg", "image/jpeg", photo),
                Attachment("atto.pdf", "application/pdf", pdf),
                Attachment("mail.eml", "message/rfc822", b"Subject: x\r\n\r\ny"),
            ],
            automatic=True,
            reply_to="ambiente@cittametropolitana.example",
            in_reply_to="<domanda@posta.example>",
        )
    )
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["X-Auto-Response-Suppress"] == "All"
    assert letter["Reply-To"] == "ambiente@cittametropolitana.example"
    assert letter["In-Reply-To"] == letter["References"] == "<domanda@posta.example>"
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert lines(text.get_content()) == PLAIN["body"]
    assert html.get_content().strip() == "<p>Perché <b>no</b>?</p>"
    files = [(part.get_filename(), part.get_content_type(), part.get_content()) for part in letter.iter_attachments()]
    assert files[:2] == [("Foto però.jpg", "image/jpeg", photo), ("atto.pdf", "application/pdf", pdf)]
    assert files[2][1] == "application/octet-stream"


INVITATION = Attachment(
    "appuntamento.ics",
    "text/calendar; method=REQUEST; charset=utf-8",
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nX-WORDS:perché\r\nEND:VCALENDAR\r\n".encode(),
)


def test_an_invitation_is_the_last_alternative_and_a_file() -> None:
    raw = written(html="<p>Ti aspettiamo</p>", invitation=INVITATION)
    letter = read(raw)

    words, file = letter.iter_parts()
    assert letter.get_content_type() == "multipart/mixed"
    assert words.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in words.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    calendar = list(words.iter_parts())[-1]
    assert b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n" in raw
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_filename() is None
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "appuntamento.ics")
    assert calendar.get_payload(decode=True) == file.get_payload(decode=True) == INVITATION.data


def test_a_plain_letter_with_an_invitation_keeps_its_words_and_files() -> None:
    letter = read(written(invitation=INVITATION, attachments=[Attachment("a.png", "image/png", b"")]))
    words = letter.get_body(("plain",))

    assert words is not None
    assert lines(words.get_content()) == PLAIN["body"]
    assert [file.get_filename() for file in letter.iter_attachments()] == ["a.png", "appuntamento.ics"]


@pytest.mark.parametrize(
    "evil",
    [
        "text/calendar",
        "text/calendar; method=REPLY; charset=utf-8",
        "text/calendar; method=REQUEST; charset=utf-8\r\nX: y",
        "text/html; method=REQUEST; charset=utf-8",
    ],
)
def test_an_invitation_says_one_of_our_methods_and_nothing_else(evil: str) -> None:
    with pytest.raises(UnsafeHeader):
        invitation_type(evil)
    with pytest.raises(UnsafeHeader):
        written(invitation=Attachment("appuntamento.ics", evil, b""))


def test_what_a_person_wrote_is_not_marked_automatic() -> None:
    assert "Auto-Submitted" not in read(written())


@given(subject=TEXT, name=TEXT, filename=TEXT)
@example(subject="=?utf-8?q?Bcc?=", name="x <boss@posta.example>", filename='a"; name="b.exe')
@example(subject=" due  spazi ", name='"', filename="\\")
@example(subject="è" * 300, name="è" * 300, filename="è" * 300 + ".pdf")
@example(subject="x" * 900, name="x" * 900, filename="x" * 900)
def test_any_printable_text_comes_back_as_it_was_and_adds_no_header(subject: str, name: str, filename: str) -> None:
    raw = written(
        subject, recipient=(name, PLAIN["recipient"][1]), attachments=[Attachment(filename, "image/png", b"")]
    )
    letter = read(raw)
    assert set(letter.keys()) == HEADERS
    assert letter["Subject"] == subject
    assert [found.addr_spec for found in letter["To"].addresses] == [PLAIN["recipient"][1]]
    shown = letter["To"].addresses[0].display_name  # the parser puts spaces between long encoded words
    assert "".join(shown.split()) == "".join(name.split())
    (attached,) = letter.iter_attachments()
    assert set(attached.keys()) == {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


@given(
    ANY_TEXT,
    st.sampled_from(BREAKERS),
    ANY_TEXT,
    st.sampled_from(["subject", "name", "to", "reply", "file", "sender"]),
)
def test_no_control_character_passes_any_header(before: str, breaker: str, after: str, where: str) -> None:
    evil = before + breaker + after
    changes: dict[str, dict[str, Any]] = {
        "subject": {"subject": evil},
        "name": {"recipient": (evil, "giulia@posta.example")},
        "to": {"recipient": ("", f"giulia@posta.example{evil}")},
        "reply": {"reply_to": f"{evil}@posta.example"},
        "file": {"attachments": [Attachment(evil, "image/png", b"")]},
        "sender": {"sender": (evil, "urp@cittametropolitana.example")},
    }
    with pytest.raises(UnsafeHeader):
        written(**changes[where])


@pytest.mark.parametrize("evil", ["a\r\nBcc: boss@posta.example", "a\nX: y", "a\rb", "a\x85b", "a\u2028b"])
def test_the_gate_names_the_header_and_never_the_value(evil: str) -> None:
    with pytest.raises(UnsafeHeader) as caught:
        safe_header("Subject", evil)
    assert str(caught.value) == "Subject"


@given(st.text(max_size=2000))
def test_any_body_comes_back_and_no_line_is_long(body: str) -> None:
    raw = written(body=body, html=body)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    raw.decode("ascii")
    text = read(raw).get_body(("plain",))
    assert text is not None
    expected = body.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    assert text.get_payload(decode=True).decode().replace("\r\n", "\n").rstrip("\n") == expected.rstrip("\n")  # type: ignore[union-attr]


@given(st.binary(max_size=3000))
def test_any_file_comes_back_byte_for_byte(data: bytes) -> None:
    letter = read(written(attachments=[Attachment("a.bin", "application/octet-stream", data)]))
    (part,) = letter.iter_attachments()
    assert part.get_payload(decode=True) == data


def test_a_line_of_ten_thousand_letters_is_folded() -> None:
    raw = written(body="x" * 10_000, html="<p>" + "è" * 10_000)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


@pytest.mark.parametrize(
    "address",
    [
        "", "@", "giulia", "giulia@", "@posta.example", "a@b@posta.example", "a b@posta.example",
        "<a@posta.example>", "a@posta.example,b@posta.example", "a@posta.example>", "è@posta.example",
        "a@-\u00ad", "a@-b.example", "a..b@posta.example", '"a b"@posta.example', "a@posta .example",
        "a" * 250 + "@posta.example", "alice@ok.example)<bob@evil.example>",
    ],
)  # fmt: skip
def test_what_is_not_one_plain_address_is_refused(address: str) -> None:
    with pytest.raises(UnsafeHeader):
        wire_address("To", address)


def test_an_international_domain_travels_in_ascii() -> None:
    assert wire_address("To", "giulia@città.example") == "giulia@xn--citt-3na.example"
    assert read(written(recipient=("", "giulia@città.example")))["To"].addresses[0].domain == "xn--citt-3na.example"


@pytest.mark.parametrize(
    ("domain", "on_the_wire"),
    [("faß.example", "xn--fa-hia.example"), ("Città.example", "xn--citt-3na.example")],
)
def test_a_domain_is_never_taken_for_its_neighbour(domain: str, on_the_wire: str) -> None:
    assert wire_address("To", f"giulia@{domain}") == f"giulia@{on_the_wire}"
    assert wire_address("To", "giulia@fass.example") == "giulia@fass.example"


@pytest.mark.parametrize("domain", ["a\u200db.example", "☃\u0301.example", "-è.example", "\uff1cè.example"])
def test_a_domain_that_nobody_can_register_is_refused(domain: str) -> None:
    with pytest.raises(UnsafeHeader):
        wire_address("To", f"giulia@{domain}")


@pytest.mark.parametrize("evil", ["image/png\r\nX: y", "image", "image/png; name=x", "", "a/b/c"])
def test_a_media_type_is_two_words(evil: str) -> None:
    with pytest.raises(UnsafeHeader):
        media_type(evil)


def test_a_long_file_name_keeps_its_extension() -> None:
    long = "perché " * 100 + ".pdf"
    letter = read(written(attachments=[Attachment(long, "application/pdf", b"")]))
    (part,) = letter.iter_attachments()
    assert str(part.get_filename()).endswith("perché .pdf")
    assert disposition("semplice.pdf") == 'attachment;\r\n filename="semplice.pdf"'


def test_a_message_id_is_ours_and_cannot_be_guessed() -> None:
    ids = {new_message_id("urp@cittametropolitana.example") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(id_.endswith("@cittametropolitana.example>") and len(id_) >= 60 for id_ in ids)
    allowed = set(string.ascii_letters + string.digits + "-_<>@.")
    assert set("".join(ids)) <= allowed


@pytest.mark.parametrize("cited", ["<a b@c>", "a@b", "<a@b>\r\nX: y", "<>", "<" + "a" * 300 + ">"])
def test_a_cited_message_id_is_one_word_in_brackets(cited: str) -> None:
    with pytest.raises(UnsafeHeader):
        written(in_reply_to=cited)


def test_the_list_of_breakers_is_what_unicode_says() -> None:
    found = {unicodedata.category(breaker) for breaker in BREAKERS}
    assert found == {"Cc", "Cs", "Zl", "Zp"}
