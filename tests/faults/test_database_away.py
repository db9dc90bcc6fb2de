"""F10: PostgreSQL crashes while people ask and letters leave: 503, nothing lost, nothing doubled."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories.citizens import STEP_1, STEP_3, Citizen, hidden
from tests.factories.running import ROOT, until
from tests.faults import oracle, passing
from tests.faults.campaign import repetitions
from tests.faults.clusters import Cluster
from tests.faults.going_back import WORDS
from tests.faults.world import World, a_world, send
from tests.smtp_scripted import Call

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL that may crash."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def fragile(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A service on it."""
    with a_world(tmp_path_factory.mktemp("fragile"), cluster.url) as made:
        yield made


def test_f10_without_its_database_the_form_says_so_and_goes_on_afterwards(fragile: World, cluster: Cluster) -> None:
    times = repetitions(1)
    for _ in range(times):
        citizen = fragile.citizen()
        first = {"csrf_token": hidden(citizen.browser.get(STEP_1).text, "csrf_token"), **citizen.question}
        other = fragile.citizen()
        summary = other.reach_summary()
        cluster.crash()
        answers = [citizen.browser.post(STEP_1, {**first, "action": "continue"}), other.send(summary)]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert all("torna indietro: il testo è ancora lì" in answer.text for answer in answers)
        assert citizen.browser.get("/").status_code < 504
        cluster.revive()
        again = citizen.browser.post(STEP_1, {**first, "action": "continue"})  # going back, and pressing once more
        assert again.status_code == 303
        assert citizen.tell_contacts().status_code == 303
        for one, page in ((citizen, citizen.browser.get(STEP_3).text), (other, summary)):
            answer = one.send(page)
            assert answer.status_code == 303
            fragile.codes.append(answer.location.rpartition("/")[2])
    fragile.judge("F10 PostgreSQL crashes between request and answer", times)


@pytest.mark.browser
def test_f10_going_back_in_the_browser_finds_what_was_typed(fragile: World, cluster: Cluster) -> None:
    words = [sys.executable, "-m", "tests.faults.going_back", fragile.service.site]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(words, cwd=ROOT, **pipes) as person:
        assert heard(person) == "written"
        cluster.crash()
        assert heard(person, go_on=True) == "503"
        cluster.revive()
        assert heard(person, go_on=True) == WORDS
        person.communicate("\n", timeout=60)
    fragile.judge("F10 PostgreSQL away, the browser's way back")


def test_f10_crashing_before_a_commit_the_repetition_makes_one_case(fragile: World, cluster: Cluster) -> None:
    times = repetitions(1)
    for _ in range(times):
        before = oracle.count(fragile.database, "cases")
        citizen = fragile.citizen()
        page = citizen.reach_summary()
        fragile.arm("before commit", number=signal.SIGSTOP)
        with ThreadPoolExecutor(1) as clicking:
            answer = clicking.submit(citizen.send, page)
            (sleeper,) = until(fragile.sleepers)
            cluster.crash()
            cluster.revive()
            os.kill(sleeper, signal.SIGCONT)
        assert answer.result().status_code == 503
        assert oracle.count(fragile.database, "cases") == before
        fragile.codes.append(send(citizen, page, []))
    fragile.judge("F10 PostgreSQL crashes before a commit", times)


@pytest.mark.parametrize("point", ["data", "dot"])
def test_f10_crashing_while_a_letter_leaves(point: str, fragile: World, cluster: Cluster) -> None:
    """At DATA the marker cannot be set and no dot leaves; at the dot what was taken is written down afterwards."""
    times = repetitions(1)
    for _ in range(times):
        crashed = threading.Event()
        fragile.smtp.play(point, Call(lambda crashed=crashed: (cluster.crash(), crashed.set())))
        fragile.codes.append(fragile.citizen().send_question())
        assert crashed.wait(60)
        cluster.revive()
        until(lambda: passing.all_is_due(fragile.database) or not oracle.waiting(fragile.database))
        assert oracle.states(fragile.database)["uncertain"] == fragile.doubts
    fragile.judge(f"F10 PostgreSQL crashes at {'DATA' if point == 'data' else 'the dot'}", times)


def test_f10_crashing_under_load(fragile: World, cluster: Cluster) -> None:
    """Every code that somebody saw is a case, and every case was told to somebody, in the end."""
    times = repetitions(1)
    for _ in range(times):
        citizens = [fragile.citizen() for _ in range(6)]
        pages = [citizen.reach_summary() for citizen in citizens]
        seen: list[int] = []
        with ThreadPoolExecutor(len(pages)) as crowd:
            clicks = [crowd.submit(click_until_taken, *pair, seen) for pair in zip(citizens, pages, strict=True)]
            cluster.crash()
            cluster.revive()
        fragile.codes += [click.result() for click in clicks]
        assert set(seen) <= {303, 503}
    fragile.judge("F10 PostgreSQL crashes under load", times)


def heard(person: subprocess.Popen[str], *, go_on: bool = False) -> str:
    """The next line somebody says, after they were told to go on."""
    assert person.stdin is not None
    assert person.stdout is not None
    if go_on:
        person.stdin.write("\n")
    return person.stdout.readline().strip()


def click_until_taken(citizen: Citizen, page: str, seen: list[int]) -> str:
    """Press the button again as long as the answer is 503; the code."""

    def clicked() -> str | None:
        answer = citizen.send(page)
        seen.append(answer.status_code)
        return answer.location.rpartition("/")[2] if answer.status_code == 303 else None

    return str(until(clicked))
