"""What tests of appointments share: a Monday morning on which the clock stands still."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests.factories.appointments import clock_stands


@pytest.fixture
def monday() -> Iterator[None]:
    """Monday 23 November 2026, 9 in the morning."""
    with clock_stands():
        yield


@pytest.fixture
def office(app: Flask, monday: None, ctx: None) -> None:
    """An empty book at the shipped office, on that Monday."""


@pytest.fixture
def told(app: Flask) -> list[Any]:
    """The facts that were published, in order, whoever else listens."""
    heard: list[Any] = []
    board = app.extensions["switchboard"]
    now = {kind: (heard.append, *board.now.get(kind, ())) for kind in {**board.now, **board.later}}
    app.extensions["switchboard"] = replace(board, now=now)
    return heard
