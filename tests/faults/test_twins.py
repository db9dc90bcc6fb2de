"""F26: two offices with this program write to each other for an hour, and fall silent after three automatic mails."""

import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.conftest import DATABASES, TwoDatabases, test_settings
from tests.factories import incoming
from tests.factories.cases import opened
from tests.faults import campaign
from urp.app import create_app
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.foundation.versions import bump
from urp.inbox.store import store
from urp.inquiries import queries
from urp.offices.models import Office
from urp.outbox.models import MESSAGES
from urp.outbox.states import State

MINUTES = 60
MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress")
THREADS = ("In-Reply-To", "References", "Subject")
MOST = 3


@dataclass
class Twin:
    """An office with its program; `passed` counts what it has handed over to the other, `automatic` of it."""

    app: Flask
    address: str
    passed: int = 0
    automatic: int = 0

    def writes(self, stripped: tuple[str, ...], to: str) -> list[bytes]:
        """Its letters to this address that have not left yet, as they arrive there."""
        with self.app.app_context():
            found = select(MESSAGES.c.id, MESSAGES.c.raw, MESSAGES.c.automatic).order_by(MESSAGES.c.id)
            rows = db.session.execute(found.where(MESSAGES.c.state == State.QUEUED, MESSAGES.c.recipient == to)).all()
            if rows:
                with transaction():
                    gone = update(MESSAGES).where(MESSAGES.c.id.in_([row.id for row in rows]))
                    db.session.execute(gone.values(state=State.SENT.value, sent_at=now()))
        self.passed += len(rows)
        self.automatic += sum(row.automatic for row in rows)
        return [without(row.raw, stripped) for row in rows]

    def reads(self, raws: list[bytes]) -> None:
        """One poll of its mailbox."""
        if not raws:
            return
        with self.app.app_context():
            for raw in raws:
                with transaction():
                    store("peo", raw, received_at=now())
            incoming.read_all()

    def asks(self, **person: str) -> None:
        """A question on its page goes to the office that has the twin's address."""
        with self.app.app_context():
            opened(person=person)


@dataclass(frozen=True)
class Twins:
    """Both, and the way between them."""

    one: Twin
    other: Twin

    def write_for_an_hour(self, stripped: tuple[str, ...], minutes: int = MINUTES) -> None:
        """Every minute each reads what the other wrote."""
        for _minute in range(minutes):
            self.other.reads(self.one.writes(stripped, self.other.address))
            self.one.reads(self.other.writes(stripped, self.one.address))

    @property
    def automatic(self) -> int:
        """Automatic mails that passed between the two."""
        return self.one.automatic + self.other.automatic

    @property
    def passed(self) -> int:
        """All mails that passed between the two."""
        return self.one.passed + self.other.passed


def without(raw: bytes, headers: tuple[str, ...]) -> bytes:
    """The letter after a relay that drops some headers."""
    letter = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.SMTP)
    for name in headers:
        del letter[name]
    return letter.as_bytes() if headers else raw


@pytest.fixture(params=DATABASES)
def twins(request: pytest.FixtureRequest, databases: TwoDatabases, tmp_path: Path) -> Iterator[Twins]:
    """Two offices, each with the other's mailbox as that of its own offices."""
    made, urls = [], []
    for name in ("milano", "bari"):
        url = databases.fresh(request.param)
        urls.append(url)
        address = f"urp@{name}.example"
        made.append(Twin(create_app(test_settings(url, tmp_path / name, peo_address=address)), address))
    for twin, other in (made, made[::-1]):
        with twin.app.app_context(), transaction():
            db.session.execute(update(Office).values(pec_address=None, peo_address=other.address))
            bump("offices")
    yield Twins(*made)
    for twin, url in zip(made, urls, strict=True):
        with twin.app.app_context():
            db.session.remove()
            db.engine.dispose()
        databases.drop(url)


def each_sends_a_question(twins: Twins) -> None:
    """A citizen of each, whose question belongs to the other."""
    twins.one.asks()
    twins.other.asks()


def one_is_the_others_citizen(twins: Twins) -> None:
    """The other's mailbox is both who asks and who should answer."""
    twins.one.asks(email=twins.other.address)


def a_mail_in_the_others_name(twins: Twins) -> None:
    """Somebody forged it, and watches."""
    twins.one.reads([incoming.mail(sender=twins.other.address)])


STARTS = (each_sends_a_question, one_is_the_others_citizen, a_mail_in_the_others_name)
WAYS = {"untouched": (), "marks stripped": MARKS, "marks and threads stripped": MARKS + THREADS}


@pytest.mark.parametrize("stripped", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.__name__)
def test_twins_fall_silent(twins: Twins, start: Callable[[Twins], None], stripped: tuple[str, ...]) -> None:
    start(twins)

    twins.write_for_an_hour(stripped)

    assert 1 <= twins.automatic <= MOST
    passed = twins.passed
    twins.write_for_an_hour(stripped, minutes=2)
    assert twins.passed == passed <= 6
    with twins.one.app.app_context():
        campaign.note("F26 twin offices answer each other", db.engine.dialect.name, 1)


def test_without_the_limit_they_would_not(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "answered_lately", lambda *_: False)
    a_mail_in_the_others_name(twins)

    twins.write_for_an_hour(MARKS + THREADS, minutes=2)

    assert twins.automatic == 4 > MOST
