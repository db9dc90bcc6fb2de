"""A line to a mail server that is slow, dead, lying, or not the one it says it is."""

import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.factories.inbox import message
from tests.imap_scripted import Bad, Bye, Close, Drip, No, Raw, ScriptedIMAP, Silence
from urp.config import parse_mail_server
from urp.inbox import imap_line
from urp.inbox.imap_line import Folder, ImapLine, LoginRefused, Refused, Trouble

CERTIFICATES = Path(__file__).resolve().parents[1] / "certificates"
AT_ONCE_S = 15


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONNECT_S", "READ_S"):
        monkeypatch.setattr(imap_line, name, 0.5)


@pytest.fixture
def imap() -> Iterator[ScriptedIMAP]:
    with ScriptedIMAP() as made:
        yield made


def line_to(imap: ScriptedIMAP, **where: str) -> ImapLine:
    return ImapLine(parse_mail_server(imap.url(**where), ("imap", "imaps")))


def test_a_line_opens_and_says_where_the_numbers_stand(imap: ScriptedIMAP) -> None:
    imap.put(message("one"))
    with line_to(imap) as line:
        assert line.open() == Folder(uidvalidity=7, uidnext=2)
    assert imap.commands[-1] == "LOGOUT"


@pytest.mark.parametrize("point", ["connect", "login", "select", "search"])
@pytest.mark.parametrize("fault", [Close(), Silence(), Bye()], ids=lambda fault: type(fault).__name__)
def test_a_line_that_breaks_is_trouble_and_never_a_refused_login(
    imap: ScriptedIMAP, point: str, fault: Close | Silence | Bye
) -> None:
    imap.play(point, fault)
    began = time.monotonic()
    with pytest.raises(Trouble) as told, line_to(imap) as line:
        line.open()
        line.uids_above(0)
    assert not isinstance(told.value, LoginRefused)
    assert time.monotonic() - began < AT_ONCE_S


@pytest.mark.parametrize("fault", [No("[AUTHENTICATIONFAILED] wrong"), No("go away"), Bad()], ids=str)
def test_a_server_that_does_not_know_us_refuses_the_login(imap: ScriptedIMAP, fault: No | Bad) -> None:
    imap.play("login", fault)
    with pytest.raises(LoginRefused), line_to(imap) as line:
        line.open()


def test_a_wrong_password_is_a_refused_login_and_is_not_repeated_in_words(imap: ScriptedIMAP) -> None:
    with pytest.raises(LoginRefused) as told, line_to(imap, password="guessed") as line:
        line.open()
    assert "guessed" not in str(told.value)


@pytest.mark.parametrize("text", ["[UNAVAILABLE] try later", "[INUSE] busy"])
def test_a_login_that_cannot_be_checked_now_is_only_trouble(imap: ScriptedIMAP, text: str) -> None:
    imap.play("login", No(text))
    with pytest.raises(Trouble) as told, line_to(imap) as line:
        line.open()
    assert not isinstance(told.value, LoginRefused)


@pytest.mark.parametrize("point", ["select", "search"])
@pytest.mark.parametrize("fault", [No(), Bad(), Raw(b"* SEARCH one two\r\n* OK [UIDVALIDITY x] y\r\n")], ids=str)
def test_a_folder_that_cannot_be_listed_is_trouble(imap: ScriptedIMAP, point: str, fault: No | Bad | Raw) -> None:
    imap.play(point, fault)
    with pytest.raises(Trouble), line_to(imap) as line:
        line.open()
        line.uids_above(0)


ANSWERS = [
    b"* 1 FETCH (UID 1\r\n",
    b"* 1 FETCH UID 1\r\n",
    b"* 1 FETCH (UID one RFC822.SIZE two)\r\n",
    b'* 1 FETCH (UID 1 RFC822.SIZE x INTERNALDATE "y")\r\n',
    b"* 1 FETCH (UID 1 RFC822.SIZE ((((\r\n",
    b"* 1 FETCH (UID 1 RFC822.SIZE NIL INTERNALDATE NIL)\r\n",
    b'* 1 FETCH (UID 1 RFC822.SIZE 1 INTERNALDATE "\xff\xfe")\r\n',
    b"* FETCH\r\n",
    b"* \xff\x00 FETCH (\r\n",
    b"no star at all\r\n",
    b"* 1 FETCH (UID 1 BODY[] {5}\r\nab",
    b"* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\n",
    b"* 1 FETCH (UID 1 BODY[] {-5}\r\n",
    b"+ go on\r\n" * 100,
    b"* BYE see you\r\n",
    b"\r\n\r\n",
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
@pytest.mark.parametrize("point", ["sizes", "body", "store"])
def test_whatever_a_server_answers_is_refused_or_trouble_or_nothing(
    imap: ScriptedIMAP, point: str, answer: bytes
) -> None:
    imap.put(message("one"))
    imap.play(point, Raw(answer))
    with line_to(imap) as line:
        line.open()
        with suppress(Refused, Trouble):
            assert line.facts([1]).keys() <= {1}
            assert line.messages([1], 10).keys() <= {1}
            line.flag_seen([1])


def test_a_literal_larger_than_what_was_asked_for_is_not_read(imap: ScriptedIMAP) -> None:
    imap.play("body", Raw(b"* 1 FETCH (UID 1 BODY[]<0> {40000000}\r\n"))
    with line_to(imap) as line:
        line.open()
        with pytest.raises(Trouble, match="larger than what was asked for"):
            line.messages([1], 10)


def test_an_answer_that_never_ends_is_not_believed(imap: ScriptedIMAP, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_line, "LONG_ANSWER", 10_000)
    imap.play("sizes", Raw(b"* 1 FETCH (UID 1 RFC822.SIZE 1)\r\n" * 1000))
    with line_to(imap) as line:
        line.open()
        with pytest.raises(Trouble, match="larger than what was asked for"):
            line.facts([1])


@pytest.mark.parametrize("point", ["connect", "login", "body"])
def test_a_server_that_drips_is_cut_off(imap: ScriptedIMAP, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    monkeypatch.setattr(imap_line, "LONGEST_S", 0.3)
    imap.play(point, Drip(0.05))
    began = time.monotonic()
    with pytest.raises(Trouble), line_to(imap) as line:
        line.open()
        line.messages([1], 10)
        line.messages([1], 10)
    assert time.monotonic() - began < AT_ONCE_S


def test_what_went_wrong_is_told_without_the_words_of_a_letter(imap: ScriptedIMAP) -> None:
    imap.play("body", Raw(b"Gentile ufficio, mi chiamo Giulia\r\n"))
    with line_to(imap) as line:
        line.open()
        with pytest.raises(Trouble) as told:
            line.messages([1], 10)
    assert "Giulia" not in str(told.value)


def test_an_encrypted_line_needs_a_certificate_that_we_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(CERTIFICATES / "localhost.pem")
    with ScriptedIMAP(tls=server_side) as imap:
        with (
            pytest.raises(LoginRefused, match=r"(?i)certificate"),
            line_to(imap, scheme="imaps", host="localhost") as line,
        ):
            line.open()
        assert imap.commands == []  # no name and no password went out
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
        with line_to(imap, scheme="imaps", host="localhost") as line:
            assert line.open().uidvalidity == 7
        with pytest.raises(LoginRefused), line_to(imap, scheme="imaps", host="127.0.0.1") as line:
            line.open()


def test_nobody_listens() -> None:
    with ScriptedIMAP() as imap:
        line = line_to(imap)
    with pytest.raises(Trouble, match="connect"), line:
        line.open()
