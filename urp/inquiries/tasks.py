"""Doorbells of the question: forgetting what nobody finished."""

from datetime import timedelta

from celery import shared_task

from urp.foundation.clock import now
from urp.foundation.db import transaction
from urp.inquiries import attach, queries
from urp.web import drafts, idempotency

ANSWERS_KEPT_FOR = timedelta(hours=48)
A_WHILE = timedelta(hours=1)
"""Longer than any upload takes between its bytes and its row."""
AT_ONCE = 500


@shared_task(name="inquiries.forget_drafts")
def forget_drafts() -> None:
    """Delete drafts untouched for seven days, answers kept for repeated sends, and bytes without a row."""
    at = now()
    with transaction():
        old = drafts.old_drafts(at - drafts.KEPT_FOR)
        attach.forget(old)
        drafts.forget(old)
        idempotency.forget_old(at - ANSWERS_KEPT_FOR)
    kept = attach.untouched(at - A_WHILE)
    for start in range(0, len(kept), AT_ONCE):
        batch = kept[start : start + AT_ONCE]
        for sha256 in set(batch) - queries.hashes_in_use(batch):
            attach.erase(sha256, at - A_WHILE)
