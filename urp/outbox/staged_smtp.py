"""One SMTP line that stops before the final dot, so that the database can be told first."""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask_mail import Connection, Mail

from urp.config import MailServer
from urp.outbox.patient_smtp import PatientSMTP
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
    clean,
)

CONNECT_S = 30.0
COMMAND_S = 60.0
DATA_S = 120.0
REPLY_S = 600.0
"""Patience for the connection, a reply, the body, and the final reply (RFC 5321 §4.5.3.2.6: ten minutes)."""

SLOWEST_BYTES_PER_S = 64_000
"""The body has DATA_S plus its size at this rate: 40 MB may take twelve minutes, never hours."""

LOGIN_CODES = frozenset({530, 534, 535, 538})


def mailbox_mail(server: MailServer) -> Mail:
    """Flask-Mail's configuration of one mailbox (Flask-Mail knows one per app, we have two)."""
    mail = Mail()
    mail.state = mail.init_mail(
        {
            "MAIL_SERVER": server.host,
            "MAIL_PORT": server.port,
            "MAIL_USE_SSL": server.security == "tls",
            "MAIL_USE_TLS": server.security == "starttls",
            "MAIL_USERNAME": server.user or None,
            "MAIL_PASSWORD": server.password.get_secret_value() or None,
        }
    )
    return mail


class StagedConnection(Connection):
    """Flask-Mail's connection with patience, trust and a stop before the dot.

    The original has no timeout, takes any certificate, and calls an error at QUIT a failure (three copies
    were sent). One connection belongs to one thread.
    """

    host: PatientSMTP | None

    def __init__(self, mail: Mail, our_name: str) -> None:
        super().__init__(mail)
        self.our_name = our_name
        self.dot_left = False  # of the last letter

    @property
    def is_open(self) -> bool:
        """Whether another letter can follow on this line."""
        return self.host is not None and self.host.sock is not None

    def open(self) -> Reply | None:
        """Connect, check the certificate, log in; None when the line stands.

        Else NoConnection, LoginRefused or Untrusted.
        """
        try:
            self.host = self.configure_host()
        except (ssl.SSLCertVerificationError, smtplib.SMTPNotSupportedError) as error:
            return Untrusted(None, clean(error))
        except smtplib.SMTPAuthenticationError as error:
            kind = LoginRefused if error.smtp_code >= 500 else NoConnection
            return kind(error.smtp_code, clean(error.smtp_error))
        except smtplib.SMTPResponseException as error:
            return NoConnection(error.smtp_code, clean(error.smtp_error))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return NoConnection(None, clean(error))
        return None

    def configure_host(self) -> PatientSMTP:
        """A line that is encrypted where the settings say so; raises what smtplib and ssl raise."""
        state: Any = self.mail
        tls = ssl.create_default_context() if state.use_ssl else None
        host = PatientSMTP(self.our_name, tls, connect_s=CONNECT_S, command_s=COMMAND_S)
        try:
            host.open(state.server, state.port)
            if state.use_tls:
                host.starttls(context=ssl.create_default_context())
            host.ehlo_or_helo_if_needed()
            if state.username and state.password:
                host.log_in(state.username, state.password)
        except BaseException:
            host.close()
            raise
        return host

    def deliver(self, sender: str, recipient: str, raw: bytes, mark: Callable[[], bool]) -> Reply:
        """Send one letter; `mark` is called when only the dot is missing and says whether it may leave.

        Returns Accepted, TryLater, Refused, Unknown, Fenced or LoginRefused. What `mark` raises is raised
        again after the line is dropped: without the dot the server must forget the letter.
        """
        host, self.dot_left = self.host, False
        if host is None:
            raise RuntimeError("the line is not open")
        try:
            if refusal := self._envelope(host, sender, recipient, len(raw)):
                return refusal
            host.put(stuffed(raw), DATA_S + len(raw) / SLOWEST_BYTES_PER_S)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self.drop()
            return TryLater(None, clean(error))
        if not self._may_leave(mark):
            return Fenced(None, "another worker holds the letter")
        return self._dot(host)

    def drop(self) -> None:
        """Hang up without a word."""
        if self.host is not None:
            with suppress(OSError):
                self.host.close()

    def leave(self) -> None:
        """QUIT; whatever the server answers, what it took stays taken."""
        if self.host is not None and self.is_open:
            with suppress(smtplib.SMTPException, OSError):
                self.host.patience = CONNECT_S
                self.host.quit()
        self.drop()

    def _envelope(self, host: PatientSMTP, sender: str, recipient: str, size: int) -> Reply | None:
        host.patience = COMMAND_S
        code, text = host.mail(sender, [f"SIZE={size}"] if host.has_extn("size") else [])
        if code // 100 == 2:
            code, text = host.rcpt(recipient)
        if code // 100 == 2:
            code, text = host.docmd("DATA")
        return None if code == 354 else self._refusal(host, code, clean(text))

    def _refusal(self, host: PatientSMTP, code: int, text: str) -> Reply:
        if code == 421 or not 400 <= code < 600:
            self.drop()
            return TryLater(code if code > 0 else None, text)
        if code in LOGIN_CODES:
            return LoginRefused(code, text)
        try:
            host.rset()
        except (smtplib.SMTPException, OSError):
            self.drop()
        return Refused(code, text) if code >= 500 else TryLater(code, text)

    def _may_leave(self, mark: Callable[[], bool]) -> bool:
        ours = False
        try:
            ours = mark()
        finally:
            if not ours:
                self.drop()
        return ours

    def _dot(self, host: PatientSMTP) -> Reply:
        self.dot_left = True
        try:
            host.put(b".\r\n", COMMAND_S)
            host.patience = REPLY_S
            code, answer = host.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self.drop()
            return Unknown(None, clean(error))
        if code == 421 or code // 100 not in (2, 4, 5):
            self.drop()
        verdict = {2: Accepted, 4: TryLater, 5: Refused}.get(code // 100)
        return verdict(code, clean(answer)) if verdict else Unknown(None, clean(answer))


def stuffed(raw: bytes) -> bytes:
    """The body as DATA carries it: leading dots doubled, a line break at the end, no final dot."""
    doubled = re.sub(rb"(?m)^\.", b"..", raw)
    return doubled if doubled.endswith(b"\r\n") else doubled + b"\r\n"
