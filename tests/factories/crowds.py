"""Many people at the same moment: each on a thread of its own, all let go together."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

from flask import Flask

from tests.conftest import test_settings
from urp.app import create_app

PATIENCE_S = 120
Act = Callable[[], Any]


def together(app: Flask, acts: Sequence[Act]) -> list[Any]:
    """Do all of it at once, each in an app context of its own; what came back, or the exception, in order."""
    outcomes: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def go(place: int, act: Act) -> None:
        try:
            with app.app_context():
                start.wait(PATIENCE_S)
                outcomes[place] = act()
        except BaseException as error:  # kept for the test to see
            outcomes[place] = error

    people = [threading.Thread(target=go, args=pair, name=f"person-{pair[0]}") for pair in enumerate(acts)]
    for person in people:
        person.start()
    for person in people:
        person.join(PATIENCE_S)
    assert not any(person.is_alive() for person in people), "somebody still waits"
    return outcomes


def apart(database_url: str, folder: Path, acts: Sequence[Act]) -> list[Any]:
    """The same, each in a process of its own, as the processes of the web share a database."""
    born_from = multiprocessing.get_context("forkserver")
    with born_from.Manager() as manager, ProcessPoolExecutor(len(acts), mp_context=born_from) as pool:
        alone = partial(_alone, database_url, folder, manager.Barrier(len(acts)))
        return list(pool.map(alone, acts, timeout=PATIENCE_S))


def _alone(database_url: str, folder: Path, start: Barrier, act: Act) -> Any:
    with create_app(test_settings(database_url, folder)).app_context():
        start.wait(PATIENCE_S)
        return act()


def tally(outcomes: Sequence[Any]) -> Counter[str]:
    """How many got what: the name of the error, or «done»."""
    return Counter(type(one).__name__ if isinstance(one, BaseException) else "done" for one in outcomes)
