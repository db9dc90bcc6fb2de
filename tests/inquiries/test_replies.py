"""A message joins its case when it cites our letter and comes from the right person; else somebody looks at it."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.factories.cases import letters, opened, put, text_of
from tests.factories.files import JPG, PDF
from tests.factories.incoming import GIULIA, arrived, cases, cited, entries, mail, sent
from urp.channels.routing import PEC_LIMIT
from urp.foundation.db import db, transaction
from urp.foundation.versions import bump
from urp.inquiries import replies
from urp.offices.models import Office
from urp.outbox.models import MESSAGES

OFFICE = "Area Infrastrutture <infrastrutture@cittametropolitana.example>"


def test_the_citizens_answer_joins_the_case_with_its_files(app: Flask, ctx: None) -> None:
    case = opened()

    (row,) = arrived(mail("Ecco la foto.", answers=cited(case.id), files=[("foto.jpg", JPG), ("piano.exe", b"MZ")]))

    assert (row["state"], row["case_id"], cases()) == ("attached", case.id, 1)
    added = entries(case.id)[-1]
    assert (added.kind, added.actor, added.body, added.at) == (
        "citizen_message", "citizen", "Ecco la foto.", row["received_at"],
    )  # fmt: skip
    assert (added.data["incoming"], added.data["channel"]) == (row["id"], "peo")
    assert [file["filename"] for file in added.data["files"]] == ["foto.jpg", "piano.exe"]


def test_the_office_reads_the_answer_and_gets_its_files(app: Flask, ctx: None) -> None:
    case = opened()

    arrived(mail("Ecco la foto.", answers=cited(case.id), files=[("foto.jpg", JPG), ("relazione.pdf", PDF)]))

    (letter,) = letters(app, "citizen_message")
    assert letter["To"].addresses[0].addr_spec == "infrastrutture@cittametropolitana.example"
    assert "Ecco la foto." in text_of(letter)
    assert "ALLEGATI\n- foto.jpg (" in text_of(letter)
    assert [part.get_payload(decode=True) for part in letter.iter_attachments()] == [JPG, PDF]
    assert letter["Auto-Submitted"] is None  # the office may answer


def test_an_answer_too_large_for_pec_goes_to_the_ordinary_mailbox(app: Flask, ctx: None) -> None:
    case = opened(topic="ambiente")
    large = bytes(PEC_LIMIT * 3 // 4)

    arrived(mail("Ecco.", answers=cited(case.id), files=[("piano.bin", large)]))

    (letter,) = sent("citizen_message")
    assert (letter["mailbox"], letter["recipient"]) == ("peo", "ambiente@cittametropolitana.example")


def test_files_that_no_mailbox_of_the_office_takes_are_named_and_left_behind(app: Flask, ctx: None) -> None:
    with transaction():
        for office in db.session.scalars(select(Office)):
            office.pec_address, office.peo_address = "ufficio@pec.cittametropolitana.example", None
        bump("offices")
    case = opened(topic="ambiente")

    (row,) = arrived(mail("Ecco.", answers=cited(case.id), files=[("piano.bin", bytes(PEC_LIMIT * 3 // 4))]))

    assert row["state"] == "attached"
    (letter,) = letters(app, "citizen_message")
    assert list(letter.iter_attachments()) == []
    assert "Sono troppo grandi per la vostra casella: chiedeteli a noi." in text_of(letter)


def test_an_answer_to_a_request_that_no_office_knows_of_is_only_kept(app: Flask, ctx: None) -> None:
    (first,) = arrived(mail())

    (second,) = arrived(mail("E ancora una cosa.", answers=cited(first["case_id"])))

    assert (second["state"], second["case_id"]) == ("attached", first["case_id"])
    assert [letter["kind"] for letter in sent()] == ["receipt"]


def test_the_office_answers_to_us_and_the_citizen_does_not_read_it(app: Flask, ctx: None) -> None:
    case = opened()

    (row,) = arrived(mail("Ci pensiamo giovedì.", sender=OFFICE, answers=cited(case.id, "office_message")))

    assert (row["state"], row["case_id"]) == ("attached", case.id)
    reply = entries(case.id)[-1]
    assert (reply.kind, reply.actor, reply.body) == ("office_reply", "office", "Ci pensiamo giovedì.")
    assert [letter["kind"] for letter in sent()] == ["receipt", "office_message"]


@pytest.mark.parametrize("state", ["closed", "withdrawn"])
@pytest.mark.parametrize(("sender", "letter"), [(GIULIA, "receipt"), (OFFICE, "office_message")])
def test_a_case_that_is_over_takes_nothing_more(app: Flask, ctx: None, state: str, sender: str, letter: str) -> None:
    case = opened()
    put(case.id, state)

    (row,) = arrived(mail("E allora?", sender=sender, answers=cited(case.id, letter)))

    assert (row["state"], row["reason"], row["guess_case_id"]) == ("held", "case_closed", case.id)


def test_who_opened_by_pec_goes_on_by_pec(app: Flask, ctx: None) -> None:
    case = opened(channel="pec")

    (row,) = arrived(mail(answers=cited(case.id)))

    assert (row["state"], row["reason"]) == ("held", "other_sender")


def test_the_twenty_first_request_of_an_hour_waits_for_a_person(app: Flask, ctx: None) -> None:
    rows = arrived(*(mail(subject=f"Buca numero {number}") for number in range(22)))

    assert [row["state"] for row in rows] == ["opened"] * 20 + ["held"] * 2
    assert {row["reason"] for row in rows[20:]} == {"too_many"}
    assert cases() == 20


def test_many_people_may_write_at_once(app: Flask, ctx: None) -> None:
    rows = arrived(*(mail(sender=f"persona{number}@posta.example") for number in range(22)))

    assert {row["state"] for row in rows} == {"opened"}


def test_the_limit_is_what_holds_them(app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "MOST_IN_AN_HOUR", 30)

    assert {row["state"] for row in arrived(*(mail(subject=f"{number}") for number in range(22)))} == {"opened"}


def test_a_letter_that_belongs_to_no_case_ties_to_none(app: Flask, ctx: None) -> None:
    """The link to a draft: whoever answers it asks something new."""
    case = opened()
    with transaction():
        db.session.execute(update(MESSAGES).values(case_id=None, kind="draft_link"))
    (letter, _) = sent()

    (row,) = arrived(mail(answers=letter["message_id"]))

    assert row["state"] == "opened"
    assert row["case_id"] != case.id
