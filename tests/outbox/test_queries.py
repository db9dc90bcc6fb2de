"""What the case page, the command line and the health page ask of the outbox."""

import json

import pytest

from tests.factories.outbox import posted, put
from tests.smtp_scripted import Say, ScriptedSMTP
from urp.cases.open_case import Applicant, CaseToOpen, FirstWords, open_case
from urp.foundation.clock import now
from urp.foundation.db import db_now, transaction
from urp.offices import queries as offices
from urp.outbox import queries, send
from urp.outbox.states import State

pytestmark = pytest.mark.usefixtures("ctx")


def test_deliveries_of_a_case_tell_how_far_each_letter_came(case_id: int, server: ScriptedSMTP) -> None:
    server.play("rcpt", Say(550, "no such mailbox"), when="ambiente@")
    posted(1, case_id=case_id)
    posted(1, case_id=case_id, recipient="ambiente@ufficio.example", kind="office_message", mailbox="pec")
    posted(1, case_id=case_id, send_after_s=60)
    posted(1)
    send.drain("peo")
    send.drain("pec")
    told = queries.deliveries(case_id)
    assert [(item.kind, item.mailbox, item.state, item.code) for item in told] == [
        ("receipt", "peo", State.SENT, 250),
        ("office_message", "pec", State.DEAD, 550),
        ("receipt", "peo", State.QUEUED, None),
    ]
    assert told[1].text == "no such mailbox"
    assert told[0].recipient == "giulia.bianchi@posta.example"
    assert all(abs((item.at - now()).total_seconds()) < 60 for item in told)


def test_the_oldest_due_letter_has_an_age_and_waiting_ones_have_none() -> None:
    assert queries.oldest_due_age() is None
    posted(1, send_after_s=60)
    assert queries.oldest_due_age() is None
    old, _ = posted(2)
    put(old, State.QUEUED, next_at=db_now(-400))
    age = queries.oldest_due_age()
    assert age is not None
    assert 399 < age < 500


def test_mailboxes_due() -> None:
    posted(2)
    posted(1, mailbox="pec", send_after_s=60)
    assert queries.mailboxes_due() == ["peo"]
    assert queries.is_due("peo")
    assert not queries.is_due("pec")


def test_a_listing_shows_no_word_of_the_content() -> None:
    first, second = posted(2, subject="Segreto", text="Segretissimo")
    put(second, State.DEAD, last_code=550, last_text="no such mailbox")
    rows = queries.listing(["dead", "uncertain"], limit=10)
    assert [found.id for found in rows] == [second]
    assert queries.listing(["queued", "dead"], limit=1)[0].id == first
    assert "Segret" not in json.dumps(rows[0].as_dict()) + rows[0].as_line()
    assert rows[0].as_dict()["queued_at"] is not None
    assert rows[0].as_line().endswith("550 no such mailbox")


@pytest.fixture
def case_id(ctx: None) -> int:
    """A case of Giulia's."""
    at = now()
    topic = offices.topics()[0]
    facts = CaseToOpen(
        subject="Buca in via Roma",
        channel="web",
        language="it",
        topic_id=topic.id,
        office_id=topic.office_id,
        request_type_id=None,
        presented_at=at,
        promised_at=at,
        calendar_version="test",
        term_on=None,
    )
    giulia = Applicant("Giulia", "Bianchi", "giulia.bianchi@posta.example", None, "peo")
    with transaction():
        return open_case(facts, giulia, FirstWords("C’è una buca.")).id
