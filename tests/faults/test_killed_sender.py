"""F5, F6, F7, F21: senders that are killed, stand still, or live in another time lose and double nothing."""

import signal
from datetime import timedelta

import pytest

from tests.factories.outbox import posted, row, states
from tests.factories.running import until
from tests.faults import doomed, oracle, passing
from tests.faults.campaign import repetitions
from tests.faults.senders import Drainer, Orders, drain
from tests.smtp_scripted import Call, ScriptedSMTP
from urp.foundation.db import transaction
from urp.outbox.resend import mark_sent, resend

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("ctx"), pytest.mark.timeout(900)]

BEFORE_THE_DOT = ("claimed", "connected", "recipient named", "half a body", "body sent")
AROUND_THE_DOT = ("marked", "dot gone", "250 heard")
TWO_HOURS, ONE_YEAR = timedelta(hours=2), timedelta(days=365)
SHORT = 1.0  # a lease, so that standing still for longer takes no patience


@pytest.mark.parametrize("point", BEFORE_THE_DOT)
def test_f5_killed_before_the_dot_everything_leaves_later(point: str, orders: Orders, smtp: ScriptedSMTP) -> None:
    times = repetitions(1)
    for _ in range(times):
        letters, taken = posted(3), len(smtp.journal)
        kill_at(point, orders)
        assert states(letters) == ["sending"] * 3
        assert len(smtp.journal) == taken
        passing.leases_end(orders.database)
        assert drain(orders) == 0
        assert states(letters) == ["sent"] * 3
    oracle.compare(orders.database, smtp).note("F5 sender killed before the marker", orders.database, times)


@pytest.mark.parametrize("point", AROUND_THE_DOT)
def test_f6_killed_around_the_dot_one_is_in_doubt_and_never_sent_again(
    point: str, orders: Orders, smtp: ScriptedSMTP
) -> None:
    times = repetitions(1)
    for _ in range(times):
        letters = posted(3)
        kill_at(point, orders)
        passing.leases_end(orders.database)
        assert drain(orders) == 0
        assert states(letters) == ["uncertain", "sent", "sent"]
        assert drain(orders) == 0
        decide(letters[0], smtp)
        assert drain(orders) == 0
    verdict = oracle.compare(orders.database, smtp)
    assert len(smtp.journal) == 3 * times
    verdict.note("F6 sender killed after the marker", orders.database, times, uncertain=times, resolved=times)


def test_f6_killed_when_all_is_written_down_nothing_is_in_doubt(orders: Orders, smtp: ScriptedSMTP) -> None:
    letters = posted(3)
    kill_at("all written down", orders)
    assert states(letters) == ["sent"] * 3
    oracle.compare(orders.database, smtp).note("F6 sender killed after the marker", orders.database)


@pytest.mark.parametrize(
    ("point", "meanwhile"), [("body sent", "sent"), ("marked", "uncertain"), ("250 heard", "uncertain")]
)
def test_f7_standing_still_for_longer_than_its_lease_it_is_fenced(
    point: str, meanwhile: str, orders: Orders, smtp: ScriptedSMTP
) -> None:
    times = repetitions(1)
    for _ in range(times):
        letters = posted(3)
        sleeper = sleeping_at(point, orders.but(lease_s=SHORT))
        other = orders.but(host=orders.host.with_name("another host"), points=None)
        drain_until(other, letters, [meanwhile, "sent", "sent"])
        sleeper.signal(signal.SIGCONT)
        assert sleeper.end() == 0
        assert states(letters) == ["sent"] * 3
    oracle.compare(orders.database, smtp).note(
        "F7 sender stopped for longer than its lease",
        orders.database,
        times,
        uncertain=times if meanwhile == "uncertain" else 0,
        resolved=times if meanwhile == "uncertain" else 0,
    )


@pytest.mark.parametrize("shift", [TWO_HOURS, -TWO_HOURS, ONE_YEAR], ids=["plus 2 h", "minus 2 h", "plus 1 year"])
def test_f21_a_sender_whose_own_clock_is_wrong(shift: timedelta, orders: Orders, smtp: ScriptedSMTP) -> None:
    """The wrong one starts, the right one works beside it, and neither takes what is in the other's hands."""
    letters = posted(4)
    hosts = [orders.but(host=orders.host.with_name(f"host {number}"), points=None) for number in (1, 2)]
    other: list[Drainer] = []
    smtp.play("data", Call(lambda: other.append(Drainer(hosts[1])) or other[0].end()))
    assert drain(hosts[0].but(python_clock=shift)) == 0
    assert states(letters) == ["sent"] * 4
    assert {letter.session for letter in smtp.journal} == {1}
    oracle.compare(orders.database, smtp).note("F21 clock of a sender +2 h, −2 h, +1 year", orders.database)


@pytest.mark.parametrize("shift", [TWO_HOURS, -TWO_HOURS, ONE_YEAR], ids=["plus 2 h", "minus 2 h", "plus 1 year"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f21_the_machines_clock_steps_while_a_letter_is_on_its_way(
    shift: timedelta, orders: Orders, smtp: ScriptedSMTP
) -> None:
    """SQLite has no clock but the machine's: a step ends leases at once, and the marker fences as ever."""
    letters = posted(4)
    other = orders.but(host=orders.host.with_name("after the step"), sqlite_clock=shift, python_clock=shift)
    smtp.play("data", Call(lambda: Drainer(other).end()))
    assert drain(orders) == 0
    assert states(letters) == ["sent"] * 4
    fenced = shift > timedelta()
    assert {letter.session for letter in smtp.journal} == ({2} if fenced else {1})
    assert len(smtp.unfinished) == (4 if fenced else 0)
    oracle.compare(orders.database, smtp).note("F21 clock of the machine steps", orders.database)


def decide(letter_id: int, smtp: ScriptedSMTP) -> None:
    """What a person does after a look into the mailbox: it did leave, or it leaves again as a new letter."""
    left = row(letter_id)["message_id"] in {letter.message_id for letter in smtp.journal}
    with transaction():
        if left:
            mark_sent(letter_id)
        else:
            resend(letter_id)


def drain_until(orders: Orders, letters: list[int], reached: list[str]) -> None:
    """Another drainer comes by again and again, until the letters are there."""
    until(lambda: drain(orders) == 0 and states(letters) == reached)


def kill_at(point: str, orders: Orders) -> None:
    """Let a drainer start, and die there."""
    assert orders.points is not None
    doomed.arm(orders.points, point)
    assert drain(orders) == -signal.SIGKILL


def sleeping_at(point: str, orders: Orders) -> Drainer:
    """A drainer that stands still there."""
    assert orders.points is not None
    doomed.arm(orders.points, point, number=signal.SIGSTOP)
    sleeper = Drainer(orders)
    sleeper.wait_until_it_stands_still()
    return sleeper
