"""Every view says who may open it, or the program does not start."""

import pytest
from flask import Flask

from tests.factories.databases import test_settings
from urp import app as program
from urp.operators.access import public, unmarked_views


def test_a_view_without_its_mark_is_named() -> None:
    app = Flask("urp", static_folder=None)
    app.add_url_rule("/a", "marked", public(lambda: "a"))
    app.add_url_rule("/b", "forgotten", lambda: "b")

    assert unmarked_views(app) == ["forgotten"]


def test_the_program_does_not_start_with_a_view_that_forgot_its_mark(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = test_settings(f"sqlite:///{tmp_path}/urp.db", tmp_path)
    assert unmarked_views(program.create_app(settings)) == []

    monkeypatch.setattr(program.groups, "init_app", lambda app: app.add_url_rule("/b", "forgotten", lambda: "b"))

    with pytest.raises(RuntimeError, match="forgotten"):
        program.create_app(settings)
