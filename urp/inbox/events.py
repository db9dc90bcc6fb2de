"""Facts about incoming mail; who listens is in `urp/switchboard.py`."""

from dataclasses import dataclass
from datetime import datetime

from urp.inbox.content import Words
from urp.outbox.queries import CitedLetter


@dataclass(frozen=True)
class MessageArrived:
    """A person's message was read and waits for its place; whoever listens settles it in this transaction.

    `cited` is the letter of ours that it answers, `certified` whether a trusted PEC envelope names its sender.
    `received_at` (UTC) is when the mailbox got it; `automatic` says why no machine may answer, None for a person.
    """

    incoming_id: int
    mailbox: str
    certified: bool
    words: Words
    cited: CitedLetter | None
    received_at: datetime
    automatic: str | None
