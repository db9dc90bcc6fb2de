"""F1 to F4: the web killed around a commit, and impatient citizens: one question, one case, one code."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults import oracle
from tests.faults.campaign import repetitions
from tests.faults.world import BROKEN, World

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]


def test_f1_killed_before_the_commit_nothing_is_stored_and_the_repetition_makes_one(world: World) -> None:
    times = repetitions(2)
    for _ in range(times):
        before = oracle.count(world.database, "cases")
        again = killed_while_sending(world, "before commit")
        assert oracle.count(world.database, "cases") == before
        world.codes += [again()]
        assert oracle.count(world.database, "cases") == before + 1
    world.judge("F1 web killed before the commit", times)


def test_f2_killed_after_the_commit_the_letters_leave_without_a_bell(world: World) -> None:
    times = repetitions(1)
    for _ in range(times):
        before = oracle.count(world.database, "cases")
        again = killed_while_sending(world, "after commit")
        assert oracle.count(world.database, "cases") == before + 1
        world.settle(within_s=30)
        world.codes += [again()]
        assert oracle.count(world.database, "cases") == before + 1
    world.judge("F2 web killed after the commit, before the bell", times)


def test_f3_killed_before_the_answer_the_repetition_shows_the_same_code(world: World) -> None:
    times = repetitions(2)
    for _ in range(times):
        before = oracle.count(world.database, "cases")
        again = killed_while_sending(world, "before response")
        code = again()
        assert (again(), oracle.count(world.database, "cases")) == (code, before + 1)
        world.codes += [code]
    world.judge("F3 web killed before the answer", times)


def test_f4_twenty_identical_sends_at_once_make_one_case(world: World) -> None:
    times = repetitions(1)
    for _ in range(times):
        before = oracle.count(world.database, "cases")
        citizen = world.citizen()
        page = citizen.reach_summary()
        with ThreadPoolExecutor(20) as crowd:
            answers = list(crowd.map(citizen.send, [page] * 20))
        assert {answer.status_code for answer in answers} == {303}
        (where,) = {answer.location for answer in answers}
        assert oracle.count(world.database, "cases") == before + 1
        world.codes.append(where.rpartition("/")[2])
    world.judge("F4 twenty identical sends", times)


def killed_while_sending(world: World, point: str):
    """A question whose sending kills the web at that point; returns how to send it once more."""
    citizen = world.citizen()
    page = citizen.reach_summary()
    world.arm(point)
    with pytest.raises(BROKEN):
        citizen.send(page)

    def again() -> str:
        answer = citizen.send(page)
        assert answer.status_code == 303, answer.text
        return answer.location.rpartition("/")[2]

    return again
