"""Statutory terms: the last calendar day on which the law still counts an answer as in time."""

from collections.abc import Container
from datetime import date, timedelta

LONGEST_SUSPENSION = 30
SATURDAY, SUNDAY = 5, 6
ONE_DAY = timedelta(days=1)


def due_on(
    received_on: date,
    days: int,
    holidays: Container[date],
    *,
    suspended_days: int = 0,
    saturday_extends: bool = False,
) -> date:
    """The last day of a term of `days` calendar days from the local day of receipt.

    The term runs from receipt (L. 241/1990 art. 2 c. 6); the day of receipt is not counted, and a term
    that ends on a holiday ends on the first following day that is not one (art. 2963 c.c., art. 155
    c. 1 and 4 c.p.c.). It may be suspended once, for at most 30 days (L. 241/1990 art. 2 c. 7).

    A Saturday is a working day here: the two articles move only holidays, and art. 155 c. 5 c.p.c. adds
    Saturday for acts of a trial alone. So the office never grants itself a day that the law may not
    give; `saturday_extends` is for a body whose own regulation does. Raises ValueError for a term below
    one day or a suspension outside 0 to 30 days.
    """
    if days < 1:
        raise ValueError("a term lasts at least one day")
    if not 0 <= suspended_days <= LONGEST_SUSPENSION:
        raise ValueError(f"a term is suspended once, for at most {LONGEST_SUSPENSION} days")
    due = received_on + timedelta(days=days + suspended_days)
    resting = {SATURDAY, SUNDAY} if saturday_extends else {SUNDAY}
    while due in holidays or due.weekday() in resting:
        due += ONE_DAY
    return due
