"""Doorbells of the outbox, and the bell itself: it may fail, be lost or ring twice without harm."""

import logging
from time import monotonic
from typing import Any, cast

from celery import Task, shared_task
from flask import current_app
from redis import Redis

from urp.foundation import redis_link
from urp.foundation.db import transaction
from urp.foundation.settings import settings
from urp.outbox import queries, send
from urp.outbox import sweep as sweeping
from urp.outbox.events import LettersPosted

log = logging.getLogger(__name__)

PATIENCE_S = 0.4
QUIET_S = 10
"""After a failure nobody rings for so long: the sweeper does the work, the web does not wait."""

DEBOUNCE_S = 5


@shared_task(name="outbox.drain")
def drain(mailbox: str) -> None:
    """Send what is due in this mailbox."""
    heard(drain, mailbox)
    if send.drain(mailbox).more:
        wake(mailbox)


@shared_task(name="outbox.sweep")
def sweep() -> None:
    """Turn expired leases, watch over proofs, and wake whoever has letters due."""
    with transaction():
        sweeping.reap()
        sweeping.repeat()
        sweeping.raise_alarms()
    for mailbox in queries.mailboxes_due():
        wake(mailbox)


def wake_up(event: LettersPosted) -> None:
    """Listener: wake the workers of the mailboxes that got letters."""
    for mailbox in event.mailboxes:
        wake(mailbox)


def wake(mailbox: str) -> None:
    """Wake one worker of this mailbox, at most once in DEBOUNCE_S until it begins; never raises."""
    ring_once(drain, mailbox, queue=mailbox)


def ring_once(task: Task, mailbox: str, *, queue: str) -> None:
    """Ring for a mailbox, at most once in DEBOUNCE_S until the task has `heard` it; never raises."""
    if _may_ring() and _touch(lambda bell: bell.set(_key(task, mailbox), 1, nx=True, ex=DEBOUNCE_S)):
        ring(task, mailbox, queue=queue)


def heard(task: Task, mailbox: str) -> None:
    """The task begins: what comes from now on rings again; never raises."""
    if _may_ring():
        _touch(lambda bell: bell.delete(_key(task, mailbox)))


def ring(task: Task, *args: Any, queue: str | None = None) -> None:
    """Publish a task and forget it; never raises, and waits about a second at most."""
    if not _may_ring():
        return
    try:
        task.apply_async(args, queue=queue, retry=False)
    except Exception as error:
        _be_quiet(error)


class _Breaker:
    """When this process may touch Redis again (monotonic seconds)."""

    quiet_until = 0.0


def _may_ring() -> bool:
    return settings().redis is not None and monotonic() >= _Breaker.quiet_until


def _be_quiet(error: Exception) -> None:
    _Breaker.quiet_until = monotonic() + QUIET_S
    log.warning("no bell for %d s, the sweeper will find the work: %s", QUIET_S, error)


def _touch(act: Any) -> Any:
    try:
        return act(_bell())
    except Exception as error:
        _be_quiet(error)
        return None


def _key(task: Task, mailbox: str) -> str:
    return f"urp:wake:{task.name}:{mailbox}"


def _bell() -> Redis:
    kept = current_app.extensions
    if "bell" not in kept:
        kept["bell"] = redis_link.connect(settings().redis or "", PATIENCE_S)
    return cast(Redis, kept["bell"])
