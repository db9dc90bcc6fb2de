"""What tests of the web door share: a snapshot of the whole database."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories.snapshots import all_rows


@pytest.fixture
def rows(app: Flask) -> Callable[[], dict[str, list]]:
    """Every row of every table as it is now."""
    return lambda: all_rows(app)
