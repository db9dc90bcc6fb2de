"""Every fact that a room can publish has a row in the switchboard, and no row waits for a fact nobody knows."""

import dataclasses
import importlib
import inspect
from collections.abc import Iterable

from tests.house.sources import ROOT, URP
from urp import switchboard


def facts() -> list[type]:
    """The classes that the rooms' `events.py` define."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sorted(URP.glob("*/events.py"))]
    rooms = [importlib.import_module(name) for name in names if name != "urp.foundation.events"]
    return [
        one
        for room in rooms
        for _name, one in inspect.getmembers(room, inspect.isclass)
        if one.__module__ == room.__name__
    ]


def without_a_row(found: Iterable[type]) -> list[str]:
    return [one.__name__ for one in found if one not in switchboard.NOW and one not in switchboard.LATER]


def test_every_fact_has_a_row() -> None:
    assert len(facts()) >= 6
    assert without_a_row(facts()) == []


def test_a_fact_without_a_row_would_be_told() -> None:
    class CaseForgotten:
        """Nobody listens."""

    assert without_a_row([*facts(), CaseForgotten]) == ["CaseForgotten"]


def test_every_row_belongs_to_a_fact_and_somebody_listens() -> None:
    rows = {**switchboard.NOW, **switchboard.LATER}

    assert set(rows) <= set(facts())
    assert all(callable(listener) for listeners in rows.values() for listener in listeners)
    assert all(listeners for listeners in rows.values())


def test_facts_never_change() -> None:
    assert [one.__name__ for one in facts() if not one.__dataclass_params__.frozen] == []  # type: ignore[attr-defined]
    assert all(dataclasses.is_dataclass(one) for one in facts())
