"""What the case page, the command line and the health page ask of the outbox."""

import json

import pytest

from tests.factories.outbox import arrived, posted, proofs, put, receipt_of, receive, row
from tests.factories.statements import counted
from tests.smtp_scripted import Say, ScriptedSMTP
from urp.cases.open_case import Applicant, CaseToOpen, FirstWords, open_case
from urp.foundation.clock import now
from urp.foundation.db import db, db_now, transaction
from urp.offices import queries as offices
from urp.outbox import queries, record_bounce, send
from urp.outbox.states import Alarm, State
from urp.outbox.told import Report, Status

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


def test_deliveries_tell_what_proves_each_step_in_two_statements(case_id: int) -> None:
    office, ordinary, quiet = (posted(1, case_id=case_id, mailbox=mailbox)[0] for mailbox in ("pec", "peo", "peo"))
    put(office, State.SENT, sent_at=db_now())
    put(ordinary, State.SENT)
    receive(office, "avvenuta_consegna", minutes=3)
    receive(office, "errore_consegna", minutes=2)
    receive(office, minutes=1)
    report = Report((row(ordinary)["message_id"],), (Status(None, "failed", "5.1.1", ""),))
    incoming = arrived("peo")
    with transaction():
        record_bounce.record(report, incoming_id=incoming)
    posted(3, case_id=case_id)
    with counted(db.engine) as seen:
        told = queries.deliveries(case_id)
    assert len(seen.statements) == 2
    first, second, third, *_rest = told
    assert [proof.kind for proof in first.evidence] == ["accepted", "failed", "delivered"]  # by the provider's clock
    assert (first.accepted_at, first.failed_at, first.delivered_at) == tuple(
        receipt_of(office, minutes=minutes).at for minutes in (1, 2, 3)
    )
    assert [proof.id for proof in first.evidence] == [kept["id"] for kept in proofs(office)][::-1]
    assert all(proof.incoming_id for proof in first.evidence)
    assert (first.state, first.certified, first.cause, first.alarm) == (State.DELIVERED, True, None, None)
    assert first.sent_at is not None
    assert (second.state, second.cause, second.evidence[0].receipt) == (State.FAILED, "unknown_address", "bounce")
    assert second.failed_at is not None
    assert (third.id, third.evidence, third.accepted_at, third.resend_of) == (quiet, (), None, None)


def test_alarms_are_counted_by_their_word() -> None:
    assert queries.alarms() == {}
    one, two, three, _none = posted(4)
    for letter, alarm in ((one, Alarm.LATE), (two, Alarm.LATE), (three, Alarm.NO_ACCEPTANCE)):
        put(letter, State.SENT, alarm=alarm.value)
    assert queries.alarms() == {Alarm.LATE: 2, Alarm.NO_ACCEPTANCE: 1}


def test_what_is_unsettled_waits_or_needs_care_or_has_an_alarm_and_no_successor() -> None:
    letters = dict(zip(State, posted(len(State)), strict=True))
    for where, letter in letters.items():
        put(letter, where)
    (alarmed,) = posted()
    put(alarmed, State.SENT, alarm="no_acceptance")
    (successor,) = posted()
    put(successor, State.SENT, resend_of=letters[State.DEAD])
    open_ones = {letters[where] for where in ("queued", "sending", "uncertain", "failed", "frozen")}
    assert {found.id for found in queries.unsettled(limit=50)} == open_ones | {alarmed}
    assert [found.id for found in queries.listing(["dead"], limit=50)] == [letters[State.DEAD]]
    assert len(queries.unsettled(limit=2)) == 2


def test_a_row_says_alarm_and_cause() -> None:
    (letter,) = posted()
    put(letter, State.FAILED, alarm="late", cause="mailbox_full")
    (found,) = queries.unsettled(limit=1)
    assert (found.as_dict()["alarm"], found.as_dict()["cause"]) == ("late", "mailbox_full")
    assert found.as_line().endswith("cause mailbox_full alarm late")


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


def test_a_letter_is_known_by_our_message_id_and_by_the_one_its_provider_put_in_its_place(case_id: int) -> None:
    first, second = (posted(1, case_id=case_id, mailbox="pec")[0] for _ in range(2))
    put(first, State.SENT)
    receive(first, identifier="opec292.20261124100203@gestore.example")
    ours = row(second)["message_id"]

    def known(*message_ids: str) -> int | None:
        letter = queries.cited(message_ids)
        return letter and letter.id

    assert known("<opec292.20261124100203@gestore.example>") == first
    assert known("<x@altrove.example>", ours, "<opec292.20261124100203@gestore.example>") == second
    assert known("<OPEC292.20261124100203@gestore.example>", "<opec292@gestore.example>") is None
    assert known() is None
