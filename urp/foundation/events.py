"""Facts travel upward: a room publishes, the switchboard decides who listens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, current_app

from urp.foundation.db import after_commit

Listener = Callable[[Any], None]
Wiring = Mapping[type, Sequence[Listener]]


@dataclass(frozen=True)
class Switchboard:
    """Who listens to which event: `now` in the same transaction, `later` after the commit."""

    now: Wiring
    later: Wiring


def connect(app: Flask, now: Wiring, later: Wiring) -> None:
    """Plug the two tables into the app; called once by `create_app`."""
    app.extensions["switchboard"] = Switchboard(now, later)


def publish(event: object) -> None:
    """Tell who listens: NOW listeners run here and may abort the transaction by raising;
    LATER listeners run after the commit, where an error is logged and never raised.

    Raises LookupError for an event without a row in the switchboard.
    """
    board: Switchboard = current_app.extensions["switchboard"]
    kind = type(event)
    if kind not in board.now and kind not in board.later:
        raise LookupError(f"{kind.__name__} has no row in urp/switchboard.py")
    for listener in board.now.get(kind, ()):
        listener(event)
    for listener in board.later.get(kind, ()):
        after_commit(partial(listener, event))
