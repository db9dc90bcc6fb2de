"""Taking letters in hand: never twice, one drainer per mailbox and host, a lease that is kept alive."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ClauseElement, text

from tests.factories.outbox import posted, put, row, states
from urp.foundation.clock import now
from urp.foundation.db import db, db_now
from urp.outbox import arrows, claim
from urp.outbox.states import State


@pytest.mark.usefixtures("ctx")
def test_a_batch_takes_what_is_due_in_this_mailbox_only() -> None:
    due, waiting, elsewhere = posted(3), posted(1, send_after_s=20), posted(1, mailbox="pec")
    batch = claim.take("peo")
    assert [letter.id for letter in batch.letters] == due
    assert states(due) == ["sending"] * 3
    assert states(waiting + elsewhere) == ["queued"] * 2
    assert row(due[0])["attempts"] == 1
    assert row(due[0])["lease_token"] == batch.token


@pytest.mark.usefixtures("ctx")
def test_a_batch_is_fifty_letters_at_most_and_the_longest_waiting_first() -> None:
    letters = posted(60)
    put(letters[-1], State.QUEUED, next_at=db_now(-3600))
    taken = [letter.id for letter in claim.take("peo").letters]
    assert len(taken) == arrows.BATCH
    assert letters[-1] in taken


@pytest.mark.usefixtures("ctx")
def test_a_large_letter_leaves_its_bytes_in_the_database_until_its_turn() -> None:
    posted(1, text="x" * 70_000)
    posted(1)
    large, small = claim.take("peo").letters
    assert large.raw is None
    assert small.raw is not None
    assert b"giulia.bianchi@posta.example" in small.raw


def test_eight_workers_never_take_the_same_letter(app: Flask) -> None:
    with app.app_context():
        letters = posted(120)
    taken: list[int] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        with app.app_context():
            while batch := claim.take("peo").letters:
                taken.extend(letter.id for letter in batch)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == letters


@pytest.mark.usefixtures("ctx")
def test_claim_and_sweep_read_the_partial_indexes() -> None:
    posted(1)
    claim_plan = plan(arrows._CLAIMED.statement, box="peo", token="t")
    assert "ix_outbox_message_due" in claim_plan
    assert "ix_outbox_message_lease" in plan(arrows._RECLAIMED.statement)
    # named and not bound: a prepared statement's general plan knows no values
    assert "state = 'queued' AND outbox_message.mailbox" in sql(arrows._CLAIMED.statement)
    assert "state = 'sending' AND outbox_message.lease_until" in sql(arrows._RECLAIMED.statement)


@pytest.mark.usefixtures("ctx")
def test_the_heartbeat_moves_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "BEAT_S", 0.01)
    (letter,) = posted()
    token = claim.take("peo").token
    put(letter, State.SENDING, lease_until=db_now(-60))
    moved = threading.Event()
    monkeypatch.setattr(arrows, "prolonged", told(arrows.prolonged, moved))
    with claim.Heartbeat(token):
        assert moved.wait(20)
    assert row(letter)["lease_until"] > now()


@pytest.mark.usefixtures("ctx")
def test_a_heartbeat_that_fails_beats_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "BEAT_S", 0.01)
    beats: list[str] = []
    third = threading.Event()

    def fail(token: str) -> int:
        beats.append(token)
        if len(beats) == 3:
            third.set()
        raise RuntimeError("the database is away")

    monkeypatch.setattr(arrows, "prolonged", fail)
    with claim.Heartbeat("t"):
        assert third.wait(20)


@pytest.mark.usefixtures("ctx")
def test_a_heartbeat_does_not_hold_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "BEAT_S", 0.001)
    monkeypatch.setattr(claim, "LONGEST_HOLD_S", 0.003)
    beats: list[str] = []
    monkeypatch.setattr(arrows, "prolonged", beats.append)
    heartbeat = claim.Heartbeat("t")
    heartbeat._thread.start()
    heartbeat._thread.join(20)
    assert beats == ["t"] * 3


def sql(statement: ClauseElement) -> str:
    """The statement in one line."""
    return " ".join(str(statement.compile(dialect=db.engine.dialect)).split())


def plan(statement: ClauseElement, **names: object) -> str:
    """How the database would run this, sequential scans discouraged as in a large table."""
    dialect = db.engine.dialect
    compiled: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    connection = db.session.connection()
    if dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN " if dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    values = compiled.construct_params(names)
    given = values if compiled.positiontup is None else tuple(values[name] for name in compiled.positiontup)
    rows = connection.exec_driver_sql(explain + str(compiled), given).fetchall()
    db.session.rollback()
    return "\n".join(str(row) for row in rows)


def told(act: Callable[[str], int], event: threading.Event) -> Callable[[str], int]:
    """The same act, telling when it has been done."""

    def do(token: str) -> int:
        count = act(token)
        assert count == 1
        event.set()
        return count

    return do
