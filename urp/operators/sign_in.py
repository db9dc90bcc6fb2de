"""The session of somebody who works here: begun with a pass; leaving, rest, the hour or the office end it."""

from datetime import UTC, datetime, timedelta

from flask import session

from urp.operators import passes, queries
from urp.operators.queries import Staff

REST = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
A_MOMENT = timedelta(minutes=1)
"""Looks so close together do not each need a fresh cookie."""

_STAFF = "staff"


def begin(typed: str, *, at: datetime) -> Staff | None:
    """Exchange a pass for a session; None, alike for every pass that does not open.

    Whatever the browser carried before is dropped: no session is taken over from before the door.
    """
    person = queries.staff_by_hash(passes.hash_of(typed), at=at)
    if person is None:
        return None
    session.clear()
    session[_STAFF] = {"pass": person.id, "since": at.timestamp(), "seen": at.timestamp()}
    return person


def present(at: datetime) -> Staff | None:
    """Who is working in this browser, as the database knows them at this instant."""
    mark = session.get(_STAFF)
    if not mark or _is_over(mark, at):
        return None
    person = queries.staff(mark["pass"], since=datetime.fromtimestamp(mark["since"], UTC), at=at)
    if person and at.timestamp() - mark["seen"] > A_MOMENT.total_seconds():
        session[_STAFF] = {**mark, "seen": at.timestamp()}
    return person


def end(at: datetime) -> None:
    """End the session, here and wherever else the same pass is open, and leave nothing of it in the browser.

    It is written down with the pass, because the cookie may have been copied.
    """
    if mark := session.get(_STAFF):
        passes.leave(mark["pass"], at=at)
    session.clear()


def _is_over(mark: dict[str, float], at: datetime) -> bool:
    rested, lasted = at.timestamp() - mark["seen"], at.timestamp() - mark["since"]
    return rested > REST.total_seconds() or lasted > LONGEST.total_seconds()
