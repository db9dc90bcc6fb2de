"""What the guards of the house share."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import test_settings as settings_of_a_test
from urp.app import create_app
from urp.foundation.db import db


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The program put together, on a database that nobody has made: for looking, not for doing."""
    folder = tmp_path_factory.mktemp("program")
    made = create_app(settings_of_a_test(f"sqlite:///{folder}/never.db", folder / "var"))
    yield made
    with made.app_context():
        db.engine.dispose()
