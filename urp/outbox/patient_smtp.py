"""smtplib's line, where a whole reply and not each byte of it must come in time."""

import smtplib
import socket
import ssl
from time import monotonic

CHUNK = 1 << 16


class PatientSMTP(smtplib.SMTP):
    """An SMTP line whose replies must be complete within `patience` seconds, however slowly they drip."""

    sock: socket.socket | None

    def __init__(self, our_name: str, tls: ssl.SSLContext | None, *, connect_s: float, command_s: float) -> None:
        """`our_name` is said at EHLO: smtplib would ask the DNS for it, without a limit."""
        super().__init__(local_hostname=our_name, timeout=connect_s)
        self.tls = tls
        self.patience = connect_s
        self.command_s = command_s

    def open(self, host: str, port: int) -> None:
        """Connect and hear the greeting; raises OSError or SMTPException."""
        self._host = host  # what the certificate is compared with, also after STARTTLS
        code, text = self.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        self.patience = self.command_s

    def getreply(self) -> tuple[int, bytes]:
        """A whole reply; raises SMTPServerDisconnected when it takes longer than `patience`."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the line is closed")
        if self.file is None:
            self.file = Ear(self.sock)
        self.file.deadline = monotonic() + self.patience
        return super().getreply()

    def put(self, data: bytes, seconds: float) -> None:
        """Send all of this within so many seconds; raises OSError or SMTPServerDisconnected."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the line is closed")
        deadline = monotonic() + seconds
        for at in range(0, len(data), CHUNK):
            self.sock.settimeout(max(deadline - monotonic(), 0.001))
            self.sock.sendall(data[at : at + CHUNK])

    def log_in(self, user: str, password: str) -> None:
        """Raises SMTPAuthenticationError also where no login is offered, or ours cannot be written."""
        try:
            self.login(user, password)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPServerDisconnected, smtplib.SMTPHeloError):
            raise
        except (smtplib.SMTPException, UnicodeError) as error:
            raise smtplib.SMTPAuthenticationError(535, str(error).encode()) from error

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = socket.create_connection((host, port), timeout)
        try:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self.tls.wrap_socket(line, server_hostname=host) if self.tls else line
        except BaseException:
            line.close()
            raise


class Ear:
    """Reads lines from a socket until a deadline."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.deadline = 0.0
        self.heard = b""

    def readline(self, limit: int) -> bytes:
        """The next line, at most `limit` bytes, b"" at the end; raises TimeoutError at the deadline."""
        while b"\n" not in self.heard and len(self.heard) < limit:
            left = self.deadline - monotonic()
            if left <= 0:
                raise TimeoutError("no whole reply in time")
            self.line.settimeout(left)
            more = self.line.recv(4096)
            if not more:
                break
            self.heard += more
        cut = min(self.heard.find(b"\n") + 1 or len(self.heard), limit)
        line, self.heard = self.heard[:cut], self.heard[cut:]
        return line

    def close(self) -> None:
        """Forget what was heard: before STARTTLS it was not encrypted (RFC 3207 §4.2)."""
        self.heard = b""
