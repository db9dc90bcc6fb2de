"""Office data kept in process: fresh after a change, and never what was rolled back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.factories.statements import counted
from urp.foundation.db import db, transaction
from urp.foundation.versions import bump, cached


class Spoilt(Exception):
    """What goes wrong in the middle of an act."""


def test_data_is_loaded_once_and_again_after_a_change(app: Flask, look: Callable[[], str], shelf: list[str]) -> None:
    assert [look(), look(), look()] == ["first"] * 3
    shelf.append("second")
    assert look() == "first"  # nobody said that it changed

    with app.app_context(), transaction():
        bump("shelf")

    assert [look(), look()] == ["second"] * 2


def test_a_change_that_is_rolled_back_never_stays_in_the_cache(
    app: Flask, look: Callable[[], str], shelf: list[str]
) -> None:
    assert look() == "first"
    with app.app_context(), pytest.raises(Spoilt), transaction():
        shelf.append("never")
        bump("shelf")
        assert cached("shelf", lambda: shelf[-1]) == "never"  # the act itself sees its own change
        raise Spoilt
    shelf.pop()

    assert look() == "first"


def test_an_act_reads_its_own_change_once_and_after_each_further_one_again(app: Flask, shelf: list[str]) -> None:
    with app.app_context():
        for book in ("second", "third"):
            with transaction():
                shelf.append(book)
                bump("shelf")
                assert [cached("shelf", lambda: shelf[-1]), cached("shelf", lambda: "not asked")] == [book] * 2
                shelf.append(f"{book}, mended")
                bump("shelf")
                assert cached("shelf", lambda: shelf[-1]) == f"{book}, mended"
        with pytest.raises(Spoilt), transaction():
            bump("shelf")
            assert cached("shelf", lambda: "never") == "never"
            raise Spoilt
        assert cached("shelf", lambda: shelf[-1]) == "third, mended"


def test_a_change_is_seen_by_another_process_too(app: Flask, look: Callable[[], str], shelf: list[str]) -> None:
    assert look() == "first"
    kept = app.extensions.pop("office_data")
    shelf.append("second")
    with app.app_context(), transaction():
        bump("shelf")
    app.extensions["office_data"] = kept  # as it is in a process that slept meanwhile

    assert look() == "second"


def test_versions_are_read_once_per_request_however_much_is_asked(app: Flask, look: Callable[[], str]) -> None:
    look()
    with app.app_context(), counted(db.engine) as seen:
        for _ in range(5):
            cached("shelf", lambda: "not asked")
            cached("other shelf", lambda: "asked once")

    assert len(seen.statements) == 1


def test_a_transaction_sees_what_changed_since_the_page_was_made(
    app: Flask, look: Callable[[], str], shelf: list[str]
) -> None:
    def seen() -> str:
        return cached("shelf", lambda: shelf[-1])

    with app.app_context():
        assert seen() == "first"
        shelf.append("second")
        _bumped_by_somebody_else(app)
        assert seen() == "first"  # the page goes on as it began
        with transaction():
            assert seen() == "second"
        assert seen() == "second"  # and so does the page that says why nothing was done
        shelf.append("third")
        _bumped_by_somebody_else(app)
        with transaction(), counted(db.engine) as asked:
            assert [seen(), seen()] == ["third"] * 2
        assert len(asked.statements) == 1


def _bumped_by_somebody_else(app: Flask) -> None:
    def bumped() -> None:
        with app.app_context(), transaction():
            bump("shelf")

    with ThreadPoolExecutor(1) as other:
        other.submit(bumped).result()


def test_parts_of_one_version_are_kept_apart(app: Flask, ctx: None) -> None:
    assert cached("shelf", lambda: 1, part="a") == 1
    assert cached("shelf", lambda: 2, part="b") == 2
    assert cached("shelf", lambda: 3, part="a") == 1


@pytest.fixture
def shelf() -> list[str]:
    """Where the data come from; the last entry counts."""
    return ["first"]


@pytest.fixture
def look(app: Flask, shelf: list[str]) -> Callable[[], str]:
    """What a request of its own sees."""

    def seen() -> str:
        with app.app_context():
            return cached("shelf", lambda: shelf[-1])

    return seen
