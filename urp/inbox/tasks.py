"""Doorbells of the inbox: a lost one costs seconds, for the timetable rings for each mailbox anyway."""

from celery import shared_task

from urp.channels.states import MailboxKind
from urp.foundation.db import transaction
from urp.inbox import balance as balancing
from urp.inbox import fetch
from urp.inbox.process import process
from urp.outbox.events import LetterSent
from urp.outbox.tasks import heard, ring_once

QUEUE = "imap"


@shared_task(name="inbox.poll")
def poll(mailbox: str) -> None:
    """Fetch what is new in this mailbox, then read it; go on in another task where that takes long."""
    heard(poll, mailbox)
    polled = fetch.poll(mailbox)
    process(mailbox)
    if polled.more:
        ring_once(poll, mailbox, queue=QUEUE)
    elif not polled.stopped and _count_is_due(mailbox):
        balancing.balance(mailbox)


@shared_task(name="inbox.balance")
def balance(mailbox: str) -> None:
    """Compare what the server has with what is here, fetch what was left out, and tell what is missing."""
    balancing.balance(mailbox)


def look_for_receipts(event: LetterSent) -> None:
    """Listener: the provider answers a PEC letter within seconds."""
    if event.mailbox == MailboxKind.PEC:
        ring_once(poll, event.mailbox, queue=QUEUE)


def _count_is_due(mailbox: str) -> bool:
    with transaction():
        return balancing.is_due(mailbox)
