"""Databases for tests: migrated, with this office in them, and quickly as good as new."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from urp.app import create_app
from urp.config import Settings, load_settings
from urp.embedded import postgres
from urp.foundation.db import db

ROOT = Path(__file__).resolve().parents[2]
DATABASES = ("sqlite", "postgresql")
KEPT = "as_it_was"
NUMBERS = "SELECT sequencename AS name, last_value AS reached FROM pg_sequences WHERE schemaname = 'public'"

# Only what a test changed is put back: to empty every table anew takes half a second.
PUT_BACK = f"""
CREATE FUNCTION counted.put_back() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one text;
  empty boolean;
  changed boolean;
  reached bigint;
BEGIN
  SET LOCAL session_replication_role = replica;  -- rows may go and come in any order
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = '{KEPT}' LOOP
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM {KEPT}.%I)', one) INTO empty;
    IF empty THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', one) INTO changed;
    ELSE
      EXECUTE format(
        'SELECT EXISTS (SELECT t::text FROM public.%1$I t EXCEPT ALL SELECT t::text FROM {KEPT}.%1$I t)'
        ' OR EXISTS (SELECT t::text FROM {KEPT}.%1$I t EXCEPT ALL SELECT t::text FROM public.%1$I t)', one
      ) INTO changed;
    END IF;
    IF changed THEN
      EXECUTE format('DELETE FROM public.%I', one);
      EXECUTE format('INSERT INTO public.%1$I SELECT * FROM {KEPT}.%1$I', one);
    END IF;
  END LOOP;
  FOR one, reached IN
    SELECT n.sequencename, k.reached FROM pg_sequences n JOIN counted.numbers k ON k.name = n.sequencename
    WHERE n.schemaname = 'public' AND n.last_value IS DISTINCT FROM k.reached
  LOOP
    PERFORM setval(format('public.%I', one), coalesce(reached, 1), reached IS NOT NULL);
  END LOOP;
END $$
"""


class TwoDatabases:
    """Makes databases on SQLite and PostgreSQL; each test gets one that no other test has touched.

    SQLite: a copy of a template file. PostgreSQL: a copy costs half a second, so a database is used
    again after its rows were put back as they were.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sqlite_template = folder / "template.db"
        self.server: postgres.Server | None = None
        self.free: list[str] = []

    def fresh(self, kind: str) -> str:
        """The address of a database of that kind."""
        return self._fresh_sqlite() if kind == "sqlite" else self._fresh_postgresql()

    def drop(self, url: str) -> None:
        """Give a database back."""
        if url.startswith("sqlite"):
            for leftover in self.folder.glob(Path(url).name + "*"):
                leftover.unlink()
        elif self._put_back(url):
            self.free.append(url)
        else:
            self._sql(f"DROP DATABASE IF EXISTS {_name(url)} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the PostgreSQL server, if a test needed one."""
        if self.server:
            self.server.stop()

    def _fresh_sqlite(self) -> str:
        if not self.sqlite_template.exists():
            being_made = self.folder / "making.db"
            self._fill(f"sqlite:///{being_made}")
            with create_engine(f"sqlite:///{being_made}").connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            being_made.rename(self.sqlite_template)
        path = self.folder / f"{uuid.uuid4().hex}.db"
        shutil.copy(self.sqlite_template, path)
        return f"sqlite:///{path}"

    def _fresh_postgresql(self) -> str:
        if self.server is None:
            self.server = postgres.start(self.folder / "postgresql")
            self._sql("CREATE DATABASE template_urp")
            self._fill(self.server.url("template_urp"))
            _keep_rows(self.server.url("template_urp"))
        if self.free:
            return self.free.pop()
        name = f"t{uuid.uuid4().hex}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE template_urp")
        return self.server.url(name)

    def _put_back(self, url: str) -> bool:
        try:
            _restore_rows(url)
        except (DBAPIError, AssertionError):
            return False  # a test changed its tables
        return True

    def _fill(self, url: str) -> None:
        app = create_app(test_settings(url, self.folder / "filling"))
        with app.app_context():
            upgrade = app.test_cli_runner().invoke(args=["db", "upgrade", "-d", str(ROOT / "migrations")])
            assert upgrade.exit_code == 0, upgrade.output
            imported = app.test_cli_runner().invoke(args=["office", "import", str(ROOT / "office.toml")])
            assert imported.exit_code == 0, imported.output
            db.session.remove()
            db.engine.dispose()

    def _sql(self, statement: str) -> None:
        assert self.server is not None
        engine = create_engine(self.server.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


def test_settings(database_url: str, data_dir: Path, **more: Any) -> Settings:
    """Settings of a test: nothing comes from this machine's environment."""
    values = {"env": "test", "database_url": database_url, "data_dir": data_dir, "rate_limits": "off"}
    return load_settings({}, **{**values, **more})


test_settings.__test__ = False  # type: ignore[attr-defined]


@contextmanager
def _writing(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def _keep_rows(url: str) -> None:
    with _writing(url) as connection:
        connection.execute(text(f"CREATE SCHEMA {KEPT}"))
        for table in _tables(connection):
            connection.execute(text(f'CREATE TABLE {KEPT}."{table}" AS TABLE public."{table}"'))
        connection.execute(text("CREATE SCHEMA counted"))
        connection.execute(text(f"CREATE TABLE counted.numbers AS {NUMBERS}"))
        connection.execute(text(PUT_BACK))


def _restore_rows(url: str) -> None:
    with _writing(url) as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        assert _tables(connection) == _tables(connection, KEPT)
        connection.execute(text("SELECT counted.put_back()"))


def _tables(connection: Connection, schema: str = "public") -> list[str]:
    found = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY tablename")
    return list(connection.scalars(found, {"schema": schema}))


def _name(url: str) -> str:
    return url.split("?")[0].rpartition("/")[2]
