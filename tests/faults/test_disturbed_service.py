"""F5, F6, F8, F9, F28: worker, beat, Redis and web are killed, stopped and replaced while citizens ask."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.factories.running import ROOT, until
from tests.faults import campaign, doomed, oracle
from tests.faults.campaign import repetitions
from tests.faults.world import Crowd, World
from tests.smtp_scripted import Call
from urp.foundation import redis_link

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

IN_FLIGHT = 20
BLACK_HOLE_S = 8
WORKER, BEAT, WEB, REDIS = "--app worker worker", "--app worker beat", "gunicorn", "redis"


def test_f5_f6_the_worker_dies_before_and_after_the_marker(world: World) -> None:
    times = repetitions(1)
    for _ in range(times):
        for point in ("half a body", "marked"):
            world.arm(point, skip=1)
        for _ in range(3):
            world.ask()
        world.settle()
    assert oracle.states(world.database)["uncertain"] == world.doubts + times
    world.judge("F5, F6 worker of the service killed", 2 * times)


def test_f8_three_beats_at_once_and_one_killed_do_each_thing_once(world: World, tmp_path: Path) -> None:
    wishes = [world.citizen() for _ in range(4)]
    for citizen in wishes:
        world.codes.append(citizen.send_question())
    world.settle()
    with two_more_beats(world, tmp_path):
        for code, citizen in zip(world.codes[-4:], wishes, strict=True):
            ask_for_a_link(citizen, code)
        world.kill(BEAT)
        for _ in range(4):
            world.ask()
        until(lambda: oracle.count(world.database, "link_request") == 0)
        world.settle()
    assert oracle.kinds(world.database)["case_link"] == 4
    world.judge("F8 three beats, one killed")


@pytest.mark.parametrize("fault", ["killed", "emptied", "full"])
def test_f9_redis_is_disposable(fault: str, world: World) -> None:
    times = repetitions(1)
    for _ in range(times):
        with Crowd(world) as crowd:
            crowd.wait_for(3)
            disturb(world, fault)
            crowd.wait_for(6)
            restore(world, fault)
            crowd.wait_for(3)
        assert set(crowd.statuses) == {303}
        assert crowd.broken == []
    world.judge(f"F9 Redis {fault}", times)


def test_f9_redis_is_a_black_hole(world: World) -> None:
    with Crowd(world) as crowd:
        crowd.wait_for(3)
        redis = world.kill(REDIS, signal.SIGSTOP)
        assert redis
        began, first = time.monotonic(), crowd.sent
        until(lambda: time.monotonic() > began + BLACK_HOLE_S * repetitions(1) or crowd.errors, 3600)
        meanwhile = crowd.slow[first:]
        world.kill(REDIS, signal.SIGCONT)
    back = time.monotonic()
    assert (set(crowd.statuses), crowd.broken, crowd.errors) == ({303}, [], [])
    world.settle()
    p95 = 1000 * sorted(meanwhile)[int(len(meanwhile) * 0.95)]
    campaign.measured(
        f"F9 {campaign.kind(world.database)}: Redis a black hole for {back - began:.0f} s, {len(meanwhile)} questions sent,"
        f" 95 % of the sending POSTs within {p95:.0f} ms; backlog gone {time.monotonic() - back:.1f} s after"
    )
    world.judge("F9 Redis a black hole")


def test_f28_asked_to_stop_with_twenty_letters_in_flight_the_worker_finishes_or_gives_back(world: World) -> None:
    held, go_on = threading.Event(), threading.Event()
    world.smtp.play("dot", Call(lambda: held.set() or go_on.wait(30)))
    for _ in range(IN_FLIGHT // 2):
        world.ask()
    assert held.wait(30)
    worker = world.head(WORKER)
    began, heard = time.monotonic(), world.service.log.read_text().count("Warm shutdown")
    os.kill(worker, signal.SIGTERM)
    until(lambda: world.service.log.read_text().count("Warm shutdown") > heard)
    go_on.set()
    wait_for_the_end_of(worker, 30)
    campaign.measured(
        f"F28 {campaign.kind(world.database)}: worker gone {time.monotonic() - began:.1f} s after SIGTERM,"
        f" {oracle.states(world.database)['queued']} letters given back"
    )
    world.judge("F28 SIGTERM with 20 letters in flight")


def test_f28_the_web_is_replaced_under_load(world: World) -> None:
    times = repetitions(1)
    with Crowd(world) as crowd:
        for _ in range(times):
            crowd.wait_for(3)
            old = world.head(WEB)
            os.kill(old, signal.SIGTERM)
            wait_for_the_end_of(old)
            crowd.wait_for(3)
    assert (set(crowd.statuses), crowd.errors) == ({303}, [])
    assert crowd.broken == []
    world.judge("F28 web replaced under load", times)


def wait_for_the_end_of(pid: int, within_s: float = 60) -> None:
    """Until the process is gone."""
    until(lambda: not Path(f"/proc/{pid}").exists(), within_s)


def disturb(world: World, fault: str) -> None:
    """Do this to Redis."""
    if fault == "killed":
        assert world.kill(REDIS)
    elif fault == "emptied":
        redis(world).flushall()
    else:
        redis(world).config_set("maxmemory", "1")


def restore(world: World, fault: str) -> None:
    """Undo it, where the keeper does not."""
    if fault == "full":
        redis(world).config_set("maxmemory", "0")


def redis(world: World):
    """The Redis of this service."""
    return redis_link.connect(world.service.settings()["URP_REDIS_URL"])


@contextmanager
def two_more_beats(world: World, folder: Path) -> Iterator[None]:
    """Two that tick three times a second, for every job."""
    environ = {**os.environ, **world.service.settings(), "URP_DATABASE_URL": world.database, doomed.TICK: "0.3"}
    words = [sys.executable, "-m", "tests.faults.doomed", str(world.points), "celery", "--quiet", "--app", "worker"]
    with ExitStack() as stack:
        for number in range(2):
            own = ["beat", "--pidfile", "", "--schedule", str(folder / f"beat-{number}"), "--loglevel", "ERROR"]
            beat = stack.enter_context(subprocess.Popen([*words, *own], cwd=ROOT, env=environ))
            stack.callback(beat.kill)
        yield


def ask_for_a_link(citizen, code: str) -> None:
    """«Ho perso il collegamento»."""
    assert citizen.post("/segui", {"code": code, "email": citizen.contacts["email"]}).status_code == 200
