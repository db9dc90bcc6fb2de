"""Named points at which a process of the real program dies or stands still, when a test has armed them.

    python -m tests.faults.doomed FOLDER service|gunicorn|celery ARGUMENTS …

starts the program with these points in it; `install` puts them into a process that already runs. To arm a
point is to write a file of its name into FOLDER/gunicorn or FOLDER/celery; the first process of that program
that comes by takes the file away and kills (or stops) itself. Unarmed points change nothing.

DOOMED_LEASE_S shortens the leases of letters, DOOMED_TICK_S is the pause between two runs of a job.
"""

import os
import runpy
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import BindParameter, Update
from sqlalchemy.sql import visitors

BEFORE, AFTER = "before", "after"
LEASE, TICK = "DOOMED_LEASE_S", "DOOMED_TICK_S"
PROGRAMS = {"service": "urp.embedded.run", "gunicorn": "gunicorn", "celery": "celery"}

SENDING = {
    "claimed": ("urp.outbox.staged_smtp", "StagedConnection.open", BEFORE),
    "connected": ("urp.outbox.staged_smtp", "StagedConnection.open", AFTER),
    "recipient named": ("urp.outbox.patient_smtp", "PatientSMTP.rcpt", AFTER),
    "body sent": ("urp.outbox.staged_smtp", "StagedConnection._may_leave", BEFORE),
    "marked": ("urp.outbox.staged_smtp", "StagedConnection._dot", BEFORE),
    "250 heard": ("urp.outbox.staged_smtp", "StagedConnection.deliver", AFTER),
    "all written down": ("urp.outbox.staged_smtp", "StagedConnection.leave", BEFORE),
}
WEB = {
    "before commit": ("urp.web.idempotency", "remember_answer", AFTER),
    "after commit": ("urp.foundation.db", "_ring", BEFORE),
    "before response": ("urp.foundation.db", "_ring", AFTER),
}
POINTS = {**SENDING, **WEB}
HALF_A_BODY, DOT_GONE = "half a body", "dot gone"


def arm(folder: Path, point: str, *, number: signal.Signals = signal.SIGKILL, skip: int = 0) -> None:
    """The process that reaches the point for the `skip + 1`st time from now on gets this signal, once."""
    assert point in {*POINTS, HALF_A_BODY, DOT_GONE}, point
    folder.mkdir(exist_ok=True)
    fresh = folder / f".{point}"
    fresh.write_text(f"{int(number)} {skip}")
    fresh.rename(folder / point)


def is_armed(folder: Path, point: str) -> bool:
    """Whether nobody has come by yet."""
    return (folder / point).exists()


def install(folder: Path) -> None:
    """Put all points into this process."""
    for name, (module, path, when) in POINTS.items():
        owner: Any = __import__(module, fromlist=["x"])
        *way, last = path.split(".")
        for step in way:
            owner = getattr(owner, step)
        setattr(owner, last, _with_a_point(getattr(owner, last), folder, name, when))
    _install_in_the_body(folder)
    if seconds := os.environ.get(LEASE):
        shorten_leases(float(seconds))
    if seconds := os.environ.get(TICK):
        from urp import background

        for entry in background.TIMETABLE.values():
            if isinstance(entry["schedule"], float):  # not those that wait for the night
                entry["schedule"] = float(seconds)


def shorten_leases(seconds: float) -> None:
    """The statements were built when `arrows` was read: change the number inside them."""
    from urp.outbox import arrows, claim

    found = 0
    for thing in vars(arrows).values():
        statement = getattr(thing, "statement", thing)
        if isinstance(statement, Update):
            for part in visitors.iterate(statement):
                if isinstance(part, BindParameter) and part.value == float(arrows.LEASE_S):
                    part.value = seconds
                    found += 1
    assert found >= 3, "claim, marker and heartbeat set a lease"
    claim.BEAT_S = seconds / 3


def _with_a_point(act: Callable[..., Any], folder: Path, name: str, when: str) -> Callable[..., Any]:
    def wrapped(*given: Any, **named: Any) -> Any:
        if when == BEFORE:
            _reach(folder, name)
        answer = act(*given, **named)
        if when == AFTER:
            _reach(folder, name)
        return answer

    return wrapped


def _install_in_the_body(folder: Path) -> None:
    from urp.outbox.patient_smtp import PatientSMTP

    put = PatientSMTP.put

    def watched(line: PatientSMTP, data: bytes, seconds: float) -> None:
        if data == b".\r\n":
            put(line, data, seconds)
            _reach(folder, DOT_GONE)
        elif is_armed(folder, HALF_A_BODY):
            put(line, data[: len(data) // 2], seconds)
            _reach(folder, HALF_A_BODY)
            put(line, data[len(data) // 2 :], seconds)
        else:
            put(line, data, seconds)

    PatientSMTP.put = watched  # type: ignore[method-assign]


def _reach(folder: Path, point: str) -> None:
    armed, taken = folder / point, folder / f".{point}.{os.getpid()}"
    try:
        armed.rename(taken)
    except FileNotFoundError:
        return
    number, skip = map(int, taken.read_text().split())
    taken.unlink()
    if skip:
        arm(folder, point, number=signal.Signals(number), skip=skip - 1)
    else:
        signal.pthread_kill(threading.get_ident(), number)  # this thread first: SIGSTOP to all comes a moment later


def _doom_the_services(folder: str) -> None:
    """Let the keeper start web, worker and beat with the points in them."""
    from urp.embedded import supervisor

    start = supervisor.start

    def started(service: Any) -> Any:
        python, flag, program, *rest = service.command
        if flag == "-m" and program in PROGRAMS:
            service = replace(service, command=(python, "-m", "tests.faults.doomed", folder, program, *rest))
        return start(service)

    supervisor.start = started


def main(folder: str, program: str, *arguments: str) -> None:
    """Become that program."""
    if program == "service":
        _doom_the_services(folder)
    else:
        install(Path(folder) / program)
    sys.argv = [program, *arguments]
    runpy.run_module(PROGRAMS[program], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
