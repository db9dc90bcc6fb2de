"""A scripted IMAP server: one folder, a record of every command, and faults played at any point.

    with ScriptedIMAP() as server:
        uid = server.put(b"Subject: one\\r\\n\\r\\nHello\\r\\n")
        server.play("literal", Close(), when=f" {uid} ")
        ...
        assert server.seen == {uid}

Points where something can be played: connect, login, select, search, sizes, body (both before the answer),
literal (in the middle of a message), fetched (before OK), store, logout. `when` is looked for in the client's words,
or, for messages, in their numbers with a space before and after each.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from tests.scripted_server import Call, Close, Drip, HangUp, ScriptedServer, Session, Silence

__all__ = ["Bad", "Bye", "Call", "Close", "Drip", "No", "Raw", "ScriptedIMAP", "Silence"]

ARRIVED = "22-Nov-2026 10:00:00 +0100"


@dataclass(frozen=True)
class No:
    """Refuse the command."""

    text: str = "scripted"


@dataclass(frozen=True)
class Bad:
    """Say that the command makes no sense."""

    text: str = "scripted"


@dataclass(frozen=True)
class Bye:
    """Say goodbye and hang up."""

    text: str = "scripted"


@dataclass(frozen=True)
class Raw:
    """Say exactly this, then OK."""

    words: bytes


Fault = No | Bad | Bye | Raw | Close | Silence | Drip | Call


@dataclass
class Held:
    """A message of the folder; `size` is what the server claims."""

    raw: bytes
    arrived: str
    size: int


class _Answered(Exception):
    """This command has its answer."""


class ScriptedIMAP(ScriptedServer):
    """Listens on 127.0.0.1; `commands`, `seen` and `sessions` tell what happened, `messages` is the folder."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, password: str = "secret", uidvalidity: int = 7) -> None:
        self.messages: dict[int, Held] = {}
        self.uidvalidity, self.uidnext = uidvalidity, 1
        self.seen: set[int] = set()
        self.commands: list[str] = []
        self.tls, self.password = tls, password
        super().__init__()

    def session(self, line: socket.socket, number: int) -> Session:
        """An IMAP conversation."""
        return _Session(self, line)

    def url(self, scheme: str = "imap", host: str = "127.0.0.1", password: str | None = None) -> str:
        """The address as `URP_PEO_IMAP` wants it."""
        return f"{scheme}://urp:{password or self.password}@{host}:{self.port}"

    def put(self, raw: bytes, *, uid: int | None = None, arrived: str = ARRIVED, size: int | None = None) -> int:
        """A message arrives; its number."""
        number = uid or self.uidnext
        self.messages[number] = Held(raw, arrived, len(raw) if size is None else size)
        self.uidnext = max(self.uidnext, number + 1)
        return number

    def renumber(self, uidvalidity: int) -> None:
        """A new UIDVALIDITY: the same messages in another order, under numbers that were used before."""
        kept = list(self.messages.values())[::-1]
        self.uidvalidity, self.uidnext, self.messages, self.seen = uidvalidity, 1, {}, set()
        for one in kept:
            self.put(one.raw, arrived=one.arrived, size=one.size)

    def asked(self, word: str) -> list[str]:
        """The commands that hold this word."""
        return [command for command in self.commands if word in command]


