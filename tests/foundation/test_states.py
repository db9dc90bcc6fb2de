"""Moving along a table of states: quiet when it is there already, a named error where no way leads."""

import pytest
from flask import Flask

from tests.factories.cases import opened
from urp.cases.models import Case
from urp.cases.states import MOVES, CaseState
from urp.foundation.db import db, transaction
from urp.foundation.errors import NotFound, WrongState
from urp.foundation.states import move


@pytest.mark.parametrize("start", CaseState)
def test_every_arrow_of_the_table_moves_and_no_other_does(app: Flask, ctx: None, start: CaseState) -> None:
    case_id = opened().id
    for goal in CaseState:
        _put(case_id, start)
        if goal in MOVES[start]:
            assert _move(case_id, goal) is True
            assert _state(case_id) == goal
        elif goal == start:
            assert _move(case_id, goal) is False
            assert _state(case_id) == start
        else:
            with pytest.raises(WrongState, match=f"from {start} to {goal}"):
                _move(case_id, goal)
            assert _state(case_id) == start


def test_a_move_changes_its_own_row_only_and_sets_what_goes_with_it(app: Flask, ctx: None) -> None:
    one, other = opened().id, opened().id

    with transaction():
        assert move(Case, one, CaseState.TAKEN, MOVES, version=Case.version + 1)

    assert (_state(one), db.session.get_one(Case, one).version) == (CaseState.TAKEN, 2)
    assert (_state(other), db.session.get_one(Case, other).version) == (CaseState.RECEIVED, 1)


def test_what_does_not_exist_cannot_be_moved(app: Flask, ctx: None) -> None:
    with pytest.raises(NotFound):
        _move(123_456, CaseState.TAKEN)


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(MOVES) == set(CaseState)
    assert all(goals <= set(CaseState) for goals in MOVES.values())


def _move(case_id: int, goal: CaseState) -> bool:
    with transaction():
        return move(Case, case_id, goal, MOVES)


def _put(case_id: int, state: CaseState) -> None:
    with transaction():
        db.session.get_one(Case, case_id).state = state


def _state(case_id: int) -> str:
    db.session.expire_all()
    return db.session.get_one(Case, case_id).state
