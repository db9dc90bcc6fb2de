"""Every task has its own name, a queue and a worker; no entry of the timetable meets two days at once."""

import ast
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from celery import Task
from celery.schedules import crontab
from flask import Flask

from tests.house.sources import URP, Module, modules
from urp import background
from urp.channels.states import MailboxKind
from urp.embedded import services
from urp.foundation.clock import ROME

NIGHT_UTC = (22, 23)
"""In these hours of UTC the day in Rome is, or may be, another: a task would not know which day it works for."""


def tasks_of(program: Flask) -> dict[str, Task]:
    found: Mapping[str, Task] = program.extensions["celery"].tasks
    return {name: task for name, task in found.items() if not name.startswith("celery.")}


def queue_of(task: Task) -> str:
    """Where the task goes when whoever rings for it names no queue."""
    route = task.app.amqp.router.route({}, task.name)
    return getattr(task, "queue", None) or route["queue"].name


def served_queues() -> set[str]:
    worker, _beat = services.background(Path("var"))
    return set(worker.command[worker.command.index("--queues") + 1].split(","))


def unnamed(module: Module) -> list[str]:
    """The tasks whose name is only where they happen to live."""
    return [
        f"{module.name}:{function.lineno} {function.name}"
        for function in module.functions
        for mark in function.decorator_list
        if "shared_task" in ast.unparse(mark)
        and not (isinstance(mark, ast.Call) and any(word.arg == "name" for word in mark.keywords))
    ]


def test_every_task_has_a_name_of_its_own() -> None:
    assert [fault for module in modules() for fault in unnamed(module)] == []


@pytest.mark.parametrize("mark", ["@shared_task", "@shared_task(queue='default')"])
def test_a_task_without_a_name_would_be_told(mark: str) -> None:
    assert unnamed(Module("urp/cases/tasks.py", f"{mark}\ndef close():\n    pass\n")) == ["urp/cases/tasks.py:2 close"]


def test_a_task_is_named_after_its_room(program: Flask) -> None:
    rooms = {path.parent.name for path in URP.rglob("tasks.py")}

    assert {name.split(".")[0] for name in tasks_of(program)} == rooms
    assert all(name.count(".") == 1 for name in tasks_of(program))


def test_every_room_with_tasks_is_in_the_background() -> None:
    imported = {Path(module.__file__ or "").resolve() for module in background.TASK_ROOMS}

    assert imported == set(URP.rglob("tasks.py"))


def test_every_task_goes_to_a_queue_that_the_worker_serves(program: Flask) -> None:
    queues = {name: queue_of(task) for name, task in tasks_of(program).items()}

    assert {name: queue for name, queue in queues.items() if queue not in served_queues()} == {}


def test_every_mailbox_has_its_own_queue_and_worker() -> None:
    assert set(MailboxKind) <= served_queues()


def unknown_entries(timetable: Mapping[str, dict[str, Any]], tasks: Mapping[str, Task]) -> list[str]:
    served = served_queues() | {None}
    return [
        name
        for name, entry in timetable.items()
        if entry["task"] not in tasks or entry.get("options", {}).get("queue") not in served
    ]


def test_the_timetable_names_tasks_that_exist(program: Flask) -> None:
    assert unknown_entries(background.TIMETABLE, tasks_of(program)) == []


def test_an_entry_of_an_unknown_task_or_queue_would_be_told(program: Flask) -> None:
    wrong = {
        "lost": {"task": "cases.lost", "schedule": 1.0},
        "unheard": {"task": "cases.send_links", "schedule": 1.0, "options": {"queue": "nobody"}},
    }

    assert unknown_entries(wrong, tasks_of(program)) == ["lost", "unheard"]


def between_two_days(timetable: Mapping[str, dict[str, Any]]) -> list[str]:
    """Entries that the clock of Rome calls between 22.00 and 24.00 UTC, in winter or in summer."""
    days = [datetime(2026, 1, 15, tzinfo=ROME), datetime(2026, 7, 15, tzinfo=ROME)]
    return [
        name
        for name, entry in timetable.items()
        if isinstance(entry["schedule"], crontab)
        and any(
            day.replace(hour=hour).astimezone(UTC).hour in NIGHT_UTC for hour in entry["schedule"].hour for day in days
        )
    ]


def test_no_entry_runs_while_two_days_meet() -> None:
    assert between_two_days(background.TIMETABLE) == []


@pytest.mark.parametrize(("hour", "told"), [(22, False), (23, True), (0, True), (1, True), (2, False)])
def test_an_entry_that_runs_while_two_days_meet_would_be_told(hour: int, told: bool) -> None:
    nightly = {"nightly": {"task": "cases.send_links", "schedule": crontab(hour=hour, minute=30)}}

    assert between_two_days(nightly) == (["nightly"] if told else [])
