"""The database door on SQLite and PostgreSQL: whole or not at all, and no update lost."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from urp.foundation import db as door
from urp.foundation.clock import ROME, now
from urp.foundation.db import DatabaseBusy, UtcDateTime, after_commit, db, db_now, insert_ignore, transaction
from urp.foundation.versions import DataVersion
from urp.web.models import SentForm

THREADS, TURNS = 4, 50
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.timezones())


class Spoilt(Exception):
    """What goes wrong in the middle of an act."""


def test_a_transaction_commits_at_its_end(app: Flask, ctx: None) -> None:
    with transaction():
        _count_up("a")

    db.session.remove()
    assert _value("a") == 1


def test_an_error_rolls_everything_back_and_the_next_act_works(app: Flask, ctx: None) -> None:
    with pytest.raises(Spoilt), transaction():
        _count_up("a")
        raise Spoilt

    assert _value("a") is None
    with transaction():
        _count_up("a")
    assert _value("a") == 1


def test_transactions_do_not_nest_and_the_outer_one_is_undone(app: Flask, ctx: None) -> None:
    with pytest.raises(RuntimeError, match="does not nest"), transaction():
        _count_up("a")
        with transaction():
            _count_up("b")

    assert (_value("a"), _value("b")) == (None, None)


def test_later_acts_run_after_the_commit_only(app: Flask, ctx: None) -> None:
    seen: list[tuple[str, int | None]] = []

    def look(name: str) -> Callable[[], None]:
        return lambda: seen.append((name, _value_from_outside(app, "a")))

    with transaction():
        _count_up("a")
        after_commit(look("after the commit"))
        assert seen == []
    with pytest.raises(Spoilt), transaction():
        after_commit(look("never"))
        raise Spoilt

    assert seen == [("after the commit", 1)]


def test_an_error_in_a_later_act_is_logged_and_stops_neither_the_act_nor_the_others(
    app: Flask, ctx: None, caplog: pytest.LogCaptureFixture
) -> None:
    rung = []

    def fail() -> None:
        raise Spoilt

    with transaction():
        _count_up("a")
        after_commit(fail)
        after_commit(lambda: rung.append(True))

    assert _value("a") == 1
    assert rung == [True]
    assert "a listener failed after the commit" in caplog.text


def test_nothing_is_put_off_outside_a_transaction(app: Flask, ctx: None) -> None:
    with pytest.raises(RuntimeError, match="outside"):
        after_commit(print)


def test_four_threads_lose_no_update(app: Flask, ctx: None) -> None:
    with transaction():
        _count_up("shared")

    def read_then_write(_turn: int) -> None:
        with app.app_context(), transaction():
            seen = db.session.scalar(_row("shared").with_for_update())
            db.session.execute(update(DataVersion).where(DataVersion.name == "shared").values(version=seen + 1))

    with ThreadPoolExecutor(THREADS) as crowd:
        list(crowd.map(read_then_write, range(THREADS * TURNS)))

    db.session.rollback()
    assert _value("shared") == 1 + THREADS * TURNS


def test_the_transactions_sqlite3_makes_by_itself_would_lose_some(tmp_path: Path) -> None:
    file = tmp_path / "plain.db"
    one, other = (sqlite3.connect(file, timeout=0) for _ in range(2))
    one.executescript("CREATE TABLE t (v INTEGER); INSERT INTO t VALUES (0)")

    for connection, seen in [(c, c.execute("SELECT v FROM t").fetchone()[0]) for c in (one, other)]:
        connection.execute("UPDATE t SET v = ?", (seen + 1,))
        connection.commit()

    assert one.execute("SELECT v FROM t").fetchone() == (1,)  # two acts, one counted
    one.close()
    other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writer_elsewhere_that_never_ends_is_a_named_error(app: Flask, ctx: None, short_patience: None) -> None:
    elsewhere = sqlite3.connect(db.engine.url.database or "", isolation_level=None)
    elsewhere.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseBusy), transaction():
        pytest.fail("the lock is taken")

    elsewhere.close()
    with transaction():
        _count_up("a")
    assert _value("a") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writer_in_this_process_that_never_ends_is_the_same_error(
    app: Flask, ctx: None, short_patience: None
) -> None:
    begun, done = threading.Event(), threading.Event()

    def hold() -> None:
        with app.app_context(), transaction():
            begun.set()
            done.wait(60)

    with ThreadPoolExecutor(1) as other:
        held = other.submit(hold)
        assert begun.wait(60)
        with pytest.raises(DatabaseBusy), transaction():
            pytest.fail("the lock is taken")
        done.set()
        held.result()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_keeps_what_it_confirms_and_minds_foreign_keys(app: Flask, ctx: None) -> None:
    pragmas = {
        name: db.session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
    }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_instants_come_back_as_they_went_in_utc_and_in_order(app: Flask, ctx: None) -> None:
    summer_night = datetime(2026, 10, 25, 2, 30, tzinfo=ROME)
    instants = [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), summer_night, summer_night.replace(fold=1),
        datetime(2026, 11, 23, 9, 12, 0, 1, tzinfo=ROME), datetime(9999, 12, 31, 23, tzinfo=UTC),
    ]  # fmt: skip
    in_utc = [instant.astimezone(UTC) for instant in instants]
    with transaction():
        for number, instant in reversed(list(enumerate(instants))):
            db.session.execute(insert(SentForm).values(key_hash=bytes([number]) * 32, body_digest=b"", sent_at=instant))

    found = list(db.session.scalars(select(SentForm.sent_at).order_by(SentForm.sent_at)))

    assert found == in_utc
    assert {instant.utcoffset() for instant in found} == {timedelta(0)}
    assert found[2] - found[1] == timedelta(hours=1)
    between = (
        select(func.count())
        .select_from(SentForm)
        .where(SentForm.sent_at > instants[1], SentForm.sent_at <= instants[3])
    )
    assert db.session.scalar(between) == 2


@given(INSTANTS)
def test_any_instant_survives_both_spellings(instant: datetime) -> None:
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        kind = UtcDateTime()
        stored = kind.process_bind_param(instant, dialect)
        assert kind.process_result_value(stored, dialect) == instant.astimezone(UTC)


def test_an_instant_without_its_zone_is_refused(app: Flask, ctx: None) -> None:
    with pytest.raises(Exception, match="time zone"):
        db.session.scalar(select(SentForm.key_hash).where(SentForm.sent_at > datetime(2026, 11, 23)))


def test_the_clock_of_the_database_tells_the_time_and_can_be_moved(app: Flask, ctx: None) -> None:
    before, after = now() - timedelta(seconds=1), now() + timedelta(seconds=30)

    present, in_an_hour, a_moment_ago = db.session.execute(select(db_now(), db_now(3600), db_now(-0.25))).one()

    assert before <= present <= after
    assert timedelta(minutes=59) < in_an_hour - present < timedelta(minutes=61)
    assert a_moment_ago < present


def test_the_clock_of_the_database_compares_with_columns(app: Flask, ctx: None) -> None:
    with transaction():
        for key, instant in ((b"1", db_now(-60)), (b"2", db_now(60))):
            db.session.execute(insert(SentForm).values(key_hash=key * 32, body_digest=b"", sent_at=instant))

    assert list(db.session.scalars(select(SentForm.key_hash).where(SentForm.sent_at <= db_now()))) == [b"1" * 32]
    assert list(db.session.scalars(select(SentForm.key_hash).where(SentForm.sent_at <= db_now(120)))) != []


def test_insert_ignore_says_what_was_new_and_changes_nothing_else(app: Flask, ctx: None) -> None:
    with transaction():
        first = db.session.execute(insert_ignore(DataVersion, {"name": "a", "version": 5})).rowcount
        again = db.session.execute(insert_ignore(DataVersion, {"name": "a", "version": 9})).rowcount
        rows = [{"name": "a", "version": 1}, {"name": "b", "version": 2}, {"name": "c", "version": 3}]
        many = db.session.execute(insert_ignore(DataVersion, rows)).rowcount

    assert (first, again, many) == (1, 0, 2)
    assert (_value("a"), _value("b"), _value("c")) == (5, 2, 3)


def _row(name: str):
    return select(DataVersion.version).where(DataVersion.name == name)


def _value(name: str) -> int | None:
    return db.session.scalar(_row(name))


def _value_from_outside(app: Flask, name: str) -> int | None:
    with app.app_context():
        return _value(name)


def _count_up(name: str) -> None:
    db.session.execute(insert_ignore(DataVersion, {"name": name, "version": 0}))
    db.session.execute(update(DataVersion).where(DataVersion.name == name).values(version=DataVersion.version + 1))


@pytest.fixture
def short_patience(app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A lock that cannot be had is given up after a tenth of a second, not after ten."""
    monkeypatch.setattr(door, "BUSY_TIMEOUT_S", 0.1)
    db.session.remove()
    db.engine.dispose()

    def hasty(connection, _record) -> None:
        connection.execute("PRAGMA busy_timeout=100")

    event.listen(db.engine, "connect", hasty)
    yield
    event.remove(db.engine, "connect", hasty)
