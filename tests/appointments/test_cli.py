"""The commands of appointments: a plan first, then the act; what they say and how they end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.appointments import TUESDAY, booked, clock_stands, held, publish_hours, seen
from tests.factories.busy_counter import figures
from tests.factories.databases import ROOT
from tests.factories.hours import rome
from tests.factories.snapshots import all_rows
from urp.appointments.states import State
from urp.hours.queries import calendar

CLOSE = ("appointments", "close", "2026-11-24", "--reason", "sciopero")
CALLER = {"email": None}


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """Monday 23 November 2026: the counter opens on Tuesday and Thursday."""
    with clock_stands():
        yield


@pytest.fixture
def visits(app: Flask) -> list[str]:
    """The codes of two visits on Tuesday: who has an e-mail address, and who called."""
    with app.app_context():
        held(rome("2026-11-24 15:00"))
        mailed, called = booked(TUESDAY, 1), booked(rome("2026-11-24 10:30"), channel="phone", person=CALLER)
        return [str(mailed.code), str(called.code)]


def test_without_yes_the_plan_is_shown_and_nothing_changes(app: Flask, visits: list[str]) -> None:
    before = all_rows(app)

    code, said, complained = run(app, *CLOSE)

    assert (code, complained) == (0, "")
    assert said.splitlines() == [
        "telefono: chiude: martedì 24 novembre",
        "sportello: chiude: martedì 24 novembre",
        "2 appointments concerned",
        f"{visits[0]}  2026-11-24 10:00  -> 2026-11-26 10:00  e-mail",
        f"{visits[1]}  2026-11-24 10:30  -> 2026-11-26 10:30  to call",
        "1 booking not yet confirmed",
        "nothing is changed yet: add --yes with --move (as shown; where no time is free the visit is cancelled, and "
        "whoever no letter reaches in time is on the call list) or with --release (all are cancelled)",
    ]
    assert all_rows(app) == before


def test_with_yes_all_are_moved_and_those_to_call_are_listed(app: Flask, visits: list[str]) -> None:
    code, said, complained = run(app, *CLOSE, "--move", "--yes")

    assert (code, complained) == (0, "")
    assert said.splitlines()[2:] == [
        f"{visits[0]}  2026-11-24 10:00  -> 2026-11-26 10:00",
        f"{visits[1]}  2026-11-24 10:30  -> 2026-11-26 10:30",
        "2 appointments, 1 open booking ended",
        f"to call, no letter reaches them in time: {visits[1]}",
    ]
    assert run(app, "appointments", "list", "2026-11-24") == (0, "", "")
    assert run(app, "appointments", "list", "2026-11-26")[1].splitlines() == [
        f"10:00-10:30  desk 1  {visits[0]}  confirmed",
        f"10:30-11:00  desk 1  {visits[1]}  confirmed",
    ]


def test_release_cancels_instead_and_a_script_reads_json(app: Flask, visits: list[str]) -> None:
    plan = json.loads(run(app, *CLOSE, "--json")[1])
    done = json.loads(run(app, *CLOSE, "--json", "--release", "--yes")[1])

    assert (plan["done"], plan["holds"], [one["code"] for one in plan["visits"]]) == (False, 1, visits)
    assert plan["visits"][0]["then"] == "2026-11-26T10:00:00+01:00"
    assert (done["done"], done["call"], [one["then"] for one in done["visits"]]) == (True, visits[1:], [None, None])
    with app.app_context():
        assert seen(2).state == State.CANCELLED


def test_nobody_is_named_in_the_terminal(app: Flask, visits: list[str]) -> None:
    said = "".join("".join(run(app, *CLOSE, *more)[1:]) for more in ((), ("--json",), ("--move", "--yes")))
    said += run(app, "appointments", "list", "2026-11-26", "--json")[1]

    assert visits[0] in said
    for name in ("Bianchi", "Visita", "@", "333"):
        assert name not in said


def test_other_hours_for_a_day_and_one_channel(app: Flask, visits: list[str]) -> None:
    said = run(app, *CLOSE, "--channel", "sportello", "--ranges", "10:00-12:00", "--yes")[1]

    assert said.splitlines() == [
        "sportello: cambia: martedì 24 novembre: 10.00–12.00 invece di 10.00–12.00 e 14.00–16.00",
        "0 appointments, 1 open booking ended",
    ]


def test_days_open_again(app: Flask) -> None:
    assert run(app, "appointments", "reopen", "2026-11-24") == (
        1,
        "",
        "nothing was written for 2026-11-24; there is: nothing\n",
    )
    run(app, *CLOSE, "--yes")

    assert run(app, "appointments", "reopen", "2026-11-24") == (0, "1 retired (closure 2026-11-24)\n", "")
    with app.app_context():
        assert held(TUESDAY)


def test_a_day_that_is_over_opens_again_too(app: Flask) -> None:
    run(app, *CLOSE, "--yes")
    absent = ("appointments", "absent", "1", "2026-11-24", "--reason", "malattia", "--yes")
    assert run(app, *absent)[0] == 0

    with clock_stands(rome("2026-11-26 09:00")):
        reopen = ("appointments", "reopen", "2026-11-24")
        assert run(app, *reopen, "--desk", "1") == (1, "", "nobody is absent at desk 1 then\n")
        assert run(app, *reopen) == (0, "1 retired (closure 2026-11-24)\n", "")


def test_an_absence_is_planned_done_and_ended(app: Flask, visits: list[str]) -> None:
    absent = ("appointments", "absent", "1", "2026-11-24", "--reason", "malattia")

    assert "2 appointments concerned" in run(app, *absent)[1]
    assert "2 appointments, 1 open booking ended" in run(app, *absent, "--move", "--yes")[1]
    again = ("appointments", "reopen", "2026-11-24", "--desk", "1")
    assert run(app, *again)[1] == "desk 1 can be booked again\n"
    assert run(app, *again) == (1, "", "nobody is absent at desk 1 then\n")


def test_an_office_file_tells_its_changes_and_the_visits_it_leaves_outside(
    app: Flask, visits: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "office.toml"
    old = (ROOT / "office.toml").read_text()
    assert "Tu,Th 10:00-12:00,14:00-16:00" in old
    file.write_text(old.replace("Tu,Th 10:00-12:00,14:00-16:00", "Th 10:00-12:00,14:00-16:00"))
    before = all_rows(app)

    code, said, _ = run(app, "office", "check", str(file))
    assert code == 0
    told = said.splitlines()[1:]
    assert told[0].startswith("sportello: chiude: 1")
    assert told[0].split("chiude: ")[1].split(" ")[1] == "martedì"
    assert told[1:] == ["3 appointments without hours or desk: see flask --app wsgi appointments outside"]
    assert all_rows(app) == before
    assert run(app, "appointments", "outside")[1].splitlines()[1] == "0 appointments concerned"

    assert run(app, "office", "import", str(file))[1].splitlines()[1:] == told
    assert f"{visits[0]}  2026-11-24 10:00  -> 2026-11-26 10:00" in run(app, "appointments", "outside")[1]
    assert run(app, "appointments", "outside", "--move", "--yes")[0] == 0
    assert "0 appointments concerned" in run(app, "appointments", "outside")[1]
    assert run(app, "office", "check", str(file))[1] == f"{file}: no mistakes found\n"


def test_an_office_file_whose_visits_fit_into_no_opening_is_refused(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    old = (ROOT / "office.toml").read_text().replace("\nvisit_minutes = 30", "\nvisit_minutes = 130", 1)
    file.write_text(old)
    line = old[: old.index("visit_minutes = 130")].count("\n") + 1

    assert run(app, "office", "check", str(file)) == (
        1,
        "",
        f"{file}:{line}: institution.counter.visit_minutes: "
        "no opening of sportello lasts 130 minutes: write at most 120\n",
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("close", "2026-11-31", "--reason", "x"), "is not a day: write it like 2026-12-24"),
        (("close", "2026-11-24"), "--reason"),
        (("close", "2026-11-24", "--reason", "x", "--channel", "fax"), "telefono"),
        (("absent", "0", "2026-11-24", "2026-11-24", "--reason", "x"), "0"),
        (("list", "domani"), "is not a day"),
        (("list", "2026-W48"), "is not a day"),
        (("close", "2026-11-24", "--reason", "x", "--move", "--release"), "say one of them"),
        (("absent", "1", "2026-11-24", "--reason", "x", "--move", "--release", "--yes"), "say one of them"),
        (("outside", "--release", "--move"), "say one of them"),
    ],
)
def test_wrong_use_ends_with_two(app: Flask, words: tuple[str, ...], told: str) -> None:
    code, said, complained = run(app, "appointments", *words)

    assert (code, said) == (2, "")
    assert told in complained


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("close", "2026-11-24", "2026-11-20"), "the last day comes before the first"),
        (("close", "2026-11-20"), "2026-11-20 is over"),
        (("close", "2026-11-24", "--ranges", "10-12"), "write it like 09:30-12:00"),
        (("absent", "2", "2026-11-24", "2026-11-24"), "there is no desk 2"),
        (("absent", "1", "2026-11-24", "--reason", " "), "the reason is empty"),
        (("close", "2026-11-24", "--reason", " "), "the reason is empty"),
    ],
)
@pytest.mark.parametrize("yes", [(), ("--yes",)])
def test_what_cannot_be_meant_is_one_line_and_changes_nothing(
    app: Flask, words: tuple[str, ...], told: str, yes: tuple[str, ...]
) -> None:
    before = all_rows(app)

    code, said, complained = run(app, "appointments", words[0], "--reason", "x", *words[1:], *yes)

    assert (code, said) == (1, "")
    [line] = complained.splitlines()
    assert told in line
    assert all_rows(app) == before


@pytest.mark.parametrize(
    "words", [("close", "2026-11-24", "--reason", "x"), ("absent", "1", "2026-11-24", "--reason", "x"), ("outside",)]
)
def test_nobody_is_moved_or_cancelled_without_a_choice(app: Flask, visits: list[str], words: tuple[str, ...]) -> None:
    if words == ("outside",):
        with app.app_context():
            publish_hours(counter="Th 10:00-12:00")
    before = all_rows(app)

    code, said, complained = run(app, "appointments", *words, "--yes")

    assert (code, said) == (2, "")
    assert "say --move or --release" in complained
    assert all_rows(app) == before
    assert run(app, "appointments", *words, "--yes", "--release")[0] == 0


def test_who_changes_only_the_desk_needs_no_choice(app: Flask, visits: list[str]) -> None:
    with app.app_context():
        figures(desks=2)
    absent = ("appointments", "absent", "1", "2026-11-24", "--reason", "malattia")

    assert run(app, *absent)[1].splitlines()[-1] == "nothing is changed yet: add --yes"
    assert run(app, *absent, "--yes")[0] == 0
    assert "desk 2" in run(app, "appointments", "list", "2026-11-24")[1]


@pytest.mark.parametrize("yes", [(), ("--yes", "--move")])
def test_a_day_with_hours_of_its_own_is_not_closed_in_silence(
    app: Flask, visits: list[str], yes: tuple[str, ...]
) -> None:
    for day, channel in (("2026-11-24", "sportello"), ("2026-11-26", "telefono")):
        special = ("appointments", "close", day, "--reason", "x", "--ranges", "10:00-12:00", "--channel", channel)
        assert run(app, *special, "--yes", "--move")[0] == 0
    before = all_rows(app)
    week = ("appointments", "close", "2026-11-24", "2026-11-27", "--reason", "lavori", "--channel", "sportello")

    assert run(app, *week, *yes) == (
        1,
        "",
        "other hours are written for 2026-11-24 and would stay: appointments reopen 2026-11-24 first\n",
    )
    assert all_rows(app) == before
    assert run(app, "appointments", "reopen", "2026-11-24")[0] == 0
    assert run(app, *week, *yes)[0] == 0


def test_days_inside_that_are_closed_already_do_not_stand_in_the_way(app: Flask) -> None:
    run(app, *CLOSE, "--yes")

    code, said, _ = run(app, "appointments", "close", "2026-11-23", "2026-11-27", "--reason", "lavori", "--yes")

    assert code == 0
    assert "giovedì 26" in said


def test_a_closure_that_changes_only_words_says_so(app: Flask) -> None:
    run(app, *CLOSE, "--yes")
    other = (*CLOSE, "--notice", "Martedì siamo chiusi.")

    said = "the hours stay as they are, only the words for citizens change"
    assert run(app, *other)[1].splitlines()[0] == said
    assert run(app, *other, "--yes")[1].splitlines()[0] == said
    assert run(app, *other, "--yes")[1].splitlines()[0] == "the hours stay as they are"


def test_a_closure_is_published_for_everybody(app: Flask) -> None:
    run(app, *CLOSE, "--reason-en", "strike", "--notice", "Martedì siamo chiusi.", "--yes")

    with app.app_context():
        for channel in ("telefono", "sportello"):
            assert calendar(channel).closed_reason(TUESDAY.date(), "en") == "strike"


def run(app: Flask, *words: str) -> tuple[int, str, str]:
    """Exit code, what was said, what was complained of."""
    ended = app.test_cli_runner().invoke(args=words)
    return ended.exit_code, ended.stdout, ended.stderr
