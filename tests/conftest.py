"""What every test may ask for: an app on either database, its context, a client, an office set up."""

import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as trials

from tests.factories.databases import DATABASES, TwoDatabases, test_settings
from tests.factories.templates import COMPILED
from tests.faults import campaign
from urp.app import create_app
from urp.foundation.db import db
from urp.inbox import queries as inbox_queries

trials.register_profile("no clock", deadline=None)  # a machine that is busy for a moment is no fault
trials.load_profile("no clock")

__all__ = ["DATABASES", "TwoDatabases", "test_settings"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the ledger of faults to the process that prints it, where tests run side by side."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["faults"] = campaign.written()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in the ledger of one of those processes."""
    campaign.add(**getattr(node, "workeroutput", {}).get("faults", {"rows": [], "measured": []}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the ledger."""
    if lines := campaign.table():
        terminalreporter.section("faults played")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoDatabases]:
    """Both databases, started when first needed."""
    made = TwoDatabases(tmp_path_factory.mktemp("databases"))
    yield made
    made.stop()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, databases: TwoDatabases) -> Iterator[str]:
    """A migrated database with this office in it, once on SQLite and once on PostgreSQL."""
    url = databases.fresh(request.param)
    yield url
    databases.drop(url)


@pytest.fixture
def app_settings() -> dict[str, object]:
    """Override in a module to change settings of its apps."""
    return {}


@pytest.fixture
def app(database_url: str, tmp_path: Path, app_settings: dict[str, object]) -> Iterator[Flask]:
    """An application on its own database; no Redis, no mail server."""
    made = create_app(test_settings(database_url, tmp_path / "var", **app_settings))
    made.testing = True
    made.jinja_env.bytecode_cache = COMPILED
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def ctx(app: Flask) -> Iterator[None]:
    """An application context around the test."""
    with app.app_context():
        yield


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a screen."""
    return app.test_client()


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own URP_ variables must not change a test's result."""
    for name in [name for name in os.environ if name.startswith("URP_") and not name.startswith("URP_TEST")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def young_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long the tests have been running must not raise the alarm of mailboxes that nobody reads."""
    monkeypatch.setattr(inbox_queries, "STARTED", monotonic())
