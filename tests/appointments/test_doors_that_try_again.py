"""Doors that touch the times of others go again by themselves when writers got in each other's way."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.appointments import TUESDAY, booked, clock_stands, seen
from tests.factories.staff import at_work
from tests.factories.visitors import Visitor
from urp.appointments import desk_views
from urp.appointments.states import State
from urp.cases import views as case_views
from urp.foundation.db import DatabaseBusy

pytestmark = pytest.mark.usefixtures("monday")


def in_the_way(verb: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The verb, undone so many times after it has done its work."""
    left = iter(range(times))

    def act(*given: Any, **named: Any) -> Any:
        done = verb(*given, **named)
        if next(left, None) is not None:
            raise DatabaseBusy
        return done

    return act


@pytest.mark.parametrize(("times", "state"), [(2, State.CANCELLED), (3, State.CONFIRMED)])
def test_a_request_is_taken_back(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, times: int, state: State
) -> None:
    visitor = Visitor(client)
    code = visitor.book("2026-11-26T10:00+01:00")
    monkeypatch.setattr(case_views, "withdraw", in_the_way(case_views.withdraw, times))

    answer = visitor.post(f"/r/{code}/ritira", {}, page=f"/r/{code}/ritira")

    assert answer.status_code == (303 if state == State.CANCELLED else 503)
    with app.app_context():
        assert seen(1).state == state


@pytest.mark.parametrize(("times", "state"), [(2, State.ATTENDED), (3, State.CONFIRMED)])
def test_an_outcome_is_marked(app: Flask, monkeypatch: pytest.MonkeyPatch, times: int, state: State) -> None:
    with app.app_context():
        visit = booked(TUESDAY)
    verb = in_the_way(desk_views.OUTCOMES["attended"], times)
    monkeypatch.setitem(desk_views.OUTCOMES, "attended", verb)
    with clock_stands(TUESDAY):
        clerk = at_work(app, "operator")
        outcome = {"outcome": "attended", "giorno": "2026-11-24"}
        answer = clerk.post(f"/desk/appuntamenti/{visit.id}/esito", outcome, page="/desk/appuntamenti")

    assert answer.status_code == (303 if state == State.ATTENDED else 503)
    with app.app_context():
        assert seen(visit.id).state == state
