"""A scripted SMTP server: keeps a journal of every letter it accepted, and plays faults at any verb.

    with ScriptedSMTP() as server:
        server.play("rcpt", Say(550, "no such mailbox"), when="nobody@")
        ...
        assert [letter.recipients for letter in server.journal] == [...]

Points where something can be played: connect, ehlo, starttls, auth, mail, rcpt, data (the command),
body (its first line has come), dot (the letter is whole), rset, quit.
"""

import base64
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from typing import Any

from tests.scripted_server import Call, Close, Drip, HangUp, ScriptedServer, Session, Silence

__all__ = ["Call", "Close", "Drip", "Say", "ScriptedSMTP", "Silence", "Taken"]


@dataclass(frozen=True)
class Say:
    """Answer with this reply instead of the usual one; at `dot` anything but 2xx accepts nothing."""

    code: int
    text: str = "scripted"


Fault = Say | Close | Silence | Drip | Call


@dataclass(frozen=True)
class Taken:
    """A letter that the server accepted: it has said 250, or died after deciding to."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    session: int

    @property
    def message(self) -> Any:
        return message_from_bytes(self.data, policy=default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class ScriptedSMTP(ScriptedServer):
    """Listens on 127.0.0.1, on a free port unless one is given; `journal`, `unfinished` and `verbs` tell what happened.

    `tls` is a server context, used at once (`implicit=True`) or after STARTTLS; `users` demands a login.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        users: dict[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self.journal: list[Taken] = []
        self.unfinished: list[bytes] = []  # bodies whose final dot never came
        self.verbs: list[str] = []
        self.tls, self.implicit, self.users = tls, implicit, users
        super().__init__(port)

    def session(self, line: socket.socket, number: int) -> Session:
        """An SMTP conversation."""
        return _Session(self, line, number)

    def url(self, scheme: str = "smtp", user: str = "", host: str = "127.0.0.1") -> str:
        """The address as `URP_PEO_SMTP` wants it; `user` as `name:password`."""
        return f"{scheme}://{user + '@' if user else ''}{host}:{self.port}"

    def wait_for(self, condition: Callable[[], object], timeout: float = 20) -> None:
        """Return as soon as the condition holds; raises TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(condition, timeout):
                raise TimeoutError(f"journal {len(self.journal)}, verbs {self.verbs[-20:]}")


class _Session(Session):
    def __init__(self, server: ScriptedSMTP, line: socket.socket, number: int) -> None:
        super().__init__(server, line)
        self.server, self.number = server, number
        self.sender = ""
        self.recipients: list[str] = []

    def run(self) -> None:
        if self.server.implicit:
            self.encrypt(self.server.tls)
        self.answer("connect", "", "220 scripted.example ready")
        while True:
            words = self.read_line().decode("utf-8", "replace").strip()
            verb = words.partition(" ")[0].upper()
            self.server.note(lambda verb=verb: self.server.verbs.append(verb))  # type: ignore[misc]
            act = getattr(self, f"do_{verb.lower()}", None)
            if act is None:
                self.say("502 not known")
            else:
                act(words)

    def do_ehlo(self, words: str) -> None:
        offers = ["scripted.example", "SIZE 50000000", "8BITMIME"]
        if self.server.tls and not isinstance(self.line, ssl.SSLSocket):
            offers.append("STARTTLS")
        if self.server.users:
            offers.append("AUTH PLAIN")
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        self.answer("ehlo", words, "\r\n".join(lines))

    def do_starttls(self, words: str) -> None:
        if self.answer("starttls", words, "220 go ahead"):
            self.encrypt(self.server.tls)

    def do_auth(self, words: str) -> None:
        _, user, password = base64.b64decode(words.split()[2]).decode().split("\0")
        right = (self.server.users or {}).get(user) == password
        self.answer("auth", words, "235 welcome" if right else "535 5.7.8 wrong name or password")

    def do_mail(self, words: str) -> None:
        self.sender, self.recipients = _address(words), []
        self.answer("mail", words, "250 ok")

    def do_rcpt(self, words: str) -> None:
        if self.answer("rcpt", words, "250 ok"):
            self.recipients.append(_address(words))

    def do_rset(self, words: str) -> None:
        self.sender, self.recipients = "", []
        self.answer("rset", words, "250 ok")

    def do_quit(self, words: str) -> None:
        self.answer("quit", words, "221 bye")
        raise HangUp

    def do_data(self, words: str) -> None:
        if not self.recipients:
            self.say("503 no recipient")
        elif self.answer("data", words, "354 go ahead"):
            self.take(self.read_body())

    def take(self, data: bytes) -> None:
        """The letter is whole: accept it as the script says, then answer."""
        taken = Taken(self.sender, tuple(self.recipients), data, self.number)
        fault = self.server.scene("dot", " ".join(self.recipients))
        if isinstance(fault, Call):
            fault.act()
            fault = None
        refused = (isinstance(fault, Say) and fault.code // 100 != 2) or not getattr(fault, "accepted", True)
        if not refused:
            self.server.note(lambda: self.server.journal.append(taken))
        self.play(fault, f"250 taken as {len(self.server.journal)}")

    def read_body(self) -> bytes:
        lines: list[bytes] = []
        try:
            while (line := self.read_line()) != b".\r\n":
                lines.append(line[1:] if line.startswith(b".") else line)
                if len(lines) == 1:
                    self.play(self.server.scene("body", " ".join(self.recipients)), None)
        except (HangUp, OSError):
            self.server.note(lambda: self.server.unfinished.append(b"".join(lines)))
            raise
        return b"".join(lines)

    def answer(self, point: str, words: str, usual: str) -> bool:
        """Answer here as the script or custom says; whether it was the usual way."""
        return self.play(self.server.scene(point, words), usual)

    def play(self, fault: Fault | None, usual: str | None) -> bool:
        if isinstance(fault, Close):
            raise HangUp
        if isinstance(fault, Silence):
            self.wait_for_hang_up()
        if isinstance(fault, Say):
            self.say(f"{fault.code} {fault.text}")
            return fault.code // 100 in (2, 3)
        if isinstance(fault, Call):
            fault.act()
        if isinstance(fault, Drip):
            self.drip(f"{usual or ''}\r\n".encode(), fault.pause_s)
        elif usual:
            self.say(usual)
        return True

    def say(self, reply: str) -> None:
        self.line.sendall(f"{reply}\r\n".encode())


def _address(words: str) -> str:
    return words.partition("<")[2].partition(">")[0]
