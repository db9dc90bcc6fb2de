"""A drainer killed with -9 at every step: no letter lost, none doubled, doubt only after the marker."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.outbox import posted, put, row, states
from tests.smtp_scripted import Call, ScriptedSMTP
from urp.foundation.clock import now
from urp.foundation.db import db_now
from urp.outbox import send
from urp.outbox.states import State

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("ctx")]

CHILD = """
import os, signal, sys
from pathlib import Path
from urp.app import create_app
from urp.config import load_settings
from urp.outbox import arrows, send, staged_smtp

database, folder, smtp, point = sys.argv[1:]
Line = staged_smtp.StagedConnection

def die(*_given, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

def after(act):
    return lambda *given, **named: (act(*given, **named), die())

failpoints = {
    "claim": lambda: setattr(Line, "open", die),
    "connect": lambda: setattr(Line, "open", after(Line.open)),
    "body": lambda: setattr(staged_smtp.PatientSMTP, "put", half_a_body),
    "before the marker": lambda: setattr(arrows, "marked", die),
    "after the marker": lambda: setattr(Line, "_dot", die),
    "after 250": lambda: setattr(arrows, "sent", die),
    "after sent": lambda: setattr(Line, "leave", die),
    "by the server": lambda: None,
}

def half_a_body(line, data, seconds):
    line.sock.sendall(data[: len(data) // 2])
    die()

app = create_app(load_settings({}, env="test", database_url=database, data_dir=Path(folder), peo_smtp=smtp))
with app.app_context():
    failpoints[point]()
    sys.stdin.readline()
    send.drain("peo")
"""

ROOT = Path(__file__).resolve().parents[2]
BEFORE_THE_DOT = ("claim", "connect", "body", "before the marker")


@pytest.mark.parametrize("point", BEFORE_THE_DOT)
def test_killed_before_the_marker_everything_is_sent_later(
    point: str, app: Flask, server: ScriptedSMTP, database_url: str
) -> None:
    letters = posted(3)
    kill_at(point, app, server, database_url)
    assert states(letters) == ["sending"] * 3
    assert server.journal == []
    assert send.drain("peo").sent == 0  # not while the lease holds
    assert (row(letters[0])["lease_until"] - now()).total_seconds() < 31
    expire(letters)
    assert send.drain("peo").sent == 3
    assert states(letters) == ["sent"] * 3
    assert_each_once(server, letters)


@pytest.mark.parametrize(("point", "left"), [("after the marker", 0), ("after 250", 1)])
def test_killed_after_the_marker_one_letter_is_in_doubt_and_never_sent_again(
    point: str, left: int, app: Flask, server: ScriptedSMTP, database_url: str
) -> None:
    letters = posted(3)
    kill_at(point, app, server, database_url)
    assert len(server.journal) == left
    expire(letters)
    assert send.drain("peo").sent == 2
    assert states(letters) == ["uncertain", "sent", "sent"]
    assert send.drain("peo").sent == 0
    assert_each_once(server, letters[1:] if left == 0 else letters)


def test_killed_once_the_reply_is_written_down_nothing_is_in_doubt(
    app: Flask, server: ScriptedSMTP, database_url: str
) -> None:
    letters = posted(3)
    kill_at("after sent", app, server, database_url)
    assert states(letters) == ["sent"] * 3
    assert_each_once(server, letters)


@pytest.mark.parametrize("verb", ["ehlo", "mail", "rcpt", "data", "dot"])
def test_killed_while_the_server_has_the_word(verb: str, app: Flask, server: ScriptedSMTP, database_url: str) -> None:
    letters = posted(3)
    child = start("by the server", app, server, database_url)
    server.play(verb, Call(lambda: killed(child)))
    finish(child)
    server.wait_for(lambda: len(server.journal) == (1 if verb == "dot" else 0))
    expire(letters)
    counts = send.drain("peo")
    doubtful = 1 if verb == "dot" else 0
    assert counts.sent == 3 - doubtful
    assert states(letters).count("uncertain") == doubtful
    assert_each_once(server, letters)


def kill_at(point: str, app: Flask, server: ScriptedSMTP, database_url: str) -> None:
    finish(start(point, app, server, database_url))


def start(point: str, app: Flask, server: ScriptedSMTP, database_url: str) -> subprocess.Popen[bytes]:
    """A drainer in a process of its own, which begins when it reads a line and dies at `point`."""
    folder = str(app.config["URP"].data_dir)
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, database_url, folder, server.url(), point],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )


def killed(child: subprocess.Popen[bytes]) -> None:
    """Kill -9, and wait until it is gone."""
    child.kill()
    child.wait()


def finish(child: subprocess.Popen[bytes]) -> None:
    """Let the drainer go, and see it killed."""
    with child:
        _, errors = child.communicate(b"go\n", timeout=60)
    assert child.returncode == -9, errors.decode()


def expire(letters: list[int]) -> None:
    """Half a minute later."""
    for letter in letters:
        if row(letter)["state"] == State.SENDING:
            put(letter, State.SENDING, row(letter)["stage"], lease_until=db_now(-1))


def assert_each_once(server: ScriptedSMTP, letters: list[int]) -> None:
    taken = sorted(letter.message_id for letter in server.journal)
    assert taken == sorted(row(letter)["message_id"] for letter in letters)
