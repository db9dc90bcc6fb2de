"""Facts travel upward: now in the same transaction, later after the commit."""

from dataclasses import dataclass

import pytest
from flask import Flask

from urp.foundation import events
from urp.foundation.db import db, transaction
from urp.foundation.versions import DataVersion, bump


@dataclass(frozen=True)
class Baked:
    """A cake is ready."""

    name: str


@dataclass(frozen=True)
class Unheard:
    """Nobody listens."""


class Burnt(Exception):
    """The listener will not have it."""


def test_now_listeners_act_in_the_same_transaction_and_may_undo_it(app: Flask, ctx: None) -> None:
    def refuse(_event: Baked) -> None:
        raise Burnt

    events.connect(app, {Baked: (lambda event: bump(event.name), refuse)}, {})

    with pytest.raises(Burnt), transaction():
        events.publish(Baked("torta"))

    assert db.session.get(DataVersion, "torta") is None


def test_now_listeners_are_called_in_their_order_and_later_ones_after_the_commit(app: Flask, ctx: None) -> None:
    told: list[str] = []
    now = (lambda _event: told.append("first"), lambda _event: told.append("second"))
    events.connect(app, {Baked: now}, {Baked: (lambda event: told.append(f"later {event.name}"),)})

    with transaction():
        events.publish(Baked("torta"))
        events.publish(Baked("pane"))
        assert told == ["first", "second"] * 2

    assert told[4:] == ["later torta", "later pane"]


def test_an_event_without_a_row_in_the_switchboard_is_an_error(app: Flask, ctx: None) -> None:
    with pytest.raises(LookupError, match="Unheard"), transaction():
        events.publish(Unheard())


def test_later_listeners_need_a_transaction(app: Flask, ctx: None) -> None:
    events.connect(app, {}, {Baked: (print,)})

    with pytest.raises(RuntimeError, match="outside"):
        events.publish(Baked("torta"))
