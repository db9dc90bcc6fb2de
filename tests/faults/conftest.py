"""What faults are played on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DATABASES, TwoDatabases
from tests.faults.senders import Orders
from tests.faults.world import World, a_world
from tests.smtp_scripted import ScriptedSMTP


@pytest.fixture
def smtp() -> Iterator[ScriptedSMTP]:
    """The mail server of both mailboxes, which keeps a journal and plays what it is told."""
    with ScriptedSMTP() as server:
        yield server


@pytest.fixture
def orders(database_url: str, smtp: ScriptedSMTP, tmp_path: Path) -> Orders:
    """What a drainer of this test's database is told."""
    return Orders(
        database_url, tmp_path / "host", smtp.url(), points=tmp_path / "points", log=tmp_path / "drainers.log"
    )


@pytest.fixture(scope="session", params=DATABASES)
def world(
    request: pytest.FixtureRequest, databases: TwoDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One whole service on each database, for all faults that it survives."""
    url = databases.fresh(request.param)
    with a_world(tmp_path_factory.mktemp("world"), url) as made:
        yield made
    databases.drop(url)
