"""The steps a citizen sees: what was, what is, what is still to come."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.factories.hours import rome
from urp.cases.milestones import Milestone, milestones
from urp.cases.states import CaseState

MONDAY = rome("2026-11-23 09:12")
LATER = MONDAY + timedelta(hours=1)


def test_a_fresh_case_is_received_and_waits_for_its_answer() -> None:
    assert milestones({"received": MONDAY}, "received") == [
        Milestone("received", "current", MONDAY),
        Milestone("answered", "future"),
    ]


def test_a_forwarded_case_has_one_step_behind_it() -> None:
    assert milestones({"forwarded": LATER, "received": MONDAY}, "forwarded") == [
        Milestone("received", "done", MONDAY),
        Milestone("forwarded", "current", LATER),
        Milestone("answered", "future"),
    ]


def test_a_withdrawn_case_waits_for_nothing() -> None:
    steps = milestones({"received": MONDAY, "withdrawn": LATER}, "withdrawn")

    assert [(step.key, step.state) for step in steps] == [("received", "done"), ("withdrawn", "done")]


def test_an_answered_case_waits_for_nothing() -> None:
    steps = milestones({"received": MONDAY, "answered": LATER}, "answered")

    assert [(step.key, step.state) for step in steps] == [("received", "done"), ("answered", "done")]


@given(st.dictionaries(st.sampled_from([*map(str, CaseState)]), st.datetimes()), st.sampled_from(CaseState))
def test_steps_are_in_order_with_one_current_at_most_and_the_future_last(reached: dict, state: CaseState) -> None:
    steps = milestones(reached, state)
    places = [{"done": 0, "current": 1, "future": 2}[step.state] for step in steps]
    dated = [step.at for step in steps if step.at]

    assert places == sorted(places)
    assert places.count(1) <= 1
    assert dated == sorted(dated)
    assert {step.key for step in steps if step.at} == set(reached)
