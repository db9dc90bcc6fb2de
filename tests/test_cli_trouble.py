"""Whatever is wrong, a command says it in one line and ends with 1: no trace of the program's inside."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from tests.factories.databases import ROOT, test_settings
from tests.factories.incoming import mail
from urp.app import create_app
from urp.foundation import db as database
from urp.foundation.clock import now, to_rome

COMMANDS = (
    "inbox list",
    "inbox poll",
    "inbox save 1 {folder}/one.eml",
    "inbox retry 1",
    "inbox attach 1 URP-AAA-AAB",
    "inbox open 1",
    "inbox spam 1 --reason x",
    "outbox list",
    "outbox drain",
    "outbox resend 1",
    "outbox mark-sent 1",
    "outbox freeze",
    "outbox thaw",
    "office import {office}",
    "appointments list 2026-11-24",
    "appointments outside",
    "appointments close {tomorrow} --reason x",
    "appointments absent 1 {tomorrow} {tomorrow} --reason x --yes",
    "appointments reopen {tomorrow}",
)


@pytest.fixture
def refused_port() -> Iterator[int]:
    """A port on which nobody listens, while we hold it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def nowhere(request: pytest.FixtureRequest, tmp_path: Path, refused_port: int) -> Flask:
    """An application whose database is away: its folder is missing, its server does not answer."""
    away = {
        "sqlite": f"sqlite:///{tmp_path}/missing/urp.db",
        "postgresql": f"postgresql+psycopg://urp:secret@127.0.0.1:{refused_port}/urp",
    }
    return create_app(test_settings(away[request.param], tmp_path / "var"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_that_is_away_is_one_line(nowhere: Flask, tmp_path: Path, command: str) -> None:
    tomorrow = to_rome(now()).date() + timedelta(1)

    done = run(nowhere, *command.format(folder=tmp_path, office=ROOT / "office.toml", tomorrow=tomorrow).split())

    (line,) = done.stderr.splitlines()
    assert (done.exit_code, done.stdout) == (1, "")
    assert line.startswith("the database: ")
    assert "unable to open" in line or "refused" in line
    assert "secret" not in line


def test_an_office_file_is_checked_without_a_database_too(nowhere: Flask) -> None:
    done = run(nowhere, "office", "check", str(ROOT / "office.toml"))

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.endswith("office.toml: no mistakes found\n")


def test_importing_without_a_database_has_its_line_for_each_file(nowhere: Flask, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(mail())

    done = run(nowhere, "inbox", "import", str(tmp_path / "one.eml"), "--mailbox", "peo")

    assert done.exit_code == 1
    assert [json.loads(line)["outcome"] for line in done.stdout.splitlines()] == ["failed"]


def test_a_database_that_another_holds_is_one_line(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    if not str(app.config["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite"):
        pytest.skip("on PostgreSQL writers do not wait for one another")
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.01)
    with app.app_context():
        another = database._write_locks.of(str(database.db.engine.url))

    with another:
        done = run(app, "outbox", "freeze")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "the database is busy: nothing was stored, try again\n"


@pytest.mark.parametrize("command", ["save", "retry", "attach", "open", "spam"])
@pytest.mark.parametrize("number", ["0", "99999999999999999999", "one"])
def test_a_number_that_no_message_can_have_is_wrong_use(app: Flask, tmp_path: Path, command: str, number: str) -> None:
    rest = {"save": [str(tmp_path / "one.eml")], "attach": ["URP-AAA-AAB"], "spam": ["--reason", "x"]}.get(command, [])

    done = run(app, "inbox", command, number, *rest)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "not in the range" in done.stderr or "not a valid integer" in done.stderr


def run(app: Flask, *words: str) -> Result:
    """A command that, whatever happens, ends by itself."""
    done = app.test_cli_runner().invoke(args=words)
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done
