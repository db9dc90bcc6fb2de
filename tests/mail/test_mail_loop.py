"""Machines that answer machines: a receipt leaves at most once a day for each person, and never for a machine."""

import threading
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import update

from tests.factories.appointments import booked, seen
from tests.factories.cases import letters, opened, text_of
from tests.factories.incoming import arrived, cases, cited, entries, kept, mail, message, sent
from tests.factories.pec_samples import Provider
from urp.foundation.clock import now
from urp.foundation.db import db, db_now, transaction
from urp.inbox.models import MESSAGES
from urp.inbox.process import process_one
from urp.inquiries import mail_requests, queries

OUR_PEC = "urp@pec.cittametropolitana.example"


def a_day_later() -> None:
    """As if whatever has come had come a day earlier."""
    with transaction():
        db.session.execute(update(MESSAGES).values(settled_at=db_now(-24 * 3600 - 60)))


def echo(app: Flask) -> bytes:
    """Our last receipt, come back from a machine that hides what it is and what it answers."""
    receipt = letters(app, "receipt")[-1]
    return mail(text_of(receipt), sender="echo@posta.example", subject="R: il tuo messaggio")


def test_a_person_gets_one_receipt_a_day(app: Flask, ctx: None) -> None:
    arrived(*(mail(subject=f"Domanda {number}") for number in range(5)))
    assert (cases(), len(sent("receipt"))) == (5, 1)

    a_day_later()
    arrived(mail(subject="Il giorno dopo"), mail(subject="E ancora"))

    assert (cases(), len(sent("receipt"))) == (7, 2)


def test_the_person_counts_and_not_the_provider_that_all_share(app: Flask, ctx: None, provider: Provider) -> None:
    people = ["anna@pec.posta.example", "bruno@pec.posta.example", "anna@pec.posta.example"]
    raws = [
        provider.envelope(mail(sender=one), sender=one, to=OUR_PEC, message_id=f"<{n}@x>")
        for n, one in enumerate(people)
    ]

    rows = arrived(*raws, mailbox="pec")

    assert [row["state"] for row in rows] == ["opened"] * 3
    assert [letter["recipient"] for letter in sent("receipt")] == people[:2]


def test_a_machine_that_repeats_our_receipts_is_answered_once(app: Flask, ctx: None) -> None:
    arrived(mail(sender="echo@posta.example"))
    for _ in range(6):
        arrived(echo(app))

    assert len(sent()) == 1


def test_without_the_limit_it_would_be_answered_for_ever(
    app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "answered_lately", lambda *_: False)
    arrived(mail(sender="echo@posta.example"))
    for _ in range(6):
        arrived(echo(app))

    assert len(sent()) == 7


def test_what_a_person_adds_is_never_answered_by_a_machine(app: Flask, ctx: None) -> None:
    case = opened()
    before = len(sent(automatic=True))

    arrived(*(mail(f"E poi {number}.", answers=cited(case.id)) for number in range(12)))

    assert len(sent("citizen_message")) == 12
    assert len(sent(automatic=True)) == before


@pytest.mark.parametrize("mailbox", ["peo", "pec"])
def test_what_bears_our_own_name_is_never_answered(app: Flask, ctx: None, mailbox: str) -> None:
    rows = arrived(mail(sender="URP@cittametropolitana.example"), mail(sender=OUR_PEC), mailbox=mailbox)

    assert [(row["state"], row["reason"]) for row in rows] == [("held", "from_ourselves")] * 2
    assert sent() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=x"},
        {"Precedence": "junk"},
        {"List_Unsubscribe": "<https://posta.example>"},
        {"Return_Path": "<>"},
        {"sender": "MAILER-DAEMON@posta.example"},
        {"sender": "noreply@posta.example"},
        {"sender": "posta-certificata@gestore.example"},
    ],
    ids=lambda headers: next(iter(headers.items()))[1],
)
def test_a_machine_opens_nothing_and_hears_nothing(app: Flask, ctx: None, headers: dict[str, str]) -> None:
    (row,) = arrived(mail(**headers))

    assert (row["state"], row["reason"]) == ("held", "automatic_unknown")
    assert (cases(), sent()) == (0, [])


