"""A PEC envelope certifies its sender to whom it was sent, and once: it can be passed on, and reach both mailboxes."""

from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from urp.channels import queries as channels
from urp.foundation.db import db
from urp.inbox import queries
from urp.inbox.content import Envelope, Reading
from urp.inbox.models import MESSAGES
from urp.outbox.evidence import same_mailbox

NOT_TO_US = "addressed to other mailboxes, not to ours"
NAMELESS = "the envelope has no identifier, so that nobody can tell whether it came before"

_M = MESSAGES.c


def believed(reading: Reading) -> Reading:
    """The reading, without its trust where the envelope was not sent to us or could be sent again by anybody."""
    doubt = _doubt(reading.envelope) if reading.certified else None
    return replace(reading, certified=False, distrust=doubt) if doubt else reading


def came_before(incoming_id: int, envelope: Envelope) -> queries.Row | None:
    """The message that brought the same envelope first; None when it is this one, and from now on it is.

    Of two that arrive together the second waits for the transaction of the first.
    """
    name = f"{envelope.identifier} {envelope.provider}"
    try:
        with db.session.begin_nested():
            db.session.execute(update(MESSAGES).where(_M.id == incoming_id).values(envelope=name))
    except IntegrityError:
        return queries.row(db.session.scalars(select(_M.id).where(_M.envelope == name)).one())
    return None


def _doubt(envelope: Envelope | None) -> str | None:
    if envelope is None or not envelope.identifier:
        return NAMELESS
    ours = channels.addresses()
    sent_to_us = any(same_mailbox(one, address) for one in envelope.recipients for address in ours)
    return None if sent_to_us else NOT_TO_US