class _Session(Session):
    def __init__(self, server: ScriptedIMAP, line: socket.socket) -> None:
        super().__init__(server, line)
        self.server = server
        self.tag = "*"

    def run(self) -> None:
        if self.server.tls:
            self.encrypt(self.server.tls)
        with suppress(_Answered):
            self.play("connect", "", b"* OK scripted ready")
        while True:
            words = self.read_line().decode().strip()
            self.tag, _, command = words.partition(" ")
            self.server.commands.append(command)
            verb = command.removeprefix("UID ").partition(" ")[0].lower()
            with suppress(_Answered):
                getattr(self, f"do_{verb}")(command)

    def do_capability(self, words: str) -> None:
        self.say(b"* CAPABILITY IMAP4rev1", self.ok())

    def do_login(self, words: str) -> None:
        right = f'"{self.server.password}"' in words or words.endswith(f" {self.server.password}")
        self.play("login", words, self.ok() if right else f"{self.tag} NO [AUTHENTICATIONFAILED] no".encode())

    def do_select(self, words: str) -> None:
        server = self.server
        self.play("select", words)
        self.say(
            f"* {len(server.messages)} EXISTS".encode(),
            f"* OK [UIDVALIDITY {server.uidvalidity}] epoch".encode(),
            f"* OK [UIDNEXT {server.uidnext}] next".encode(),
            self.ok("[READ-WRITE]"),
        )

    def do_search(self, words: str) -> None:
        self.play("search", words)
        first = int(re.search(r"(\d+):\*", words)[1])  # type: ignore[index]
        uids = sorted(self.server.messages)
        found = [uid for uid in uids if uid >= first] or uids[-1:]
        self.say(f"* SEARCH {' '.join(map(str, found))}".rstrip().encode(), self.ok())

    def do_fetch(self, words: str) -> None:
        _, _, numbers, what = words.split(" ", 3)
        uids = list(_numbers(numbers))
        words = f" {' '.join(map(str, uids))} "
        self.play("sizes" if "RFC822.SIZE" in what else "body", words)
        for uid in uids:
            if (held := self.server.messages.get(uid)) is not None:
                self.show(uid, held, what)
        self.play("fetched", words, self.ok())

    def show(self, uid: int, held: Held, what: str) -> None:
        if "RFC822.SIZE" in what:
            facts = f'RFC822.SIZE {held.size} INTERNALDATE "{held.arrived}"'
            self.say(f"* {uid} FETCH (UID {uid} {facts})".encode())
            return
        raw = held.raw if "HEADER" not in what else held.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        raw = raw[: int(re.search(r"<0\.(\d+)>", what)[1])]  # type: ignore[index]
        section = "BODY[HEADER]<0>" if "HEADER" in what else "BODY[]<0>"
        half = len(raw) // 2
        self.line.sendall(f"* {uid} FETCH (UID {uid} {section} {{{len(raw)}}}\r\n".encode() + raw[:half])
        self.play("literal", f" {uid} ")
        self.line.sendall(raw[half:] + b")\r\n")

    def do_store(self, words: str) -> None:
        self.play("store", words)
        assert "+FLAGS.SILENT (\\Seen)" in words, words
        self.server.seen.update(_numbers(words.split(" ")[2]))
        self.say(self.ok())

    def do_logout(self, words: str) -> None:
        self.play("logout", words, b"* BYE")
        self.say(self.ok())
        raise HangUp

    def ok(self, code: str = "") -> bytes:
        return f"{self.tag} OK {code} done".encode()

    def play(self, point: str, words: str, *usual: bytes) -> None:
        """Say the usual, or what the script has here; raises _Answered or HangUp when the command is over."""
        fault = self.server.scene(point, words)
        if isinstance(fault, Close):
            raise HangUp
        if isinstance(fault, Silence):
            self.wait_for_hang_up()
        if isinstance(fault, Bye):
            self.say(f"* BYE {fault.text}".encode())
            raise HangUp
        if isinstance(fault, Call):
            fault.act()
        elif isinstance(fault, Drip):
            self.drip(b"\r\n".join(usual) + b"\r\n" if usual else b"* OK still here " * 50, fault.pause_s)
            raise _Answered
        elif fault is not None:
            said = fault.words if isinstance(fault, Raw) else b""
            verdict = self.ok() if isinstance(fault, Raw) else f"{self.tag} {_word(fault)} {fault.text}".encode()
            self.line.sendall(said + verdict + b"\r\n")
            raise _Answered
        if usual:
            self.say(*usual)

    def say(self, *lines: bytes) -> None:
        self.line.sendall(b"".join(line + b"\r\n" for line in lines))


def _word(fault: Fault) -> str:
    return "NO" if isinstance(fault, No) else "BAD"


def _numbers(words: str) -> Iterator[int]:
    for part in words.split(","):
        first, _, last = part.partition(":")
        yield from range(int(first), int(last or first) + 1)
