"""The keeper, with services of a line or two."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from urp.embedded import supervisor
from urp.embedded.processes import Service
from urp.embedded.supervisor import CannotStart, Supervisor

SLEEPER = "import signal; signal.pause()"
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True:
    signal.pause()
"""
NOTES_ITS_END = """
import signal, sys
def end(*about):
    with open(sys.argv[1], "a") as order:
        order.write(sys.argv[2])
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
signal.pause()
"""
WITH_CHILD = """
import subprocess, signal, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
signal.pause()
"""


def test_words_of_every_kind_are_repeated_with_the_name(keeper) -> None:
    keeper.add(
        python(
            "talker",
            "import sys, os; print('out'); print('err', file=sys.stderr); os.write(1, b'\\xff no end')",
        )
    )
    attend_until(keeper, lambda: "talker has died" in keeper.said[-1] if keeper.said else False)
    assert {
        "     talker | out",
        "     talker | err",
        "     talker | \N{REPLACEMENT CHARACTER} no end",
    } <= set(keeper.said)


def test_one_that_dies_is_started_again_after_half_a_second_then_one_then_two(keeper) -> None:
    keeper.ready = True
    began = time.monotonic()
    keeper.add(python("mortal", "raise SystemExit(3)"))
    attend_until(keeper, lambda: len(keeper.said) == 3)
    assert keeper.said == [
        f"mortal has died (exit code 3); starting it again in {pause} s" for pause in ("0.5", "1", "2")
    ]
    assert time.monotonic() - began >= 1.5


def test_the_pause_does_not_grow_past_ten_seconds_and_shrinks_after_a_steady_life(keeper, monkeypatch) -> None:
    keeper.ready = True
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_S", 0.04)
    keeper.add(python("mortal", "raise SystemExit(3)"))
    attend_until(keeper, lambda: len(keeper.said) == 6)
    assert keeper.said[-1].endswith("in 0.04 s")
    monkeypatch.setattr(supervisor, "STEADY_AFTER_S", 0.0)
    attend_until(keeper, lambda: len(keeper.said) == 8)
    assert keeper.said[-1].endswith("in 0.01 s")


def test_one_that_never_comes_up_ends_the_start(keeper) -> None:
    keeper.add(python("broken", "raise SystemExit(3)"))
    with pytest.raises(CannotStart, match=r"broken does not start \(exit code 3\)"):
        attend_until(keeper, lambda: False)
    assert len(keeper.said) == 2


def test_one_that_says_it_is_final_is_not_tried_again(keeper) -> None:
    keeper.add(python("broken", "raise SystemExit(78)"))
    with pytest.raises(CannotStart):
        attend_until(keeper, lambda: False)
    assert keeper.said == []


def test_what_a_killed_head_leaves_behind_is_killed_too(keeper, until) -> None:
    keeper.ready = True
    keeper.add(python("family", WITH_CHILD))
    attend_until(keeper, lambda: keeper.said)
    child = int(keeper.said[0].split("|")[1])
    os.kill(head(keeper, "family"), signal.SIGKILL)
    attend_until(keeper, lambda: any("has died (signal SIGKILL)" in line for line in keeper.said))
    until(lambda: not alive(child))


def test_stopping_goes_wave_by_wave(keeper, tmp_path) -> None:
    for name, wave in (("b", 1), ("a", 0)):
        service = python(name, NOTES_ITS_END)
        keeper.add(Service(name, (*service.command, str(tmp_path / "order"), name), wave=wave))
    attend_until(keeper, lambda: len(keeper.said) == 2)
    keeper.stop()
    assert (tmp_path / "order").read_text() == "ab"


def test_one_that_will_not_stop_is_killed_when_its_time_is_over(keeper) -> None:
    keeper.add(python("stubborn", STUBBORN, grace_s=0.3))
    attend_until(keeper, lambda: keeper.said)
    pid = head(keeper, "stubborn")
    began = time.monotonic()
    keeper.stop()
    assert 0.3 <= time.monotonic() - began < 3
    assert not alive(pid)


def test_a_second_signal_hurries(keeper) -> None:
    keeper.add(python("stubborn", STUBBORN, grace_s=60))
    attend_until(keeper, lambda: keeper.said)
    os.kill(os.getpid(), signal.SIGTERM)
    attend_until(keeper, lambda: keeper.stop_asked)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    keeper.stop()
    assert time.monotonic() - began < 10


def test_an_error_inside_leaves_nothing_running() -> None:
    pids = []

    def fail_inside() -> None:
        with Told() as keeper:
            keeper.add(python("sleeper", SLEEPER))
            pids.append(head(keeper, "sleeper"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert not alive(pids[0])


def test_a_job_runs_to_its_end_while_the_others_are_cared_for(keeper) -> None:
    keeper.ready = True
    keeper.add(python("mortal", "raise SystemExit(3)"))
    assert keeper.run_once(python("job", "import time; time.sleep(0.3); print('done'); raise SystemExit(5)")) == 5
    assert "        job | done" in keeper.said
    assert any("mortal has died" in line for line in keeper.said)


def test_a_job_is_left_when_asked_to_stop(keeper) -> None:
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    assert keeper.run_once(python("job", SLEEPER)) is None


def test_signals_mean_what_they_meant_once_it_is_over() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)]
    with Told():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)] == before


def test_ten_thousand_lines_do_not_hold_a_service_up(keeper) -> None:
    keeper.ready = True
    keeper.add(python("talker", "for i in range(10000): print('x' * 200)"))
    attend_until(keeper, lambda: len([line for line in keeper.said if "| x" in line]) == 10000)


class Told(Supervisor):
    """A keeper whose words go into a list."""

    def __init__(self) -> None:
        self.said: list[str] = []
        super().__init__(self.said.append)


def python(name: str, code: str, *, grace_s: float = 3.0) -> Service:
    return Service(name, (sys.executable, "-c", code), grace_s=grace_s)


def attend_until(keeper: Supervisor, condition, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        keeper.attend(0.1)


def head(keeper: Supervisor, name: str) -> int:
    process = keeper._kept[name].process
    assert process is not None
    return process.pid


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def keeper() -> Iterator[Told]:
    with Told() as made:
        yield made
