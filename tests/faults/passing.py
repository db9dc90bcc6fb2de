"""How a test lets time pass without waiting for it: instants in the database move into the past."""

from tests.faults.oracle import change


def leases_end(database: str) -> None:
    """Half a minute later."""
    change(database, f"UPDATE outbox_message SET lease_until = {_long_ago(database)} WHERE state = 'sending'")


def all_is_due(database: str) -> None:
    """Some hours later: postponed letters may be tried again, and so may mailboxes that rest."""
    change(database, f"UPDATE outbox_message SET next_at = {_long_ago(database)} WHERE state = 'queued'")
    change(database, f"UPDATE mailbox SET retry_at = {_long_ago(database)} WHERE retry_at IS NOT NULL")


def doubts_are_old(database: str) -> None:
    """A quarter of an hour later: what is in doubt may be repeated, where the rule allows it."""
    change(database, f"UPDATE outbox_message SET next_at = {_long_ago(database)} WHERE state = 'uncertain'")


def _long_ago(database: str) -> str:
    return "0" if database.startswith("sqlite") else "'2000-01-01'"
