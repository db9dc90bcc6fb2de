"""One IMAP line that is patient but not for ever, believes no answer's size, and cannot delete."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from urp.config import MailServer
from urp.inbox.limits import LARGEST
from urp.outbox.replies import clean

CONNECT_S = 20.0
READ_S = 60.0
LONGEST_S = 600.0
"""No line lives longer, however slowly the server speaks: 35 MB at 64 kB a second, and some more."""

SMALL_ANSWER = 1024 * 1024
LONG_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer that we believe: a list of numbers may be long (a million and a half of them)."""

HEADERS_SIZE = 1024 * 1024
PIECE = 65_536
NOT_NOW = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN")
"""Codes of RFC 5530 with which a server refuses a login although name and password may be right."""


class Trouble(Exception):
    """The line can do no more; the text is fit to be stored and shown."""


class LoginRefused(Trouble):
    """The server does not take our name and password, or cannot prove who it is: a person has to mend it."""


class Refused(Exception):
    """No to one command, or an answer nobody understands; the line stands."""


@dataclass(frozen=True)
class Folder:
    """What the server says of the mailbox: the epoch of its numbers, and the next number if it tells."""

    uidvalidity: int
    uidnext: int | None


@dataclass(frozen=True)
class Facts:
    """What is known of a message before it is fetched: bytes, and when it came (UTC) if that can be read."""

    uid: int
    size: int
    received_at: datetime | None


class _Careful:
    """Counts what a server says and how long it takes, so that no answer fills the memory or never ends."""

    budget = SMALL_ANSWER
    over_at = 0.0
    file: Any
    abort: Any

    def open(self, *where: Any, **how: Any) -> None:
        self.over_at = monotonic() + LONGEST_S
        super().open(*where, **how)  # type: ignore[misc]

    def read(self, size: int) -> bytes:
        self._spend(size)
        parts = []
        while size > 0 and (part := self.file.read1(min(size, PIECE))):
            self._hurry()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def readline(self) -> bytes:
        parts: list[bytes] = []
        while not (parts and parts[-1].endswith(b"\n")) and (heard := self.file.peek(1)):
            self._hurry()
            parts.append(self.file.read(heard.find(b"\n") + 1 or len(heard)))
            self._spend(len(parts[-1]))
        return b"".join(parts)

    def _spend(self, size: int) -> None:
        self.budget -= size
        if self.budget < 0:
            raise self.abort("the answer is larger than what was asked for")

    def _hurry(self) -> None:
        if monotonic() > self.over_at:
            raise self.abort(f"not done within {LONGEST_S:.0f} s")


class _Plain(_Careful, IMAP4WithTimeout):
    """Only to this very machine; the settings see to it."""


class _Encrypted(_Careful, IMAP4_TLS):
    """TLS from the first byte, with a certificate that is checked."""


class _Client(IMAPClient):
    def _create_IMAP4(self) -> _Careful:
        if not self.ssl:
            return _Plain(self.host, self.port, CONNECT_S)
        return _Encrypted(self.host, self.port, self.ssl_context, CONNECT_S)


