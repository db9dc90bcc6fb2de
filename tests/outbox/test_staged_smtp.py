"""The SMTP line: a stop before the dot, patience with an end, trust only with proof."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.smtp_scripted import Call, Close, Drip, Fault, Say, ScriptedSMTP, Silence
from urp.config import parse_mail_server
from urp.outbox import staged_smtp
from urp.outbox.replies import (
    Accepted,
    Fenced,
    LoginRefused,
    NoConnection,
    Refused,
    Reply,
    TryLater,
    Unknown,
    Untrusted,
)
from urp.outbox.staged_smtp import StagedConnection, mailbox_mail, stuffed

CERTIFICATES = Path(__file__).resolve().parents[1] / "certificates"
SCHEMES = ("smtp", "smtp+starttls", "smtps")
Mark = Callable[[], bool]
LARGE = b"riga di prova\r\n" * 1_500_000
RAW = b"Subject: prova\r\n\r\nUna riga.\r\n.\r\n.punto in testa\r\nfine"


class Lines:
    """Opens lines to scripted servers and hangs them all up at the end."""

    def __init__(self) -> None:
        self.made: list[StagedConnection] = []

    def to(self, server: ScriptedSMTP, scheme: str = "smtp", **place: str) -> StagedConnection:
        address = parse_mail_server(server.url(scheme, **place), SCHEMES)
        self.made.append(StagedConnection(mailbox_mail(address), "ente.example"))
        return self.made[-1]

    def opened(self, server: ScriptedSMTP) -> StagedConnection:
        line = self.to(server)
        assert line.open() is None
        return line


def deliver(
    line: StagedConnection, mark: Mark = lambda: True, to: str = "giulia@posta.example", raw: bytes = RAW
) -> Reply:
    return line.deliver("urp@ente.example", to, raw, mark)


def test_the_marker_comes_after_the_body_and_before_the_dot(lines: Lines, server: ScriptedSMTP) -> None:
    line = lines.opened(server)

    def mark() -> bool:
        assert server.verbs[-1] == "DATA"
        assert server.journal == []
        return True

    assert deliver(line, mark) == Accepted(250, "taken as 1")
    (taken,) = server.journal
    assert (taken.sender, taken.recipients) == ("urp@ente.example", ("giulia@posta.example",))
    assert taken.data == RAW + b"\r\n"
    line.leave()
    assert server.verbs[-1] == "QUIT"


def test_no_marker_no_dot(lines: Lines, server: ScriptedSMTP) -> None:
    line = lines.opened(server)
    assert isinstance(deliver(line, lambda: False), Fenced)
    assert not line.is_open
    server.wait_for(lambda: server.unfinished)
    assert server.journal == []


def test_a_marker_that_fails_lets_no_dot_out(lines: Lines, server: ScriptedSMTP) -> None:
    line = lines.opened(server)

    def fail() -> bool:
        raise RuntimeError("the database is away")

    with pytest.raises(RuntimeError):
        deliver(line, fail)
    assert not line.dot_left
    server.wait_for(lambda: server.unfinished)
    assert server.journal == []


@pytest.mark.parametrize(
    ("point", "fault", "kind", "code", "stays_open"),
    [
        ("mail", Say(452, "later"), TryLater, 452, True),
        ("mail", Say(421, "bye"), TryLater, 421, False),
        ("mail", Say(530, "log in first"), LoginRefused, 530, True),
        ("mail", Close(), TryLater, None, False),
        ("rcpt", Say(450, "greylisted"), TryLater, 450, True),
        ("rcpt", Say(550, "no such user"), Refused, 550, True),
        ("rcpt", Say(999, "?"), TryLater, 999, False),
        ("rcpt", Close(), TryLater, None, False),
        ("data", Say(451, "later"), TryLater, 451, True),
        ("data", Say(554, "no"), Refused, 554, True),
        ("data", Close(), TryLater, None, False),
        ("body", Close(), TryLater, None, False),
        ("dot", Say(451, "later"), TryLater, 451, True),
        ("dot", Say(421, "bye"), TryLater, 421, False),
        ("dot", Say(552, "too large"), Refused, 552, True),
        ("dot", Say(354, "what?"), Unknown, None, False),
        ("dot", Close(), Unknown, None, False),
        ("dot", Close(accepted=False), Unknown, None, False),
    ],
)
def test_each_answer_has_its_meaning(
    lines: Lines,
    server: ScriptedSMTP,
    point: str,
    fault: Fault,
    kind: type[Reply],
    code: int | None,
    stays_open: bool,
) -> None:
    server.play(point, fault)
    line = lines.opened(server)
    reply = deliver(line, raw=LARGE if point == "body" else RAW)  # a short body would fit the socket's buffer
    assert (type(reply), reply.code, line.is_open) == (kind, code, stays_open)
    if isinstance(fault, Say):
        assert reply.text == fault.text


def test_after_a_refused_recipient_the_next_letter_goes_on_the_same_line(lines: Lines, server: ScriptedSMTP) -> None:
    server.play("rcpt", Say(550), when="nobody@")
    line = lines.opened(server)
    assert isinstance(deliver(line, to="nobody@posta.example"), Refused)
    assert isinstance(deliver(line, to="giulia@posta.example"), Accepted)
    assert [taken.recipients for taken in server.journal] == [("giulia@posta.example",)]
    assert server.sessions == 1


@pytest.mark.parametrize("fault", [Close(), Say(421), Silence()])
def test_what_happens_at_quit_does_not_matter(
    lines: Lines, server: ScriptedSMTP, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_smtp, "CONNECT_S", 0.3)
    server.play("quit", fault)
    line = lines.opened(server)
    assert isinstance(deliver(line), Accepted)
    line.leave()
    assert not line.is_open


@pytest.mark.parametrize(
    ("point", "constant", "kind"),
    [("mail", "COMMAND_S", TryLater), ("rcpt", "COMMAND_S", TryLater), ("dot", "REPLY_S", Unknown)],
)
@pytest.mark.parametrize("fault", [Silence(), Drip(0.05)], ids=["silent", "one byte at a time"])
def test_patience_ends(
    lines: Lines,
    server: ScriptedSMTP,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
    constant: str,
    kind: type[Reply],
    fault: Fault,
) -> None:
    line = lines.opened(server)
    monkeypatch.setattr(staged_smtp, constant, 0.2)
    server.play(point, fault)
    assert isinstance(deliver(line), kind)
    assert not line.is_open


def test_a_server_that_stops_reading_the_body_is_left(
    lines: Lines, server: ScriptedSMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_smtp, "DATA_S", 0.2)
    monkeypatch.setattr(staged_smtp, "SLOWEST_BYTES_PER_S", 1e9)
    monkeypatch.setattr(staged_smtp, "REPLY_S", 5)
    server.play("body", Call(server.stopping.wait))
    line = lines.opened(server)
    marks: list[int] = []

    def mark() -> bool:
        marks.append(1)
        return True

    body = (b"x" * 70 + b"\r\n") * 400_000  # the server stops after its first line; no buffer holds the rest
    reply = line.deliver("urp@ente.example", "giulia@posta.example", body, mark)
    assert isinstance(reply, TryLater)
    assert not marks


@pytest.mark.parametrize("fault", [Close(), Say(421, "busy"), Say(554, "go away"), Silence(), Drip(0.05)])
def test_a_line_that_does_not_open_is_no_connection(
    lines: Lines, server: ScriptedSMTP, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_smtp, "CONNECT_S", 0.2)
    server.play("connect", fault)
    line = lines.to(server)
    assert isinstance(line.open(), NoConnection)
    assert not line.is_open


@pytest.mark.parametrize("fault", [Silence(), None], ids=["silent", "not encrypted"])
def test_a_handshake_that_does_not_come_about_is_no_connection(
    lines: Lines, server: ScriptedSMTP, fault: Fault | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_smtp, "CONNECT_S", 0.2)
    if fault is not None:
        server.play("connect", fault)
    line = lines.to(server, "smtps", user="urp:secret")
    assert isinstance(line.open(), NoConnection)
    assert not line.is_open


@pytest.mark.parametrize("fault", [Say(454, "not now"), Close(), Silence(), Drip(0.05)])
def test_encryption_refused_or_delayed_is_no_connection_and_nothing_is_said_in_clear(
    lines: Lines, fault: Fault, monkeypatch: pytest.MonkeyPatch, trusted: None
) -> None:
    monkeypatch.setattr(staged_smtp, "COMMAND_S", 0.2)
    with tls_server("smtp+starttls") as server:
        server.play("starttls", fault)
        line = lines.to(server, "smtp+starttls", host="localhost", user="urp:secret")
        assert isinstance(line.open(), NoConnection)
        assert not {"AUTH", "MAIL"} & set(server.verbs)


def test_a_closed_port_is_no_connection(lines: Lines) -> None:
    with ScriptedSMTP() as gone:
        pass
    assert isinstance(lines.to(gone).open(), NoConnection)


@pytest.mark.parametrize(
    ("password", "fault", "kind"),
    [
        ("right", None, None),
        ("mistaken", None, LoginRefused),
        ("perché", None, LoginRefused),
        ("right", Say(454, "later"), NoConnection),
        ("right", Close(), NoConnection),
    ],
)
def test_login(lines: Lines, password: str, fault: Fault | None, kind: type[Reply] | None) -> None:
    with ScriptedSMTP(users={"urp": "right"}) as server:
        if fault:
            server.play("auth", fault)
        outcome = lines.to(server, user=f"urp:{password}").open()
        assert (type(outcome) if outcome else None) is kind
        assert not outcome or password not in outcome.text


def test_a_login_where_none_is_offered_is_refused(lines: Lines, server: ScriptedSMTP) -> None:
    assert isinstance(lines.to(server, user="urp:secret").open(), LoginRefused)
    assert "AUTH" not in server.verbs


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
class TestTrust:
    def test_a_proven_server_gets_the_letter(self, lines: Lines, scheme: str, trusted: None) -> None:
        with tls_server(scheme) as server:
            line = lines.to(server, scheme, host="localhost", user="urp:secret")
            assert line.open() is None
            assert isinstance(deliver(line), Accepted)
            line.leave()

    def test_an_unknown_authority_is_refused(self, lines: Lines, scheme: str) -> None:
        with tls_server(scheme) as server:
            assert isinstance(lines.to(server, scheme, host="localhost", user="urp:secret").open(), Untrusted)
            assert "AUTH" not in server.verbs

    def test_another_name_is_refused(self, lines: Lines, scheme: str, trusted: None) -> None:
        with tls_server(scheme) as server:
            assert isinstance(lines.to(server, scheme, host="127.0.0.1").open(), Untrusted)


def test_a_stripped_starttls_is_refused_and_nothing_is_said_in_clear(lines: Lines, trusted: None) -> None:
    with ScriptedSMTP(users={"urp": "secret"}) as server:
        outcome = lines.to(server, "smtp+starttls", host="localhost", user="urp:secret").open()
        assert isinstance(outcome, Untrusted)
        assert not {"AUTH", "MAIL"} & set(server.verbs)


def test_words_heard_before_encryption_are_forgotten(lines: Lines, trusted: None) -> None:
    with tls_server("smtp+starttls") as server:
        server.play("starttls", Say(220, "go ahead\r\n535 injected"))
        line = lines.to(server, "smtp+starttls", host="localhost")
        assert line.open() is None
        assert line.host is not None
        assert line.host.has_extn("size")  # of the reply to EHLO, not of the injected words
        assert isinstance(deliver(line), Accepted)


@pytest.mark.parametrize("words", ["550 \x1b[31mred\x07\r\n550 gone", "550 " + "x" * 5000])
def test_a_servers_words_are_one_short_clean_line(lines: Lines, server: ScriptedSMTP, words: str) -> None:
    server.play("rcpt", Say(550, words.partition(" ")[2]))
    line = lines.opened(server)
    reply = deliver(line)
    assert isinstance(reply, Refused)
    assert len(reply.text) <= 300
    assert reply.text.isprintable()


def test_the_body_is_dot_stuffed_and_ends_with_a_line_break() -> None:
    assert stuffed(b".a\r\nb\r\n..c") == b"..a\r\nb\r\n...c\r\n"
    assert stuffed(b"a\r\n") == b"a\r\n"


def tls_server(scheme: str) -> ScriptedSMTP:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "localhost.pem")
    return ScriptedSMTP(tls=context, implicit=scheme == "smtps", users={"urp": "secret"})


@pytest.fixture
def lines() -> Iterator[Lines]:
    made = Lines()
    yield made
    for line in made.made:
        line.drop()


@pytest.fixture
def server() -> Iterator[ScriptedSMTP]:
    with ScriptedSMTP() as made:
        yield made


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the test authority: OpenSSL reads the variable at every new context."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
