"""Sending what is due, in the order that neither loses nor doubles; the one verb that commits.

No transaction is open while the network speaks: claim and commit; connect, MAIL, RCPT, DATA, body;
marker and commit; the dot; the reply and commit.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep

from sqlalchemy.exc import InterfaceError, OperationalError

from urp.channels import alarms
from urp.channels import queries as channels
from urp.foundation.clock import now
from urp.foundation.db import DatabaseBusy, db, transaction
from urp.foundation.events import publish
from urp.foundation.host_lock import only_one
from urp.foundation.settings import settings
from urp.outbox import arrows, by_proof, causes, claim, queries, sweep
from urp.outbox.events import LetterSent
from urp.outbox.headers import wire_address
from urp.outbox.replies import Accepted, Fenced, LoginRefused, NoConnection, Refused, Reply, TryLater, Unknown
from urp.outbox.staged_smtp import StagedConnection, mailbox_mail

log = logging.getLogger(__name__)

WORK_S = 20.0
"""After so long a drainer stops and is woken again: no task limit cuts a sending, and who stops a worker waits less."""

BACK_OFF_MIN = (1, 5, 15, 60, 240)
JITTER = 0.2

DATABASE_PAUSES_S = (0.5, 1, 2, 4, 8)
"""What the server said must be written down, even when the database is away for a moment."""


@dataclass
class Counts:
    """What a drainer did; `more` when it stopped only because its time was over."""

    sent: int = 0
    postponed: int = 0
    dead: int = 0
    uncertain: int = 0
    returned: int = 0
    more: bool = False
    stopped: str | None = None

    def __str__(self) -> str:
        done = f"{self.sent} sent, {self.postponed} postponed, {self.dead} dead, {self.uncertain} uncertain"
        return f"{done}; stopped: {self.stopped}" if self.stopped else done


def drain(mailbox: str) -> Counts:
    """Send what is due in this mailbox (`pec` or `peo`), for about WORK_S seconds at most.

    Commits by itself: a letter's way through the network is longer than any transaction may be.
    """
    counts = Counts()
    until = monotonic() + WORK_S
    while monotonic() < until:
        with only_one(mailbox, settings().data_dir / "locks") as ours:
            if not ours:
                counts.stopped = "another process drains this mailbox"
                return counts
            if not _drain(mailbox, counts, until):
                return counts
        if not queries.is_due(mailbox):  # else: posted after our last claim, its bell found the lock taken
            return counts
    counts.more = True
    return counts


def _drain(mailbox: str, counts: Counts, until: float) -> bool:
    """True when nothing is due any more, False when there is no way on."""
    with transaction():
        sweep.reap()
    while monotonic() < until:
        condition = channels.condition(mailbox)
        if condition is not None and not condition.may_try:
            rests = f"{condition.reason} (tried again at {condition.retry_at})"
            counts.stopped = "frozen: this database is a copy" if condition.is_frozen else rests
            return False
        batch = claim.take(mailbox)
        if not batch.letters:
            return True
        with claim.Heartbeat(batch.token):
            trouble = _send_batch(mailbox, batch, counts, until, condition)
        if trouble is not None:
            counts.stopped = trouble.text
            return False
    counts.more = True
    return False


def _send_batch(
    mailbox: str, batch: claim.Batch, counts: Counts, until: float, condition: channels.Condition | None
) -> Reply | None:
    """Send the letters over one line; what ended the work early, if anything but the clock did."""
    line = _line(mailbox)
    db.session.rollback()  # reading opened a transaction; the network may take minutes
    trouble: Reply | None = NoConnection(None, "no SMTP server is set") if line is None else None
    tried = 0
    try:
        for letter in batch.letters:
            if line is None or monotonic() > until:
                break
            if not line.is_open and (trouble := _open(line, mailbox, condition)):
                break
            reply = _deliver(line, letter, batch.token, counts)
            if isinstance(reply, LoginRefused):
                trouble = reply
                break
            tried += 1
    finally:
        if line is not None:
            line.leave()
    if tried < len(batch.letters):
        counts.returned += _insist(lambda: _give_back(mailbox, batch.token, trouble, condition))
    return trouble


def _line(mailbox: str) -> StagedConnection | None:
    server = channels.server(mailbox)
    if server is None:
        return None
    domain = wire_address("From", channels.sender(mailbox).address).rpartition("@")[2]
    return StagedConnection(mailbox_mail(server), domain)


def _open(line: StagedConnection, mailbox: str, condition: channels.Condition | None) -> Reply | None:
    trouble = line.open()
    if trouble is None and condition is not None and condition.failures:
        with transaction():
            alarms.working(mailbox)
    return trouble


def _deliver(line: StagedConnection, letter: queries.InHand, token: str, counts: Counts) -> Reply:
    def mark() -> bool:
        with transaction():
            return arrows.marked(letter.id, token)

    try:
        raw = _bytes_of(letter)
        reply = line.deliver(letter.sender, wire_address("To", letter.recipient), raw, mark)
    except Exception as error:
        log.exception("letter %s: sending broke off", letter.id)
        line.drop()
        reply = (Unknown if line.dot_left else TryLater)(None, type(error).__name__)
    if not isinstance(reply, LoginRefused):
        _write_down(letter, token, reply, counts)
    return reply


def _bytes_of(letter: queries.InHand) -> bytes:
    if letter.raw is not None:
        return letter.raw
    raw = queries.raw(letter.id)
    db.session.rollback()  # no transaction while the network speaks
    return raw


def _write_down(letter: queries.InHand, token: str, reply: Reply, counts: Counts) -> None:
    try:
        _insist(lambda: _settle(letter, token, reply, counts, tell=True))
    except Exception:
        log.exception("letter %s: a listener failed; now only what the server said", letter.id)
        _insist(lambda: _settle(letter, token, reply, counts, tell=False))


def _settle(letter: queries.InHand, token: str, reply: Reply, counts: Counts, *, tell: bool) -> int:
    with transaction():
        outcome = _moved(letter, token, reply)
        if outcome == "sent" and isinstance(reply, Accepted) and tell:
            publish(LetterSent(letter.id, letter.case_id, letter.mailbox, letter.kind, letter.recipient, now()))
    if outcome is None:
        log.warning("letter %s went to other hands: %s", letter.id, type(reply).__name__)
        return 0
    log.info("letter %s %s, code %s", letter.id, outcome, reply.code)  # the text may name the recipient
    setattr(counts, outcome, getattr(counts, outcome) + 1)
    return 1


def _moved(letter: queries.InHand, token: str, reply: Reply) -> str | None:
    said = (letter.id, token, reply.code, reply.text)
    if isinstance(reply, Accepted) and (arrows.sent(*said) or arrows.confirmed(*said)):
        return "sent"
    if isinstance(reply, TryLater) and arrows.postponed(*said, delay_s=_pause(letter.attempts)):
        return "postponed"
    if isinstance(reply, TryLater | Refused) and arrows.dead(*said, cause=causes.of_reply(reply.code, reply.text)):
        return "dead"
    if isinstance(reply, Unknown) and arrows.doubted(letter.id, token, reply.text):
        return "uncertain"
    # a receipt was quicker than the reply, and knows better
    taken = isinstance(reply, Accepted)
    return "sent" if not isinstance(reply, Fenced) and by_proof.noted(*said, taken=taken) else None


def _give_back(mailbox: str, token: str, trouble: Reply | None, condition: channels.Condition | None) -> int:
    with transaction():
        if isinstance(trouble, NoConnection):
            alarms.unreachable(mailbox, trouble.text, condition.failures if condition else 0)
        elif trouble is not None:
            alarms.stop(mailbox, f"{trouble.code or ''} {trouble.text}".strip())
        return len(arrows.returned(token, trouble.text if trouble else "not reached in time"))


def _pause(attempts: int) -> float:
    minutes = BACK_OFF_MIN[min(attempts, len(BACK_OFF_MIN)) - 1]
    return round(60 * minutes * random.uniform(1 - JITTER, 1 + JITTER), 3)  # noqa: S311 - no secret


def _insist(act: Callable[[], int]) -> int:
    for pause in DATABASE_PAUSES_S:
        try:
            return act()
        except (OperationalError, InterfaceError, DatabaseBusy):
            log.warning("the database is away; writing down again in %s s", pause)
            sleep(pause)
    return act()
