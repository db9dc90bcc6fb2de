"""F11: another writer holds the database, or a process is killed in its commits."""

import itertools
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.factories.outbox import envelope
from tests.factories.running import until
from tests.faults import oracle
from tests.faults.campaign import measured, note, repetitions
from tests.faults.senders import BORN_FROM
from tests.faults.world import World
from urp.app import create_app
from urp.config import load_settings
from urp.foundation.db import transaction
from urp.outbox.compose import post

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LETTERS_IN_AN_ACT = 3
HELD_S = 12


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_f11_a_writer_holds_the_database_for_twelve_seconds(world: World) -> None:
    citizen = world.citizen()
    page = citizen.reach_summary()
    with held(world.database):
        began = time.monotonic()
        answer = citizen.send(page)
        assert answer.status_code == 503
        assert "torna indietro: il testo è ancora lì" in answer.text
        assert citizen.browser.get("/").status_code == 200  # readers are not disturbed
        measured(f"F11 sqlite: said 503 after {time.monotonic() - began:.1f} s of waiting for another writer")
        until(lambda: time.monotonic() > began + HELD_S)
    answer = citizen.send(page)
    assert answer.status_code == 303
    world.codes.append(answer.location.rpartition("/")[2])
    world.judge("F11 SQLite held by another writer for 12 s")


def test_f11_killed_in_the_middle_of_commits_acts_are_whole_or_not_at_all(database_url: str, tmp_path: Path) -> None:
    times = repetitions(5)
    for _ in range(times):
        before = oracle.count(database_url, "outbox_message")
        writer = BORN_FROM.Process(target=write_for_ever, args=(database_url, tmp_path))
        writer.start()
        until(lambda before=before: oracle.count(database_url, "outbox_message") > before + LETTERS_IN_AN_ACT)
        writer.kill()
        writer.join()
        assert writer.exitcode == -signal.SIGKILL
    told, letters = told_of(tmp_path), oracle.count(database_url, "outbox_message")
    lost = max(0, told - letters)
    half = letters % LETTERS_IN_AN_ACT
    note("F11 killed in the middle of a commit", database_url, times, lost=lost, doubled=half)
    assert (lost, half) == (0, 0)
    assert letters - told <= times * LETTERS_IN_AN_ACT  # at most the one act between commit and word
    if database_url.startswith("sqlite"):
        assert oracle.integrity(database_url) == ["ok"]


@contextmanager
def held(database: str) -> Iterator[None]:
    """Another writer is in the middle of its transaction."""
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def write_for_ever(database: str, folder: Path) -> None:
    """Post letters, act after act, and say so after each commit."""
    app = create_app(load_settings({}, env="test", database_url=database, data_dir=folder / "var"))
    words = os.open(folder / "told", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with app.app_context():
        for act in itertools.count():
            with transaction():
                post([envelope(f"{os.getpid()}:{act}:{number}") for number in range(LETTERS_IN_AN_ACT)])
            os.write(words, b".")


def told_of(folder: Path) -> int:
    """How many letters writers said to have committed."""
    return LETTERS_IN_AN_ACT * (folder / "told").stat().st_size
