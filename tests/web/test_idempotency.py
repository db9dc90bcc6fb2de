"""The same key and the same body always get the same answer, and act once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from urp.foundation.clock import now
from urp.foundation.db import transaction
from urp.web import idempotency
from urp.web.idempotency import SameKeyOtherBody, answer_already_given, digest, remember_answer

BODY = digest({"a": 1})


class Spoilt(Exception):
    """What goes wrong in the middle of an act."""


def test_the_first_acts_and_the_second_gets_its_answer(app: Flask, ctx: None) -> None:
    with transaction():
        assert answer_already_given("key", BODY) is None
        remember_answer("key", "URP-AAA-AAA")
    with transaction():
        assert answer_already_given("key", BODY) == "URP-AAA-AAA"


def test_the_same_key_with_another_body_is_refused(app: Flask, ctx: None) -> None:
    with transaction():
        answer_already_given("key", BODY)

    with pytest.raises(SameKeyOtherBody), transaction():
        answer_already_given("key", digest({"a": 2}))


def test_a_key_whose_act_failed_may_be_used_again(app: Flask, ctx: None) -> None:
    with pytest.raises(Spoilt), transaction():
        answer_already_given("key", BODY)
        raise Spoilt

    with transaction():
        assert answer_already_given("key", digest({"a": 2})) is None


def test_of_ten_at_once_one_acts_and_nine_wait_for_its_answer(app: Flask) -> None:
    together, acted = threading.Barrier(10), []

    def send(number: int) -> str:
        together.wait(30)
        with app.app_context(), transaction():
            if (given := answer_already_given("key", BODY)) is not None:
                return given
            acted.append(number)
            remember_answer("key", f"answer {number}")
            return f"answer {number}"

    with ThreadPoolExecutor(10) as crowd:
        answers = set(crowd.map(send, range(10)))

    assert len(acted) == 1
    assert answers == {f"answer {acted[0]}"}


def test_old_answers_are_forgotten_and_young_ones_kept(app: Flask, ctx: None) -> None:
    with transaction():
        answer_already_given("key", BODY)
        idempotency.forget_old(now() - timedelta(hours=1))
    with transaction():
        assert answer_already_given("key", BODY) == ""
        idempotency.forget_old(now() + timedelta(hours=1))
    with transaction():
        assert answer_already_given("key", BODY) is None


@given(st.dictionaries(st.text(), st.text() | st.lists(st.integers()), min_size=2))
def test_the_order_of_fields_does_not_count_and_every_value_does(body: dict) -> None:
    turned = dict(reversed(body.items()))
    changed = body | {next(iter(body)): "something else entirely"}

    assert digest(turned) == digest(body)
    assert (digest(changed) == digest(body)) == (changed == body)
