"""A copy of the database must not act: nothing leaves its mailboxes and nothing is read, until a person says so."""

from sqlalchemy import null, update

from urp.channels.models import Mailbox
from urp.foundation.db import db_now, rows_changed


def freeze() -> None:
    """Stand still from now on, also with what is written later."""
    rows_changed(update(Mailbox).where(Mailbox.frozen_at.is_(None)).values(frozen_at=db_now()))


def thaw() -> None:
    """Send and read again."""
    rows_changed(update(Mailbox).values(frozen_at=null()))
