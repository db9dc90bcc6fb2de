"""How long the free times of five weeks take in the server, with 20,000 visits in the book.

`.venv/bin/python bench/slots.py` (SQLite), `--database postgresql`; it makes a database of its own and throws it away.
The seed: `--desks` counters (50, the most there can be) whose visits of half an hour fill four times of five (every
fifth place stays free, turning from day to day) on each opening day, from five weeks ahead backwards until there are
20,000. Those of the past were attended; all of them keep their six claims.
"""

import argparse
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask import Flask
from sqlalchemy import func, insert, select, text

from tests.factories.busy_counter import HALF_HOUR, figures
from tests.factories.databases import DATABASES, TwoDatabases, test_settings
from tests.factories.statements import counted
from urp.app import create_app
from urp.appointments import bookable
from urp.appointments.models import Appointment, Claim
from urp.appointments.slots import starts, ticks_of
from urp.foundation.clock import now, to_rome
from urp.foundation.db import db, transaction
from urp.hours.queries import calendar

FIVE_WEEKS = 35
ROUNDS = 300
PAGE = "/appuntamenti/nuovo"
Place = tuple[datetime, int]


def main() -> None:
    """Seed, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--appointments", type=int, default=20_000)
    parser.add_argument("--desks", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        databases = TwoDatabases(Path(folder))
        app = create_app(test_settings(databases.fresh(options.database), Path(folder) / "var"))
        with app.app_context():
            figures(desks=options.desks, horizon_days=FIVE_WEEKS)
            seed(options.appointments, options.desks)
            print(f"{options.database}: {told()}")
        measure(app)
        with app.app_context():
            db.engine.dispose()
        databases.stop()


def seed(appointments: int, desks: int) -> None:
    """Visits and their claims, past every rule, in one go."""
    places = list(islice(filled(desks), appointments))
    today = to_rome(now()).date()
    with transaction():
        db.session.execute(
            insert(Appointment), [_visit(number, place, today) for number, place in enumerate(places, 1)]
        )
        db.session.execute(
            insert(Claim),
            [
                {"tick": tick, "desk": desk, "appointment_id": number}
                for number, (start, desk) in enumerate(places, 1)
                for tick in ticks_of(start, HALF_HOUR)
            ],
        )
    db.session.execute(text("ANALYZE"))
    db.session.rollback()


def filled(desks: int) -> Iterator[Place]:
    """The times that somebody has, from five weeks ahead backwards."""
    open_hours = calendar("sportello")
    day = to_rome(now()).date() + timedelta(days=FIVE_WEEKS)
    while day >= open_hours.first:
        grid = starts(open_hours.intervals(day, day), step_minutes=30, ticks=HALF_HOUR)
        for number, place in enumerate((start, desk) for start in grid for desk in range(1, desks + 1)):
            if (number + day.toordinal()) % 5:
                yield place
        day -= timedelta(days=1)


def told() -> str:
    """What is in the book."""
    ahead, behind = (
        db.session.scalar(select(func.count(Appointment.id)).where(condition))
        for condition in (Appointment.starts_at > now(), Appointment.starts_at <= now())
    )
    claims = db.session.scalar(select(func.count()).select_from(Claim))
    db.session.rollback()
    return f"{ahead} visits ahead, {behind} behind, {claims} claims"


def measure(app: Flask) -> None:
    """Time the arithmetic with its query, the page without a screen, and count what both ask of the database."""
    visitor = app.test_client()

    def free_times() -> int:
        with app.app_context():
            return len(bookable.free_starts(ticks=HALF_HOUR, channel="web", at=now()))

    def page() -> int:
        answer = visitor.get(PAGE)
        assert answer.status_code == 200, answer.status
        return len(answer.data)

    for name, act, unit in (("free times of five weeks", free_times, "times"), ("page of one week", page, "bytes")):
        _report(app, name, act, unit)


def _report(app: Flask, name: str, act: Callable[[], int], unit: str) -> None:
    found = act()
    with app.app_context():
        engine = db.engine
    with counted(engine) as seen:
        act()
    rounds = [_milliseconds(act) for _ in range(ROUNDS)]
    percent = statistics.quantiles([took for took, _ in rounds], n=100)
    computing = statistics.median(computing for _, computing in rounds)
    print(
        f"{name}: median {percent[49]:.1f} ms, p95 {percent[94]:.1f} ms ({computing:.1f} ms of it computing in Python),"
        f" {len(seen.statements)} statements, {found} {unit}"
    )


def _milliseconds(act: Callable[[], int]) -> tuple[float, float]:
    """By the clock, and of the processor in this process."""
    clock, processor = time.perf_counter(), time.process_time()
    act()
    return 1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - processor)


def _visit(number: int, place: Place, today: date) -> dict[str, object]:
    starts_at, desk = place
    state = "confirmed" if to_rome(starts_at).date() > today else "attended"
    return {
        "id": number, "uid": str(uuid.UUID(int=number)), "state": state, "desk": desk, "starts_at": starts_at,
        "ticks": HALF_HOUR, "created_at": starts_at - timedelta(days=7),
    }  # fmt: skip


if __name__ == "__main__":
    main()
