"""The service of the journeys: real processes, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DATABASES, TwoDatabases
from tests.factories.running import Running, start


@pytest.fixture(scope="session", params=DATABASES)
def service(
    request: pytest.FixtureRequest, databases: TwoDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A running service with this office."""
    url = databases.fresh(request.param)
    folder: Path = tmp_path_factory.mktemp("journeys")
    running = start(folder / "var", url, URP_RATE_LIMITS="off")
    yield running
    running.stop()
    databases.drop(url)
