"""The inbox alone: a reader without a child, and a listener in the place of the rooms above."""

import pytest
from flask import Flask

from tests.factories.listening import Here, Listener, listening
from urp.inbox import process


@pytest.fixture
def listener(app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """Hears what people write and opens a case of it."""
    monkeypatch.setattr(process, "reader", Here)
    return listening(app)
