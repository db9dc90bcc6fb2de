"""Doorbells of the case: an id or nothing in, one call out."""

import logging

from celery import shared_task

from urp.cases import queries
from urp.cases import send_links as links
from urp.cases.events import LinkAsked
from urp.foundation.db import transaction
from urp.outbox.tasks import ring

log = logging.getLogger(__name__)


@shared_task(name="cases.send_links")
def send_links() -> None:
    """Answer the wishes for a fresh link that are waiting, each for itself."""
    for wish_id in queries.waiting_link_requests():
        _answer(wish_id)


def ring_for_links(_event: LinkAsked) -> None:
    """Wake a worker now; the timetable would do it within 15 seconds."""
    ring(send_links)


def _answer(wish_id: int) -> None:
    try:
        with transaction():
            links.answer(wish_id)
    except Exception:
        log.exception("the wish %s for a link could not be answered; it will be tried again", wish_id)
