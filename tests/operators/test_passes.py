"""Passes: enough bits, kept as a hash, shown once, ended at once; and the commands that make them."""

import json
import math
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.staff import ANNA, pass_for, revoke
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.foundation.errors import NotFound
from urp.foundation.references import ALPHABET
from urp.operators import passes, queries
from urp.operators.models import StaffPass


def test_a_pass_has_more_than_128_bits_in_groups_that_can_be_read_out(app: Flask) -> None:
    secret = pass_for(app).secret

    assert re.fullmatch(rf"(?:[{ALPHABET}]{{4}}-){{6}}[{ALPHABET}]{{4}}", secret)
    assert math.log2(len(ALPHABET)) * len(secret.replace("-", "")) >= 128
    assert pass_for(app).secret != secret


def test_only_its_hash_is_stored(app: Flask) -> None:
    made = pass_for(app, "operator", "phone")

    with app.app_context():
        row = db.session.scalars(select(StaffPass)).one()
        stored = repr([getattr(row, column.key) for column in StaffPass.__table__.columns])

    assert len(row.pass_hash) == 32
    assert (row.name, row.roles) == (ANNA, ["operator", "phone"])
    for piece in made.secret.split("-"):
        assert piece not in stored


@pytest.mark.parametrize("typed", [str, str.lower, lambda one: one.replace("-", " "), lambda one: f" {one}\n"])
def test_a_pass_opens_however_its_groups_are_typed(app: Flask, typed) -> None:
    made = pass_for(app)

    with app.app_context():
        found = queries.staff_by_hash(passes.hash_of(typed(made.secret)), at=now())
        assert found is not None
        assert found.actor == f"operator:{made.id}"
        other = ALPHABET[(ALPHABET.index(made.secret[0]) + 1) % len(ALPHABET)] + made.secret[1:]
        assert queries.staff_by_hash(passes.hash_of(other), at=now()) is None


def test_a_pass_ends_by_the_hour_and_by_revocation(app: Flask) -> None:
    made, other = pass_for(app, hours=1), pass_for(app)
    later = now() + timedelta(minutes=61)

    with app.app_context():
        assert [one.id for one in queries.passes(now())] == [made.id, other.id]
        assert queries.staff(made.id, since=now(), at=made.expires_at - timedelta(seconds=1)) is not None
        assert queries.staff(made.id, since=now(), at=made.expires_at) is None
        assert [one.id for one in queries.passes(later)] == [other.id]
    revoke(app, other)
    with app.app_context():
        assert queries.staff(other.id, since=now(), at=now()) is None
        assert queries.staff_by_hash(passes.hash_of(other.secret), at=now()) is None
        assert [one.id for one in queries.passes(later, ended=True)] == [made.id, other.id]


def test_revoking_twice_is_quiet_and_a_pass_that_never_was_is_named(ctx: None, app: Flask) -> None:
    made = pass_for(app)

    with transaction():
        assert passes.revoke(made.id, at=now())
        assert not passes.revoke(made.id, at=now())
    with pytest.raises(NotFound), transaction():
        passes.revoke(made.id + 1, at=now())


class TestCommands:
    """`flask --app wsgi operators …`."""

    def test_a_pass_is_shown_once_and_opens(self, app: Flask) -> None:
        code, said, noted = run(app, "pass", "Anna Verdi", "--role", "operator", "--role", "phone", "--hours", "2")

        assert code == 0
        with app.app_context():
            found = queries.staff_by_hash(passes.hash_of(said), at=now())
        assert found is not None
        assert (found.name, found.roles) == ("Anna Verdi", {"operator", "phone"})
        assert timedelta(minutes=119) < found.expires_at - now() <= timedelta(hours=2)
        assert f"pass {found.id} until" in noted
        assert said.strip() not in "".join(run(app, "passes", "--json")[1:])

    def test_without_options_it_is_an_operator_for_twelve_hours(self, app: Flask) -> None:
        run(app, "pass", "Anna")
        row = json.loads(run(app, "passes", "--json")[1])

        assert row["roles"] == ["operator"]
        with app.app_context():
            (one,) = queries.passes(now())
            assert timedelta(hours=11, minutes=59) < one.expires_at - now() <= timedelta(hours=12)

    @pytest.mark.parametrize(
        "wrong",
        [
            ("", "--hours", "1"),
            ("x" * 101,),
            ("Anna", "--hours", "25"),
            ("Anna", "--hours", "0"),
            ("Anna", "--role", "x"),
        ],
    )
    def test_a_wrong_wish_makes_no_pass(self, app: Flask, wrong: tuple[str, ...]) -> None:
        code, said, complained = run(app, "pass", *wrong)

        assert code != 0
        assert said == ""
        assert complained
        assert run(app, "passes", "--all")[1] == ""

    def test_the_list_tells_names_roles_and_ends(self, app: Flask) -> None:
        made = pass_for(app, "phone")

        assert re.fullmatch(
            rf"{made.id}  Anna Verdi  phone  until \d{{4}}-\d\d-\d\d \d\d:\d\d\n", run(app, "passes")[1]
        )
        assert run(app, "revoke", str(made.id))[:2] == (0, f"{made.id}: revoked\n")
        assert run(app, "revoke", str(made.id))[:2] == (0, f"{made.id}: was revoked before\n")
        assert run(app, "passes")[1] == ""
        assert ", revoked " in run(app, "passes", "--all")[1]
        assert json.loads(run(app, "passes", "--all", "--json")[1])["revoked_at"]

    def test_a_pass_that_never_was_is_one_line(self, app: Flask) -> None:
        assert run(app, "revoke", "7") == (1, "", "no pass 7\n")


def run(app: Flask, *words: str) -> tuple[int, str, str]:
    done = app.test_cli_runner().invoke(args=["operators", *words])
    return done.exit_code, done.stdout, done.stderr
