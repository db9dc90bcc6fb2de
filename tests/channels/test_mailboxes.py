"""Our two mailboxes: from the office file, with the setting on top; alarms that heal."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from urp.channels import alarms, directory, queries
from urp.channels.models import Mailbox
from urp.channels.queries import Sender
from urp.foundation.changes import Changes
from urp.foundation.clock import now
from urp.foundation.db import db, db_now, transaction
from urp.foundation.errors import NotFound
from urp.offices.importer import read

pytestmark = pytest.mark.usefixtures("ctx")


@dataclass(frozen=True)
class Entry:
    channel: str
    address: str
    display_name: str


@dataclass(frozen=True)
class File:
    mailboxes: tuple[Entry, ...]


PEC = Entry("pec", "urp@pec.altro.example", "Altro ente")


def store(*entries: Entry) -> Changes:
    with transaction():
        return directory.store(File(entries))


def test_the_office_file_sets_both_up(office_file: Path) -> None:
    file = read(office_file)
    with transaction():
        directory.store(file)
    assert [condition.kind for condition in queries.conditions()] == ["pec", "peo"]
    own = {mailbox.channel: mailbox for mailbox in file.mailboxes}
    assert queries.sender("pec") == Sender(own["pec"].address, own["pec"].display_name)


def test_storing_again_changes_the_address_and_keeps_the_alarm(app: Flask) -> None:
    store(PEC)
    with transaction():
        alarms.stop("pec", "535 no")
    store(replace(PEC, address="nuova@pec.altro.example"))
    with app.app_context():
        assert queries.sender("pec").address == "nuova@pec.altro.example"
        assert condition("pec").state == "stopped"


def test_storing_tells_which_mailbox_changed() -> None:
    with transaction():
        db.session.execute(Mailbox.__table__.delete())  # type: ignore[attr-defined]
    peo = Entry("peo", "urp@altro.example", "Altro ente")
    assert store(PEC, peo) == Changes(added=("mailbox pec", "mailbox peo"))
    assert store(PEC, peo) == Changes()
    assert store(PEC, replace(peo, display_name="URP")) == Changes(changed=("mailbox peo",))


def test_a_channel_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="fax"):
        store(Entry("fax", "a@b.example", ""))


def test_the_setting_wins_over_the_office_file(app: Flask) -> None:
    store(PEC)
    app.config["URP"] = app.config["URP"].model_copy(update={"pec_address": "vera@pec.ente.example"})
    assert queries.sender("pec") == Sender("vera@pec.ente.example", "Altro ente")


def test_a_mailbox_nobody_named_is_not_found(app: Flask) -> None:
    with transaction():
        db.session.execute(Mailbox.__table__.delete())  # type: ignore[attr-defined]
    app.extensions.pop("office_data", None)
    with pytest.raises(NotFound):
        queries.sender("pec")
    assert queries.condition("pec") is None


def test_an_alarm_pauses_longer_each_time_and_ends_when_the_line_opens() -> None:
    for failures, seconds in enumerate((10, 20, 40, 60, 60)):
        with transaction():
            alarms.unreachable("peo", "connection refused", failures)
        found = condition("peo")
        assert (found.state, found.reason, found.failures) == ("active", "connection refused", failures + 1)
        assert seconds * 0.8 - 2 < pause(found).total_seconds() <= seconds * 1.2
        assert not found.may_try
    with transaction():
        alarms.working("peo")
    found = condition("peo")
    assert (found.state, found.reason, found.failures, found.may_try) == ("active", None, 0, True)


def test_a_stopped_mailbox_may_be_tried_again_within_five_minutes() -> None:
    with transaction():
        alarms.stop("pec", "535 no" + "x" * 500)
    found = condition("pec")
    assert (found.state, found.may_try, len(found.reason or "")) == ("stopped", False, 300)
    assert timedelta(minutes=3.9) < pause(found) <= timedelta(minutes=6)
    with transaction():
        db.session.execute(update(Mailbox).values(retry_at=db_now(-1)))
    assert condition("pec").may_try


def condition(kind: str) -> queries.Condition:
    found = queries.condition(kind)
    db.session.rollback()
    assert found is not None
    return found


def pause(found: queries.Condition) -> timedelta:
    assert found.retry_at is not None
    return found.retry_at - now()


@pytest.fixture
def office_file() -> Path:
    return Path(__file__).resolve().parents[2] / "office.toml"