def test_an_automatic_answer_is_kept_with_the_case_it_speaks_of(app: Flask, ctx: None) -> None:
    case = opened()

    (row,) = arrived(mail("Sono in ferie.", answers=cited(case.id), Auto_Submitted="auto-replied"))

    assert (row["state"], row["case_id"]) == ("automatic", case.id)
    assert len(entries(case.id)) == 1
    assert sent("citizen_message") == []


@pytest.mark.parametrize("about_ours", [True, False])
def test_a_no_in_a_calendar_waits_for_nobody_and_gives_no_visit_up(app: Flask, ctx: None, about_ours: bool) -> None:
    visit = booked(at=now())
    case_id = visit.case_id or 0
    said = mail("ATTENDEE;PARTSTAT=DECLINED:", answers=cited(case_id, "appointment_confirmed") if about_ours else None)
    before = (sent(), entries(case_id))

    (row,) = arrived(said.replace(b"Content-Type: text/plain;", b"Content-Type: text/calendar; method=REPLY;"))

    assert (row["state"], row["case_id"]) == ("automatic", case_id if about_ours else None)
    assert ((sent(), entries(case_id)), seen(visit.id).state) == (before, "confirmed")


def test_a_certified_mail_is_heard_whatever_program_sent_it_and_never_answered_by_ours(
    app: Flask, ctx: None, provider: Provider
) -> None:
    anna = "anna@pec.posta.example"
    inner = mail("Chiedo l’atto.", sender=anna, Auto_Submitted="auto-generated", List_Id="<atti.posta.example>")

    (row,) = arrived(provider.envelope(inner, sender=anna, to=OUR_PEC), mailbox="pec")

    assert (row["state"], row["certified"], sent()) == ("opened", True, [])
    assert [(entry.kind, entry.data.get("why")) for entry in entries(row["case_id"])][-1] == (
        "no_receipt", "automatic",
    )  # fmt: skip


def test_a_certified_mail_from_a_program_joins_the_case_that_it_cites(
    app: Flask, ctx: None, provider: Provider
) -> None:
    giulia = "giulia.bianchi@pec.posta.example"
    case = opened(channel="pec", person={"email": giulia, "reply_by": "pec"})
    before = len(sent(automatic=True))
    inner = mail("Ecco.", sender=giulia, answers=cited(case.id), Precedence="bulk")

    (row,) = arrived(provider.envelope(inner, sender=giulia, to=OUR_PEC), mailbox="pec")

    assert (row["state"], row["case_id"]) == ("attached", case.id)
    assert entries(case.id)[-1].body == "Ecco."
    assert len(sent(automatic=True)) == before


def read_both_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> int:
    """Two mails of one person, read by two workers that count at the same moment; how many receipts leave."""
    meeting = threading.Barrier(2)
    count = queries.answered_lately

    def together(key: str, seconds: int) -> bool:
        found = count(key, seconds)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(3)
        return found

    def work(incoming_id: int) -> None:
        with app.app_context():
            process_one(incoming_id)

    monkeypatch.setattr(mail_requests.queries, "answered_lately", together)
    ids = [kept(mail()), kept(mail())]
    workers = [threading.Thread(target=work, args=(one,)) for one in ids]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [message(one)["state"] for one in ids] == ["opened"] * 2
    return len(sent("receipt"))


def test_two_workers_do_not_both_see_that_nobody_has_answered(
    app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_both_at_once(app, monkeypatch) == 1


def test_counting_without_peace_would_answer_twice(
    app: Flask, ctx: None, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "count_in_peace", lambda: None)

    only_one_writes_at_a_time = database_url.startswith("sqlite")
    assert read_both_at_once(app, monkeypatch) == (1 if only_one_writes_at_a_time else 2)
