"""A mailbox that cannot be used: what it says, and when it may be tried again."""

import logging
import random

from sqlalchemy import update

from urp.channels.models import Mailbox
from urp.channels.states import MailboxState
from urp.foundation.db import db, db_now

log = logging.getLogger(__name__)

STOPPED_RETRY_S = 300
"""A corrected password or certificate heals a stopped mailbox within five minutes."""

UNREACHABLE_RETRY_S = (10, 20, 40, 60)
"""After each failed opening in a row; the last repeats, so that mail leaves soon after the server returns."""

JITTER = 0.2


def stop(kind: str, reason: str) -> None:
    """The server refuses our login or our trust: only a person can mend it; tried every five minutes."""
    log.error("mailbox %s stopped: %s", kind, reason)
    _note(kind, reason, MailboxState.STOPPED, STOPPED_RETRY_S)


def unreachable(kind: str, reason: str, failures: int) -> None:
    """The line could not be opened, `failures` times in a row before this one: wait and try again."""
    log.warning("mailbox %s cannot be reached: %s", kind, reason)
    pause = UNREACHABLE_RETRY_S[min(failures, len(UNREACHABLE_RETRY_S) - 1)]
    _note(kind, reason, MailboxState.ACTIVE, pause)


def working(kind: str) -> None:
    """The line opened: the alarm is over."""
    log.info("mailbox %s works again", kind)
    db.session.execute(
        update(Mailbox)
        .where(Mailbox.kind == kind)
        .values(state=MailboxState.ACTIVE, reason=None, failures=0, retry_at=None, changed_at=db_now())
    )


def _note(kind: str, reason: str, state: MailboxState, pause_s: float) -> None:
    pause_s *= random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    db.session.execute(
        update(Mailbox)
        .where(Mailbox.kind == kind)
        .values(
            state=state,
            reason=reason[:300],
            failures=Mailbox.failures + 1,
            retry_at=db_now(round(pause_s, 3)),
            changed_at=db_now(),
        )
    )
