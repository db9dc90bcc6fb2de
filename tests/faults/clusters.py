"""A PostgreSQL of a test's own that can crash and come back with what it had committed."""

import signal
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from urp.embedded import postgres

PATIENCE_S = 60


class Cluster:
    """Starts at once; `crash` is `pg_ctl stop -m immediate`, `revive` starts it on the same data."""

    def __init__(self, folder: Path) -> None:
        binaries, _origin = postgres.find_binaries()
        self._place = postgres._settle(binaries, folder)
        postgres._create_cluster(self._place)
        self.revive()
        # the test server forgets the last commits in a crash; this one must not
        self._say("ALTER ROLE postgres SET synchronous_commit = on")

    @property
    def url(self) -> str:
        """The SQLAlchemy address of its database."""
        return f"postgresql+psycopg://postgres@/postgres?host={self._place.sockets}&port={postgres.PORT}"

    def revive(self) -> None:
        """Start it, and wait until it answers."""
        self._process: subprocess.Popen[bytes] = postgres._serve(self._place)
        postgres._wait_until_it_answers(self._place, self._process)

    def crash(self) -> None:
        """Every connection breaks, nothing is written any more."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(PATIENCE_S)

    def stop(self) -> None:
        """For good."""
        if self._process.poll() is None:
            self.crash()
        self._place.clear()

    def _say(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))
