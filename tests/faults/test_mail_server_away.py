"""With the mail server stopped the form answers all the same, and all mail leaves once it is back."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DATABASES, TwoDatabases
from tests.factories.citizens import Citizen
from tests.factories.running import Running, start, until
from tests.smtp_scripted import ScriptedSMTP

pytestmark = pytest.mark.faults
QUESTIONS = 5


@pytest.mark.timeout(400)
def test_the_form_answers_and_all_mail_leaves_when_the_server_returns(service: Running, port: int) -> None:
    slowest = 0.0
    for number in range(QUESTIONS):
        citizen = Citizen(service.browser())
        citizen.contacts["email"] = f"cittadino{number}@posta.example"
        page = citizen.reach_summary()
        began = time.monotonic()
        assert citizen.send(page).status_code == 303
        slowest = max(slowest, time.monotonic() - began)
    waiting = citizen.browser.get(citizen.send(page).location).text
    assert "In partenza" in waiting

    with ScriptedSMTP(port=port) as server:
        until(lambda: len(server.journal) == 2 * QUESTIONS, within_s=150)
        assert len({one.message_id for one in server.journal}) == 2 * QUESTIONS
    print(f"\nslowest send with the mail server away: {slowest * 1000:.0f} ms")


@pytest.fixture
def port() -> int:
    """A port on which nobody listens yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=DATABASES)
def service(request: pytest.FixtureRequest, databases: TwoDatabases, tmp_path: Path, port: int) -> Iterator[Running]:
    """A running service whose mail server is away."""
    url = databases.fresh(request.param)
    away = f"smtp://127.0.0.1:{port}"
    running = start(tmp_path / "var", url, URP_RATE_LIMITS="off", URP_PEO_SMTP=away, URP_PEC_SMTP=away)
    yield running
    running.stop()
    databases.drop(url)
