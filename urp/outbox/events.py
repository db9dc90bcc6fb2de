"""What happens to outgoing letters, for whoever listens at the switchboard."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class LettersPosted:
    """Letters were written into the outbox of these mailboxes (`pec`, `peo`)."""

    mailboxes: tuple[str, ...]


@dataclass(frozen=True)
class LetterSent:
    """The mail server took a letter over, at this instant (UTC).

    Told a second time where a receipt came before the server's reply was written down.
    """

    letter_id: int
    case_id: int | None
    mailbox: str
    kind: str
    recipient: str
    at: datetime
