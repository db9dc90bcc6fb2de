"""The secret link of a case: opening it, replacing it, and the visit it grants."""

from datetime import datetime, timedelta

from flask import session
from sqlalchemy import insert, update

from urp.cases import queries
from urp.cases.models import LinkRequest, SecretLink
from urp.cases.open_case import issue_link
from urp.foundation.clock import now
from urp.foundation.contacts import email_key
from urp.foundation.db import db
from urp.foundation.references import hash_token, normalise_code

VISIT = timedelta(minutes=30)
A_MOMENT = timedelta(minutes=1)
"""Looks so close together do not each need a fresh cookie."""
AFTER_CLOSING = timedelta(days=90)
MOST_VISITS = 5
_VISITS = "cases"


def case_behind(token: str, at: datetime) -> str | None:
    """The code of the case a secret opens at that instant, or None: unknown, replaced or expired."""
    found = queries.linked_case(hash_token(token))
    if found is None or found.revoked_at is not None:
        return None
    if found.closed_at is not None and found.closed_at + AFTER_CLOSING < at:
        return None
    return found.code


def admit(code: str) -> None:
    """Let this browser see one case for the next 30 minutes of use."""
    visits: dict[str, int] = dict(session.get(_VISITS, {}))
    visits.pop(code, None)
    visits[code] = int((now() + VISIT).timestamp())
    session[_VISITS] = dict(list(visits.items())[-MOST_VISITS:])


def is_admitted(code: str) -> bool:
    """Whether this browser may see the case now; each look keeps the visit alive."""
    until = session.get(_VISITS, {}).get(code, 0)
    if until < now().timestamp():
        return False
    if until - now().timestamp() < (VISIT - A_MOMENT).total_seconds():
        admit(code)
    return True


def ask_for_link(code: str, email: str) -> None:
    """Note that somebody wants a fresh link; whether the pair is right is found out later, by the worker,
    so that the answer and its time are the same for right and wrong pairs."""
    values = {
        "code": normalise_code(code) or code.strip()[:20],
        "email_key": email_key(email)[:254],
        "requested_at": now(),
    }
    db.session.execute(insert(LinkRequest).values(values))


def replace_link(case_id: int, at: datetime) -> str:
    """Make earlier links useless and return the secret of a fresh one."""
    db.session.execute(
        update(SecretLink).where(SecretLink.case_id == case_id, SecretLink.revoked_at.is_(None)).values(revoked_at=at)
    )
    return issue_link(case_id, at)
