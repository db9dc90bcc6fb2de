"""The one clock: UTC instants for the machine, Rome wall time for people."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def to_rome(moment: datetime) -> datetime:
    """The same instant on the wall clock of Italian offices (Europe/Rome).

    Raises ValueError for a naive datetime: an instant without zone means nothing.
    """
    if moment.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return moment.astimezone(ROME)
