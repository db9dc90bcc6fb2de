"""F20: no room for the database, for files or for the log: said honestly, nothing half done, no restart needed."""

import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage

from tests.factories.files import PDF
from tests.factories.outbox import posted, states
from tests.factories.running import until
from tests.faults import oracle, passing
from tests.faults.campaign import kind, repetitions
from tests.faults.senders import Orders, drain
from tests.faults.world import World
from tests.smtp_scripted import Call, ScriptedSMTP

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

ROOM = 200_000
"""Enough for the rows of a draft and for its upload in memory, not for the file."""

COMPLAINT = {"sqlite": "disk I/O error", "postgresql": "No space left on device"}
TORN_DOWN = "DROP FUNCTION IF EXISTS no_room CASCADE"
NO_ROOM = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON outbox_message EXECUTE FUNCTION no_room();
"""


def test_f20_no_room_for_the_database_the_question_waits_in_the_browser(world: World) -> None:
    times = repetitions(1)
    for _ in range(times):
        before = oracle.count(world.database, "cases")
        citizen = world.citizen()
        page = citizen.reach_summary()
        with no_room(world, "gunicorn"):
            answer = citizen.send(page)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            assert citizen.browser.get("/").status_code == 200
        assert oracle.count(world.database, "cases") == before
        answer = citizen.send(page)
        assert answer.status_code == 303
        world.codes.append(answer.location.rpartition("/")[2])
    world.judge("F20 no room for the database: web", times)


def test_f20_no_room_for_the_database_letters_wait(world: World) -> None:
    times = repetitions(1)
    for _ in range(times):
        heard = world.service.log.read_text().count(COMPLAINT[kind(world.database)])
        with ExitStack() as stack:
            if kind(world.database) == "sqlite":
                stack.enter_context(limited(world, "--app worker worker"))
                world.ask()
            else:
                world.smtp.play("connect", Call(lambda: stack.enter_context(no_room(world, ""))))
                world.ask()
            until(lambda heard=heard: world.service.log.read_text().count(COMPLAINT[kind(world.database)]) > heard)
            assert oracle.waiting(world.database)
        until(lambda: passing.all_is_due(world.database) or not oracle.waiting(world.database))
    world.judge("F20 no room for the database: worker", times)


def test_f20_no_room_for_files_the_upload_is_refused_honestly(world: World) -> None:
    times = repetitions(1)
    for _ in range(times):
        before = oracle.count(world.database, "attachment")
        citizen = world.citizen()
        assert citizen.ask(action="save").status_code == 303
        oracle.empty_log(world.database)
        with limited(world, "gunicorn", ROOM):
            assert citizen.upload(a_file(2 * ROOM)).status_code == 503
        assert oracle.count(world.database, "attachment") == before
        assert citizen.upload(a_file(2 * ROOM)).status_code == 303
        assert oracle.count(world.database, "attachment") == before + 1
        world.codes.append(citizen.send_question())
    world.judge("F20 no room for files", times)


@pytest.mark.usefixtures("ctx")
def test_f20_no_room_for_the_log_letters_leave_all_the_same(orders: Orders, smtp: ScriptedSMTP) -> None:
    letters = posted(3)
    assert drain(orders.but(log=Path("/dev/full"))) == 0
    assert states(letters) == ["sent"] * 3
    oracle.compare(orders.database, smtp).note("F20 no room for the log", orders.database)


@contextmanager
def no_room(world: World, words: str) -> Iterator[None]:
    """The database cannot grow: SQLite is told so by the kernel, PostgreSQL by a trigger with its own error."""
    if kind(world.database) == "sqlite":
        with limited(world, words):
            yield
        return
    oracle.change(world.database, NO_ROOM)
    try:
        yield
    finally:
        oracle.change(world.database, TORN_DOWN)


@contextmanager
def limited(world: World, words: str, size: int = 0) -> Iterator[None]:
    """These processes may write no file beyond that many bytes, as if the disk were full."""
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in world.service.pids(words)}
    for pid, (_soft, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        for pid, limit in limits.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def a_file(size: int) -> FileStorage:
    """A document."""
    return FileStorage(BytesIO(PDF + b"%" * size), filename="relazione.pdf")
