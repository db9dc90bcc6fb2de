"""Before the office file is imported, and for visitors who come by a wrong name: plain words, no trace."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from tests.conftest import test_settings as settings_of_a_test
from urp.app import create_app
from urp.config import load_settings


@pytest.mark.parametrize("path", ["/", "/richieste/nuova", "/orari", "/nulla"])
def test_without_an_office_every_page_says_to_come_back(unborn: Flask, path: str) -> None:
    answer = unborn.test_client().get(path)

    assert answer.status_code == 503
    assert "Il servizio torna tra poco" in answer.text


def test_a_visitor_by_a_wrong_name_gets_a_plain_refusal(tmp_path: Path, database_url: str) -> None:
    loopback = "127.0.0.1:1"
    app = create_app(
        load_settings(
            {},
            env="production",
            secret_key="x" * 40,
            public_url="https://urp.ente.example",
            database_url=database_url,
            redis_url=f"redis://{loopback}/0",
            data_dir=tmp_path,
            **{f"{box}_{way}": f"{way}://{loopback}" for box in ("peo", "pec") for way in ("smtp", "imap")},
        )
    )
    visitor = app.test_client()

    assert visitor.get("/", base_url="https://urp.ente.example").status_code == 200
    for path in ("/", "/healthz", "/nulla"):
        refused = visitor.get(path, headers={"Host": "127.0.0.1:8000"})
        assert refused.status_code == 400
        assert "Traceback" not in refused.text


@pytest.fixture
def unborn(tmp_path: Path, database_url: str) -> Flask:
    """The program on a database with tables and no office."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM institution"))
    engine.dispose()
    return create_app(settings_of_a_test(database_url, tmp_path / "var"))
