"""Two hundred questions, half of them by PEC, while workers and Redis are killed: nothing lost, nothing doubled."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.conftest import DATABASES, TwoDatabases
from tests.factories.citizens import Citizen
from tests.factories.running import Running, start, until
from tests.faults.campaign import note

pytestmark = pytest.mark.faults
QUESTIONS = 200
DISTURBANCES = {40: "worker", 90: "redis", 140: "worker"}
FINAL = {"sent", "delivered", "uncertain"}


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_while_worker_and_redis_are_killed(service: Running, letters) -> None:
    codes = _ask_while_disturbed(service)
    assert len(set(codes)) == QUESTIONS

    until(lambda: set(letters()) <= FINAL and sum(letters().values()) == 2 * QUESTIONS, within_s=180)

    states = letters()
    arrived = Counter(_message_ids(service))
    assert [one for one, times in arrived.items() if times > 1] == []
    left = states["sent"] + states["accepted"] + states["delivered"]
    assert left <= len(arrived) <= left + states["uncertain"]
    until(lambda: letters()["delivered"] > QUESTIONS / 3, within_s=60)  # the provider's receipts find their letters
    lost = 2 * QUESTIONS - left - states["uncertain"]
    note("200 questions, worker killed twice, Redis once", service.database_url, 1, lost, 0, states["uncertain"])


def _ask_while_disturbed(service: Running) -> list[str]:
    done = 0
    guard = threading.Lock()

    def ask(number: int) -> str:
        nonlocal done
        citizen = Citizen(service.browser())
        citizen.contacts["email"] = f"cittadino{number}@posta.example"
        citizen.question["topic"] = "ambiente" if number % 2 else "strade"
        code = citizen.send_question()
        with guard:
            done += 1
            victim = DISTURBANCES.get(done)
        if victim == "worker":
            for pid in service.pids("--app worker worker"):
                _kill(pid)
        elif victim == "redis":
            for pid in service.pids("redis-server"):
                _kill(pid)
        return code

    with ThreadPoolExecutor(8) as crowd:
        return list(crowd.map(ask, range(QUESTIONS)))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _message_ids(service: Running) -> list[str]:
    ids = []
    for letter in service.letters():
        head = service.source(letter).split(b"\r\n\r\n")[0].decode()
        ids += [line.split(":", 1)[1].strip() for line in head.splitlines() if line.lower().startswith("message-id:")]
    return ids


@pytest.fixture(params=DATABASES)
def service(request: pytest.FixtureRequest, databases: TwoDatabases, tmp_path: Path) -> Iterator[Running]:
    """A running service of this test's own."""
    url = databases.fresh(request.param)
    running = start(tmp_path / "var", url, URP_RATE_LIMITS="off")
    yield running
    running.stop()
    databases.drop(url)


@pytest.fixture
def letters(service: Running):
    """How many letters of the outbox are in each state."""
    engine = create_engine(service.database_url)

    def count() -> Counter[str]:
        with engine.connect() as connection:
            return Counter(
                dict(connection.execute(text("SELECT state, count(*) FROM outbox_message GROUP BY state")).all())
            )

    yield count
    engine.dispose()
