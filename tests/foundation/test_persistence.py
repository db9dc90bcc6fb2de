"""Trying again: three times when writers are in each other's way, once when the mistake is another."""

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from psycopg import errors
from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError

from tests.factories.crowds import tally, together
from urp.foundation.db import DatabaseBusy, db, persistently, transaction
from urp.web.models import SentForm

PASSING = [
    DatabaseBusy(),
    OperationalError("", {}, errors.DeadlockDetected()),
    OperationalError("", {}, errors.SerializationFailure()),
    OperationalError("", {}, errors.LockNotAvailable()),
]
LASTING = [
    OperationalError("", {}, errors.AdminShutdown()),  # the commit may have been stored
    OperationalError("", {}, errors.DiskFull()),
    OperationalError("", {}, sqlite3.OperationalError("disk I/O error")),
    ValueError("wrong"),
]


def failing(error: Exception, times: int) -> tuple[Callable[[], str], list[int]]:
    """An act that fails so often before it succeeds, and its tries."""
    tries: list[int] = []

    def act() -> str:
        tries.append(len(tries))
        if len(tries) <= times:
            raise error
        return "done"

    return act, tries


@pytest.mark.parametrize("error", PASSING, ids=lambda one: type(getattr(one, "orig", one)).__name__)
def test_what_passes_is_tried_three_times(error: Exception) -> None:
    act, tries = failing(error, 2)
    assert persistently(act) == "done"
    assert len(tries) == 3
    act, tries = failing(error, 3)
    with pytest.raises(type(error)):
        persistently(act)
    assert len(tries) == 3


@pytest.mark.parametrize("error", LASTING, ids=lambda one: type(getattr(one, "orig", one)).__name__)
def test_what_lasts_is_said_at_once(error: Exception) -> None:
    act, tries = failing(error, 1)
    with pytest.raises(type(error)):
        persistently(act)
    assert len(tries) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_who_lock_the_same_rows_in_opposite_orders_both_get_through(app: Flask, ctx: None) -> None:
    keys = [bytes([number]) * 32 for number in range(2)]
    with transaction():
        for key in keys:
            values = {"key_hash": key, "body_digest": key, "answer": "", "sent_at": datetime.now(UTC)}
            db.session.execute(insert(SentForm).values(values))

    crossed = threading.Barrier(2)
    tries: list[int] = []

    def adds(own: list[bytes]) -> Callable[[], None]:
        def act() -> None:
            tries.append(1)
            with transaction():
                for key in own:
                    row = SentForm.key_hash == key
                    db.session.execute(update(SentForm).where(row).values(answer=SentForm.answer + "x"))
                    if len(tries) <= 2 and key is own[0]:
                        crossed.wait(60)

        return lambda: persistently(act)

    outcomes = together(app, [adds(keys), adds(keys[::-1])])

    assert tally(outcomes) == {"done": 2}
    assert len(tries) > 2  # they were in each other's way
    assert list(db.session.scalars(select(SentForm.answer))) == ["xx"] * 2
