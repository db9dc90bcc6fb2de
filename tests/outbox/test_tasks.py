"""The bell: rings once, never makes the web wait, and nothing is lost when nobody hears it."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotThere
from redis.retry import Retry

from tests.factories.outbox import posted, put, row, states
from tests.smtp_scripted import ScriptedSMTP
from urp.embedded import redis_server
from urp.foundation.db import db_now
from urp.outbox import send, tasks
from urp.outbox.events import LettersPosted
from urp.outbox.states import Stage, State

pytestmark = pytest.mark.usefixtures("ctx", "a_bell_that_may_ring")

BELLS = ("urp:wake:outbox.drain:pec", "urp:wake:outbox.drain:peo")


def test_a_burst_of_letters_wakes_a_mailbox_once(redis: Redis) -> None:
    for _ in range(5):
        tasks.wake_up(LettersPosted(("peo",)))
    tasks.wake_up(LettersPosted(("pec", "peo")))
    assert queued(redis) == {"pec": 1, "peo": 1}


def test_posting_wakes_after_the_commit(redis: Redis) -> None:
    posted(2, mailbox="pec")
    assert queued(redis) == {"pec": 1, "peo": 0}


def test_whoever_begins_to_drain_can_be_woken_again(redis: Redis, server: ScriptedSMTP) -> None:
    letters = posted(2)
    tasks.drain("peo")
    assert states(letters) == ["sent", "sent"]
    tasks.wake("peo")
    assert queued(redis)["peo"] == 2


def test_a_drainer_out_of_time_has_itself_woken(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "drain", lambda _mailbox: send.Counts(more=True))
    tasks.drain("pec")
    assert queued(redis) == {"pec": 1, "peo": 0}


def test_the_sweeper_wakes_whom_the_bell_missed_and_turns_expired_leases(redis: Redis) -> None:
    before, after = posted(2)
    posted(1, mailbox="pec", send_after_s=60)
    redis.flushall()
    put(before, State.SENDING, lease_until=db_now(-1))
    put(after, State.SENDING, Stage.DOT, lease_until=db_now(-1))
    tasks.sweep()
    assert states([before, after]) == ["queued", "uncertain"]
    assert queued(redis) == {"pec": 0, "peo": 1}


def test_the_sweeper_repeats_confirmations_and_watches_over_proofs(redis: Redis) -> None:
    doubtful, proofless = posted(1)[0], posted(1, mailbox="pec")[0]
    redis.flushall()
    put(doubtful, State.UNCERTAIN, Stage.DOT)
    put(proofless, State.SENT, sent_at=db_now(-3600))
    tasks.sweep()
    assert states([doubtful, proofless]) == ["queued", "sent"]
    assert row(proofless)["alarm"] == "no_acceptance"
    assert queued(redis) == {"pec": 0, "peo": 1}


def test_the_bell_leaves_no_mark_that_outlives_a_lost_message(redis: Redis) -> None:
    tasks.wake("peo")
    assert 0 < redis.ttl("urp:wake:outbox.drain:peo") <= tasks.DEBOUNCE_S


def test_a_hung_redis_costs_a_moment_once(redis: Redis, redis_process: subprocess.Popen[bytes]) -> None:
    tasks.wake("pec")  # lines are open
    redis_process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        posted(1)
        assert time.monotonic() - began < 5  # without limits it hangs for ever
        assert not tasks._may_ring()
        began = time.monotonic()
        for _ in range(100):
            tasks.wake("peo")
        assert time.monotonic() - began < 5  # and not 100 times
    finally:
        redis_process.send_signal(signal.SIGCONT)


def test_a_hung_publish_is_given_up(
    redis: Redis, redis_process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_touch", lambda _act: True)  # past the debounce, straight to Celery
    redis_process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        tasks.wake("peo")
        assert time.monotonic() - began < 10
        assert not tasks._may_ring()
    finally:
        redis_process.send_signal(signal.SIGCONT)


def test_a_redis_that_is_gone_is_forgotten_for_ten_seconds(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Redis(unix_socket_path=str(tmp_path / "nothing.sock"), retry=Retry(NoBackoff(), 0))
    monkeypatch.setitem(app.extensions, "bell", gone)
    (letter,) = posted()
    assert states([letter]) == ["queued"]
    assert not tasks._may_ring()
    monkeypatch.setattr(tasks, "monotonic", lambda: time.monotonic() + tasks.QUIET_S)
    assert tasks._may_ring()


def queued(redis: Redis) -> dict[str, int]:
    """Messages waiting for the workers of each mailbox."""
    return {kind: int(redis.llen(f"urp:{kind}")) for kind in ("pec", "peo")}


@pytest.fixture
def a_bell_that_may_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test inherits another's silence."""
    monkeypatch.setattr(tasks._Breaker, "quiet_until", 0.0)


@pytest.fixture(scope="module")
def redis_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with redis_server.socket_path(tmp_path_factory.mktemp("redis")) as socket:
        yield socket


@pytest.fixture(scope="module")
def redis_process(redis_socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    found = redis_server.find()
    assert found.program is not None
    command = redis_server.command(found.program, redis_socket.parent, redis_socket)
    with subprocess.Popen(command) as process:
        client = Redis(unix_socket_path=str(redis_socket))
        until = time.monotonic() + 20
        while time.monotonic() < until and not answers(client):
            assert process.poll() is None
        yield process
        client.close()
        process.kill()


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except NotThere:
        return False


@pytest.fixture
def redis(redis_process: subprocess.Popen[bytes], redis_socket: Path) -> Iterator[Redis]:
    with Redis(unix_socket_path=str(redis_socket)) as client:
        client.flushall()
        yield client


@pytest.fixture
def app_settings(server: ScriptedSMTP, redis_process: object, redis_socket: Path) -> dict[str, object]:
    smtp = {"peo_smtp": server.url(), "pec_smtp": server.url()}
    return {**smtp, "redis_url": f"redis+socket://{redis_socket}"}