class ImapLine:
    """The line to one mailbox; it belongs to one thread, and is closed at the end of its `with`."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._client: Any = None
        self._stands = False

    def __enter__(self) -> "ImapLine":
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(Exception):
            if self._stands:
                self._client.logout()
        with suppress(Exception):
            self._client.shutdown()

    def open(self) -> Folder:
        """Connect, check the certificate, log in, select the folder; raises Trouble or LoginRefused."""
        try:
            self._connect()
            with self._asking("login"):
                self._client.login(self._server.user, self._server.password.get_secret_value())
            with self._asking("select"):
                said = self._client.select_folder(self._server.folder)
                uidvalidity, uidnext = int(said[b"UIDVALIDITY"]), said.get(b"UIDNEXT")
        except Refused as error:
            raise Trouble(str(error)) from error
        return Folder(uidvalidity, None if uidnext is None else int(uidnext))

    def uids_above(self, uid: int) -> list[int]:
        """The numbers above this one, in rising order; raises Trouble."""
        try:
            with self._asking("search", LONG_ANSWER):
                found = self._client.search(["UID", f"{uid + 1}:*"])
        except Refused as error:
            raise Trouble(str(error)) from error
        return sorted({one for one in found if uid < one < 2**32})  # «9:*» also finds the last one below 9

    def facts(self, uids: Sequence[int]) -> dict[int, Facts]:
        """Size and arrival of those that are still there; raises Refused or Trouble."""
        with self._asking("fetch sizes", LONG_ANSWER):
            said = self._client.fetch(uids, [b"RFC822.SIZE", b"INTERNALDATE"])
            sizes = {uid: parts for uid, parts in said.items() if uid in uids and b"RFC822.SIZE" in parts}
            return {
                uid: Facts(uid, int(parts[b"RFC822.SIZE"]), _instant(parts.get(b"INTERNALDATE")))
                for uid, parts in sizes.items()
            }

    def messages(self, uids: Sequence[int], expected: int) -> dict[int, bytes]:
        """The bytes of those that are still there, together about `expected`; raises Refused or Trouble.

        Of a message larger than LARGEST only one byte more than that, whatever the server said before.
        """
        return self._bodies(uids, f"BODY.PEEK[]<0.{LARGEST + 1}>", max(expected, LARGEST) + SMALL_ANSWER)

    def headers(self, uid: int) -> bytes | None:
        """The headers of a message, None when it is gone; raises Refused or Trouble."""
        return self._bodies([uid], f"BODY.PEEK[HEADER]<0.{HEADERS_SIZE}>", HEADERS_SIZE + SMALL_ANSWER).get(uid)

    def flag_seen(self, uids: Sequence[int]) -> None:
        r"""Set \Seen; raises Refused or Trouble."""
        with self._asking("store", LONG_ANSWER):
            self._client.add_flags(uids, [b"\\Seen"], silent=True)

    def _bodies(self, uids: Sequence[int], what: str, budget: int) -> dict[int, bytes]:
        with self._asking("fetch", budget):
            said = self._client.fetch(uids, [what.encode()])
            return {uid: body for uid in uids if (body := _body(said.get(uid, {}))) is not None}

    def _connect(self) -> None:
        tls = ssl.create_default_context() if self._server.security == "tls" else None
        try:
            self._client = _Client(
                self._server.host,
                self._server.port,
                ssl=tls is not None,
                ssl_context=tls,
                timeout=SocketTimeout(CONNECT_S, READ_S),
            )
        except ssl.SSLCertVerificationError as error:
            raise LoginRefused(clean(error)) from error
        except Exception as error:
            raise Trouble(f"connect: {_words(error)}") from error
        self._stands = True
        self._client.normalise_times = False
        self._client._imap.debug = 0  # else each line of each letter is made into a log line that nobody reads

    @contextmanager
    def _asking(self, what: str, budget: int = SMALL_ANSWER) -> Iterator[None]:
        self._client._imap.budget = budget
        try:
            yield
        except LoginError as error:
            if isinstance(error.__context__, IMAPClientAbortError) or any(code in str(error) for code in NOT_NOW):
                raise Trouble(f"{what}: {_words(error)}") from error
            raise LoginRefused(f"{what} refused: {_words(error)}") from error
        except (IMAPClientAbortError, OSError) as error:
            self._stands = False
            raise Trouble(f"{what}: {_words(error)}") from error
        except IMAPClientError as error:
            raise Refused(f"{what}: {_words(error)}") from error
        except Exception as error:
            raise Refused(f"{what}: answer not understood, {type(error).__name__}") from error


def _body(parts: dict[bytes, Any]) -> bytes | None:
    for name, value in parts.items():
        if name.startswith(b"BODY["):
            return value if isinstance(value, bytes) else b"" if value is None else str(value).encode()
    return None


def _instant(value: object) -> datetime | None:
    with suppress(ValueError, OverflowError):
        return value.astimezone(UTC) if isinstance(value, datetime) else None
    return None


def _words(error: BaseException) -> str:
    """What went wrong, without the bytes that imaplib quotes: they may be of a letter."""
    return clean(str(error).split(": b'")[0].split(': b"')[0]) or type(error).__name__
