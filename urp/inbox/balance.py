"""The nightly balance: what the server has is here, in one of our states, or somebody is told."""

import logging
from dataclasses import dataclass

from urp.foundation.db import transaction
from urp.inbox import cursor, fetch, queries

log = logging.getLogger(__name__)

PATIENCE_S = 7200
"""A message that nobody could read within two hours (its five attempts are over by then) counts as missing."""

AGAIN_S = 3600


@dataclass(frozen=True)
class Balance:
    """Messages on the server = those in each of our states + numbers of known doubles + `missing`."""

    on_server: int
    states: dict[str, int]
    doubles: int
    missing: int

    def __str__(self) -> str:
        here = " + ".join(f"{number} {state}" for state, number in sorted(self.states.items())) or "0"
        return f"{self.on_server} on the server = {here} + {self.doubles} doubles + {self.missing} missing"


def balance(mailbox: str) -> Balance | None:
    """Fetch whatever was left out, then count; None where the mailbox could not be read to its end.

    What is missing stays an alarm until it is found; it is looked for again every AGAIN_S.
    """
    polled = fetch.poll(mailbox, everything=True)
    if polled.stopped or polled.more:
        return None
    with transaction():
        states, doubles = queries.settled(mailbox, polled.uidvalidity, patience_s=PATIENCE_S)
        on_server = len(polled.shown)
        found = Balance(on_server, states, doubles, max(0, on_server - sum(states.values()) - doubles))
        cursor.balanced(mailbox, found.missing)
    log.log(logging.ERROR if found.missing else logging.INFO, "mailbox %s: %s", mailbox, found)
    return found


def is_due(mailbox: str) -> bool:
    """Whether the mailbox was never counted, or the last count, an hour ago or more, did not come out even."""
    return queries.balance_is_due(mailbox, again_s=AGAIN_S)
