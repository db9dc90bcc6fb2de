"""Doorbells of the counter: what time itself does to holds, rests, offers and visits to come."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TypeVar

from celery import shared_task

from urp.appointments import answer_offer, expire, offer, remind, rest, wish_queries
from urp.foundation.clock import now
from urp.foundation.db import transaction

log = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 100
"""So many of each kind in one run: the next run comes soon."""


@shared_task(name="appointments.sweep")
def sweep() -> None:
    """End holds and offers that are over, offer what came free, and give back what has rested long enough."""
    at = now()
    _each(expire.over(at, AT_ONCE), expire.expire, at)
    _each(wish_queries.over(at, AT_ONCE), answer_offer.expire, at)
    _each(offer.chances(at, AT_ONCE), offer.make, at)
    _each(rest.due(at, AT_ONCE, keep=partial(offer.waits_for_morning, at=at)), rest.free, at)


@shared_task(name="appointments.remind")
def remind_all() -> None:
    """Remind of the visits of the next working day."""
    at = now()
    _each(remind.due(at, AT_ONCE), remind.remind, at)


def _each(things: Iterable[T], act: Callable[[T, datetime], bool], at: datetime) -> None:
    """Do it to each in its own transaction; a failure never stops the rest."""
    for thing in things:
        try:
            with transaction():
                act(thing, at)
        except Exception:
            log.exception("%s failed for %s; the next run tries again", act.__name__, thing)
