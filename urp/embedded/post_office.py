"""The built-in post office: SMTP, IMAP, a provider of certified mail, and a page; nothing leaves this machine."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import warnings
from argparse import Namespace
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from mail_devel.auth import IMAPAuthenticator
from mail_devel.mailbox import TestMailboxDict
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend
from pymap.backend.dict.filter import FilterSet
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage

from urp.embedded import ordinary_answers
from urp.embedded.letters import Letter, Letterbox
from urp.embedded.mail_plays import is_certified
from urp.embedded.pec_daticert import ADDRESS as PROVIDER
from urp.embedded.pec_provider import Provider
from urp.embedded.post_office_door import PASSWORD_VARIABLE
from urp.embedded.post_office_page import serve_page

LARGEST_LETTER = 40 * 1024 * 1024
logger = logging.getLogger(__name__)


class PostOffice:
    """The mailboxes, and what happens to a letter that is handed in.

    Any address has a mailbox as soon as it is written to or signed in to; one password opens them all.
    """

    def __init__(self, password: str, provider: Provider) -> None:
        self.letters = Letterbox()
        self._password = password.encode()
        self._provider = provider
        self._under_way: set[asyncio.Task[None]] = set()
        self._config = Config.from_args(_imap_arguments(password))
        self._mailboxes = TestMailboxDict(self._config, FilterSet(), multi_user=True)
        self._login = IMAPAuthenticator(self._config, multi_user=True)

    async def open(self, addresses: Iterable[str]) -> None:
        """Prepare the password, the mailboxes that must exist before their first letter, and the provider."""
        await DictBackend._add_demo_user(self._config, self._login)
        for address in addresses:
            await self._mailboxes.get(address)
        self._provider.open()

    async def accept(self, letter: Letter) -> int:
        """Take a letter in and return its number; what a provider makes of it follows by itself.

        An ordinary letter to an ordinary address is in its mailbox when this returns.
        """
        number = self.letters.add(letter)
        if is_certified(letter.sender):
            self._later(self._carry(letter))
        else:
            await self._bring(letter)
        return number

    async def _carry(self, letter: Letter) -> None:
        async for paper in self._provider.carry(letter):
            await self._bring(paper)

    async def _bring(self, letter: Letter) -> None:
        certified_sender = is_certified(letter.sender) or letter.sender == PROVIDER
        for recipient in letter.recipients:
            one = replace(letter, recipients=(recipient,))
            if not (certified_sender and is_certified(recipient)):
                if answer := ordinary_answers.answer(letter, recipient):
                    self._later(self._bring(answer))
                if ordinary_answers.is_refused(recipient):
                    continue
                if is_certified(recipient):
                    one = await self._provider.wrap(one)
            await self._put(one, recipient)

    async def _put(self, letter: Letter, recipient: str) -> None:
        if letter.made_by == "provider":
            self.letters.add(letter)
        mailbox = await (await self._mailboxes.get(recipient)).get_mailbox("INBOX")
        trace = f"Return-Path: <{letter.sender}>\r\nDelivered-To: {recipient}\r\n".encode()
        await mailbox.append(AppendMessage(trace + letter.content, letter.accepted_at, frozenset()))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)  # the loop itself would let it be collected
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("a letter was not carried to its end", exc_info=error)

    def imap(self) -> IMAPServer:
        """The IMAP server of these mailboxes."""
        return IMAPServer(self._login, self._config)

    def smtp(self) -> SMTP:
        """One SMTP conversation; signing in is required, in clear, for the line never leaves this machine."""
        return SMTP(
            self,
            data_size_limit=LARGEST_LETTER,
            enable_SMTPUTF8=True,
            hostname="localhost",
            auth_required=True,
            auth_require_tls=False,
            authenticator=self._authenticate,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        if not isinstance(given, LoginPassword) or given.password != self._password:
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=given.login.decode())

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Accept the letter."""
        content = envelope.original_content or b""
        letter = Letter(
            sender=envelope.mail_from or "",
            recipients=tuple(dict.fromkeys(envelope.rcpt_tos)),
            content=content,
            accepted_at=datetime.now(UTC),
        )
        await self.accept(letter)
        return "250 2.0.0 Message accepted for delivery"


async def serve(
    office: PostOffice,
    mailboxes: Sequence[str],
    *,
    smtp: socket.socket,
    imap: socket.socket,
    page: socket.socket,
) -> None:
    """Answer on the three sockets until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    await office.open(mailboxes)
    reader = ProxyProtocolReader(office._config.proxy_protocol)
    async with AsyncExitStack() as stack:
        smtp_server = await loop.create_server(office.smtp, sock=smtp)
        stack.callback(smtp_server.close)
        imap_server = await asyncio.start_server(reader.get_callback(office.imap()), sock=imap)
        stack.callback(imap_server.close)
        await stack.enter_async_context(serve_page(office.letters, page, office.accept, own_addresses=mailboxes))
        await asked_to_stop.wait()


def _imap_arguments(password: str) -> Namespace:
    return Namespace(
        demo_data=False,
        demo_user="post-office",
        demo_password=password,
        host=None,
        port=0,
        debug=False,
        cert=None,
        key=None,
        tls=False,
        passlib_cfg=None,
        proxy_protocol=None,
    )


def main() -> None:
    """Run as a service: listening sockets come as inherited descriptors, the password in the environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("smtp", "imap", "page"):
        parser.add_argument(f"--{name}", type=int, required=True, metavar="DESCRIPTOR")
    parser.add_argument(
        "--pec-ca", type=Path, required=True, metavar="FILE", help="where the provider's authority goes"
    )
    parser.add_argument("mailboxes", nargs="*")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
    os.environ["FQDN"] = "localhost"  # else the IMAP greeting asks the name server who we are
    office = PostOffice(os.environ[PASSWORD_VARIABLE], Provider(options.pec_ca))
    sockets = {name: socket.socket(fileno=getattr(options, name)) for name in ("smtp", "imap", "page")}
    asyncio.run(serve(office, options.mailboxes, **sockets))


if __name__ == "__main__":
    main()
