"""The oracle sees what is lost and what is doubled, and a fault that is not fenced off is seen to double."""

import signal

import pytest

from tests.factories.outbox import posted, put, row, states
from tests.factories.running import until
from tests.faults import doomed, oracle
from tests.faults.senders import Drainer, Orders, drain
from tests.smtp_scripted import ScriptedSMTP, Taken
from urp.outbox.states import State

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("ctx")]


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, databases) -> str:
    """The oracle asks both databases the same way."""
    return databases.fresh(request.param)


def take(smtp: ScriptedSMTP, letter_id: int, times: int = 1) -> None:
    """Let the server have a letter."""
    words = f"Message-ID: {row(letter_id)['message_id']}\r\n\r\n".encode()
    smtp.journal += [Taken("a@b", ("c@d",), words, 1)] * times


def test_all_is_well_when_the_accounts_agree(database_url: str, smtp: ScriptedSMTP) -> None:
    sent, doubtful, waiting = posted(3)
    put(sent, State.SENT)
    put(doubtful, State.UNCERTAIN, "dot")
    take(smtp, sent)
    verdict = oracle.compare(database_url, smtp)
    assert (verdict.lost, verdict.doubled, verdict.waiting) == ((), (), 1)
    assert verdict.uncertain == (row(doubtful)["message_id"],)
    assert states([waiting]) == ["queued"]


@pytest.mark.parametrize("place", [State.SENT, State.DEAD, State.FAILED])
def test_a_letter_that_the_server_never_took_is_lost(place: State, database_url: str, smtp: ScriptedSMTP) -> None:
    (letter,) = posted(1)
    put(letter, place)
    assert oracle.compare(database_url, smtp).lost == (row(letter)["message_id"],)


def test_a_code_without_its_case_is_lost(database_url: str, smtp: ScriptedSMTP) -> None:
    assert oracle.compare(database_url, smtp, ["URP-AAA-AAA"]).lost == ("URP-AAA-AAA",)


@pytest.mark.parametrize(("place", "taken"), [(State.SENT, 2), (State.UNCERTAIN, 2), (State.QUEUED, 1)])
def test_a_letter_taken_twice_or_about_to_be_is_doubled(
    place: State, taken: int, database_url: str, smtp: ScriptedSMTP
) -> None:
    (letter,) = posted(1)
    put(letter, place)
    take(smtp, letter, taken)
    assert oracle.compare(database_url, smtp).doubled == (row(letter)["message_id"],)


def test_one_answer_for_two_cases_is_doubled(database_url: str, smtp: ScriptedSMTP) -> None:
    assert "URP-AAA-AAA" in oracle.compare(database_url, smtp, ["URP-AAA-AAA"] * 2).doubled


def test_without_the_fence_a_sleeper_doubles(orders: Orders, smtp: ScriptedSMTP) -> None:
    letters = posted(2)
    assert orders.points is not None
    doomed.arm(orders.points, "body sent", number=signal.SIGSTOP)
    sleeper = Drainer(orders.but(lease_s=1.0, fence=False))
    sleeper.wait_until_it_stands_still()
    other = orders.but(host=orders.host.with_name("another host"), points=None)
    until(lambda: drain(other) == 0 and states(letters) == ["sent", "sent"])
    sleeper.signal(signal.SIGCONT)
    assert sleeper.end() == 0
    assert oracle.compare(orders.database, smtp).doubled
