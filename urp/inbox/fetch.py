"""Reading a mailbox in the order that neither loses nor doubles; it commits by itself.

Note the numbers and commit; fetch; store and commit; only then tell the server. No transaction is open
while the network speaks, and nothing is ever deleted there.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic

from urp.channels import queries as channels
from urp.config import MailServer
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.foundation.host_lock import only_one
from urp.foundation.settings import settings
from urp.inbox import cursor
from urp.inbox.imap_line import Facts, ImapLine, LoginRefused, Refused, Trouble
from urp.inbox.limits import LARGEST
from urp.inbox.polled import Polled
from urp.inbox.store import Sighting, store

log = logging.getLogger(__name__)

WORK_S = 60.0
"""After so long a poll stops and is woken again, so that a full mailbox holds no worker for hours."""

PORTION = 40 * 1024 * 1024
"""Bytes of messages that are in memory, and in one transaction, together."""


def poll(mailbox: str, *, everything: bool = False, insist: bool = False) -> Polled:
    """Fetch what is new in this mailbox (`pec` or `peo`), for about WORK_S seconds at most.

    `everything` compares all numbers of the server with ours first, and fetches what was left out, without a pause.
    `insist` when a person asks: a mailbox that rests after a failure is tried too. Never raises for anything the
    server does: the mailbox is then tried again later.
    """
    server: MailServer | None = getattr(settings(), f"{mailbox}_imap")
    if server is None:
        return Polled(stopped="no IMAP server is set", broken=True)
    locks = settings().data_dir / "locks"
    rung = locks / f"imap-{mailbox}.rung"
    for _ in range(2):
        with only_one(f"imap-{mailbox}", locks) as ours:
            if ours:
                rung.unlink(missing_ok=True)
                polled = _if_free(mailbox, server, everything, insist=insist)
        if ours:
            polled.more |= rung.exists() and not polled.stopped  # somebody came while we were reading
            return polled
        rung.touch()
    return Polled(stopped="another process reads this mailbox")


def _if_free(mailbox: str, server: MailServer, everything: bool, *, insist: bool) -> Polled:
    condition = channels.condition(mailbox)
    free, reason, retry_at = cursor.may_try(mailbox)
    db.session.rollback()  # reading opened a transaction
    if condition is not None and condition.is_frozen:
        return Polled(stopped="frozen: this database is a copy", broken=True)
    if not (free or insist):
        return Polled(stopped=f"{reason} (tried again at {retry_at})", broken=True)
    return _read(mailbox, server, everything)


def _read(mailbox: str, server: MailServer, everything: bool) -> Polled:
    polled = Polled()
    try:
        with ImapLine(server) as line:
            _Visit(mailbox, line, polled, monotonic() + WORK_S).read(everything)
    except Exception as error:
        polled.stopped, polled.broken = _write_down(mailbox, error), True
    return polled


def _write_down(mailbox: str, error: Exception) -> str:
    reason = str(error) if isinstance(error, Trouble) else type(error).__name__
    if not isinstance(error, Trouble):
        log.exception("mailbox %s: reading broke off", mailbox)
    with transaction():
        cursor.failed(mailbox, reason, refused=isinstance(error, LoginRefused))
    return reason


@dataclass
class _Visit:
    """One line to one mailbox, until it is read or the time is over."""

    mailbox: str
    line: ImapLine
    polled: Polled
    until: float
    uidvalidity: int = 0
    answered: bool = False
    refusals: list[str] = field(default_factory=list)
    first_asked: list[int] = field(default_factory=list)

    def read(self, everything: bool) -> None:
        with transaction():
            before = cursor.place(self.mailbox)
        folder = self.line.open()
        self.uidvalidity = self.polled.uidvalidity = folder.uidvalidity
        with transaction():
            last = cursor.entered(self.mailbox, folder, before)
        self._note(last, everything)
        with transaction():
            untold = cursor.unflagged(self.mailbox, self.uidvalidity)
        self._tell_server(untold)
        self._fetch_new()
        self._fetch_failed()
        self._insist_on_an_answer()
        with transaction():
            cursor.read_to_its_end(self.mailbox)

    def _note(self, last: int, everything: bool) -> None:
        with transaction():  # before the search: what another host notes after it is not gone
            noted = cursor.noted(self.mailbox, self.uidvalidity) if everything else set()
        self.polled.shown = self.line.uids_above(0 if everything else last)
        if everything:
            self._forget(sorted(noted.difference(self.polled.shown)))
            with transaction():
                cursor.hope_again(self.mailbox, self.uidvalidity)
        for uids in _chunks(self.polled.shown):
            if monotonic() > self.until:  # the rest is still above the cursor
                return
            with transaction():
                cursor.sighted(self.mailbox, self.uidvalidity, uids)

    def _fetch_new(self) -> None:
        while True:
            with transaction():
                uids = cursor.taken(self.mailbox, self.uidvalidity) if monotonic() < self.until else None
            if not uids:
                self.polled.more = uids is None
                return
            self.first_asked += uids
            if self._round(uids) or len(uids) == 1:
                continue
            self._one_by_one(uids)

    def _one_by_one(self, uids: Sequence[int]) -> None:
        """One message may be why the server refused them all; these attempts are counted already."""
        with transaction():
            left = cursor.not_here(self.mailbox, self.uidvalidity, uids)
        for uid in left:
            if monotonic() > self.until:
                return
            self._round([uid])

    def _fetch_failed(self) -> None:
        """One by one, each counted before it is asked for: one bad message stops no other."""
        with transaction():
            uids = cursor.failed_before(self.mailbox, self.uidvalidity)
        for uid in uids:
            if monotonic() > self.until:
                return
            with transaction():
                cursor.ask(self.mailbox, self.uidvalidity, [uid])
            self._round([uid])

    def _insist_on_an_answer(self) -> None:
        """A poll that asked for new messages, and was refused every one, failed as a whole: raises Trouble."""
        if self.answered or not self.refusals or not self.first_asked:
            return
        for chunk in _chunks(self.first_asked):
            with transaction():
                cursor.not_asked(self.mailbox, self.uidvalidity, chunk)
        raise Trouble(self.refusals[0])

    def _round(self, uids: Sequence[int]) -> bool:
        """Fetch these; False when the server refused."""
        try:
            facts = self.line.facts(uids)
            for portion in _portions(facts.values()):
                self._bring(portion)
        except Refused as error:
            log.warning("mailbox %s: up to %d messages not given: %s", self.mailbox, len(uids), error)
            self.polled.refused += 1
            self.refusals.append(str(error))
            return False
        self.answered = True
        with transaction():
            omitted = [uid for uid in uids if uid not in facts]
            gone = cursor.passed_over(self.mailbox, self.uidvalidity, omitted)
        self.polled.vanished += len(gone)
        self._forget(gone)
        return True

    def _bring(self, portion: Sequence[Facts]) -> None:
        small = {one.uid: one.size for one in portion if one.size <= LARGEST}
        raws = self.line.messages(list(small), sum(small.values())) if small else {}
        whole = {uid: raw for uid, raw in raws.items() if len(raw) <= LARGEST}
        large = [one for one in portion if one.uid not in small or len(raws.get(one.uid, b"")) > LARGEST]
        heads = {one.uid: head for one in large if (head := self.line.headers(one.uid)) is not None}
        with transaction():
            for one in portion:
                if one.uid in whole:
                    self._keep(one, whole[one.uid], None)
                elif one.uid in heads:
                    self._keep(one, heads[one.uid], max(one.size, len(raws.get(one.uid, b""))))
        self.answered = self.answered or bool(whole or heads)
        self._tell_server([*whole, *heads])

    def _keep(self, facts: Facts, raw: bytes, size: int | None) -> None:
        seen_as = Sighting(self.uidvalidity, facts.uid)
        received_at = facts.received_at or now()
        stored = store(self.mailbox, raw, received_at=received_at, size=size, seen_as=seen_as)
        self.polled.known += stored.known
        self.polled.stored += not stored.known
        self.polled.too_large += size is not None

    def _tell_server(self, uids: Sequence[int]) -> None:
        if not uids:
            return
        try:
            self.line.flag_seen(uids)
        except Refused as error:
            log.warning("mailbox %s: %d messages not flagged, tried again later: %s", self.mailbox, len(uids), error)
            return
        with transaction():
            cursor.flagged(self.mailbox, self.uidvalidity, uids)

    def _forget(self, uids: Sequence[int]) -> None:
        for chunk in _chunks(uids):
            with transaction():
                cursor.vanished(self.mailbox, self.uidvalidity, chunk)


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[start : start + cursor.AT_ONCE] for start in range(0, len(uids), cursor.AT_ONCE))


def _portions(facts: Iterable[Facts]) -> Iterator[list[Facts]]:
    """Messages that go into memory together; of the too large ones only the headers do."""
    portion: list[Facts] = []
    size = 0
    for one in facts:
        weight = min(one.size, LARGEST)
        if portion and size + weight > PORTION:
            yield portion
            portion, size = [], 0
        portion.append(one)
        size += weight
    if portion:
        yield portion
