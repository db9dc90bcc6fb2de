"""The database door: one transaction per act, the same on SQLite and PostgreSQL."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Float,
    MetaData,
    bindparam,
    event,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql import Insert
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Integer, TypeDecorator, TypeEngine

from urp.foundation.errors import UrpError

log = logging.getLogger(__name__)
BUSY_TIMEOUT_S = 10
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITE = "urp_write"
_PASSING = {"40001", "40P01", "55P03"}  # PostgreSQL: serialization failure, deadlock, lock not available
T = TypeVar("T")


class Base(DeclarativeBase):
    """Mother of every table; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant: timestamptz on PostgreSQL, integer microseconds since 1970 on SQLite.

    SQLite drops the zone of its own date type, and text would not compare with the clock.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = DateTime(timezone=True) if dialect.name == "postgresql" else BigInteger()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        if dialect.name == "postgresql":
            return value
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return EPOCH + timedelta(microseconds=value)


class db_now(FunctionElement[datetime]):
    """The database's own clock, `seconds` from now: leases must not trust a worker's clock."""

    type = UtcDateTime()
    name = "db_now"
    inherit_cache = True

    def __init__(self, seconds: float = 0) -> None:
        super().__init__(bindparam(None, float(seconds), Float()))


@compiles(db_now, "postgresql")
def _now_on_postgresql(element: db_now, compiler: Any, **kw: Any) -> str:
    # the statement's own start: an index may be searched with it, unlike with clock_timestamp()
    return f"(statement_timestamp() + make_interval(secs => {compiler.process(element.clauses, **kw)}))"


@compiles(db_now, "sqlite")
def _now_on_sqlite(element: db_now, compiler: Any, **kw: Any) -> str:
    later = f"CAST(round({compiler.process(element.clauses, **kw)} * 1000000) AS INTEGER)"
    return f"(CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) * 1000 + {later})"


class DatabaseBusy(UrpError):
    """Another writer held the database for too long; nothing was stored, try again."""


class _WriteLocks:
    """One writer at a time per process: cheaper and fairer than SQLite's own polling."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def of(self, url: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(url, threading.Lock())


_write_locks = _WriteLocks()


@contextmanager
def transaction() -> Iterator[None]:
    """Open the one write transaction of an act, commit it at the end, roll back on any error.

    Only doors (views, tasks, commands) use it; it does not nest (RuntimeError). On SQLite it begins
    IMMEDIATE, so that two writers queue instead of losing an update. After the commit the listeners
    for LATER run; their errors are logged. Raises DatabaseBusy when the lock cannot be had in 10 s.
    """
    info = db.session.info
    if info.get("in_transaction"):
        raise RuntimeError("transaction() does not nest: verbs never commit, doors do")
    db.session.rollback()  # reads before the door saw an older snapshot
    with _one_writer():
        _begin_writing()
        info.update(in_transaction=object(), later=[])  # an object tells one act from another
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            info["in_transaction"] = False
            later = info.pop("later", [])
    _ring(later)


def after_commit(act: Callable[[], None]) -> None:
    """Do `act` once the open transaction has committed; raises RuntimeError outside a transaction."""
    if not db.session.info.get("in_transaction"):
        raise RuntimeError("nothing is published outside a transaction()")
    db.session.info["later"].append(act)


def persistently(act: Callable[[], T], tries: int = 3) -> T:
    """Do a door's act, its transaction() included, again when writers got in each other's way; then raise that."""
    for _ in range(tries - 1):
        try:
            return act()
        except DatabaseBusy:
            continue
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _PASSING:
                raise
    return act()


def insert_ignore(table: type[Base] | Any, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Insert:
    """INSERT … ON CONFLICT DO NOTHING for the database in use; the row count says what was new."""
    maker = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    # without the option SQLAlchemy keeps the row count of UPDATE and DELETE only
    return maker(table).values(values).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def rows_changed(statement: Executable, **names: Any) -> int:
    """Do an INSERT, UPDATE or DELETE, `names` for its open parameters, and say how many rows it concerned."""
    return int(cast("CursorResult[Any]", db.session.execute(statement, names or None)).rowcount)


def answers() -> bool:
    """Whether the database answers a question."""
    return bool(db.session.scalar(select(1)) == 1)


def prepare_engine(engine: Engine) -> None:
    """Teach SQLite honest transactions, and both to keep people's words out of error texts."""
    engine.hide_parameters = True
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


@contextmanager
def _one_writer() -> Iterator[None]:
    if db.engine.dialect.name != "sqlite":
        yield
        return
    lock = _write_locks.of(str(db.engine.url))
    if not lock.acquire(timeout=BUSY_TIMEOUT_S):
        raise DatabaseBusy
    try:
        yield
    finally:
        lock.release()


def _begin_writing() -> None:
    try:
        db.session.connection(execution_options={_WRITE: True})
    except OperationalError as error:
        db.session.rollback()
        if "locked" in str(error):
            raise DatabaseBusy from error
        raise


def _ring(later: list[Callable[[], None]]) -> None:
    for act in later:
        try:
            act()
        except Exception:
            log.exception("a listener failed after the commit; the sweeper will find its work")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3's own BEGIN comes too late: 3 of 4 updates were lost
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
