"""A person gives a waiting message its place: once, however often the button is pressed, and never with a traceback."""

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.factories.cases import letters, opened, put, text_of, view
from tests.factories.files import PDF
from tests.factories.incoming import arrived, cases, cited, entries, kept, mail, message, sent
from tests.factories.pec_samples import Provider
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.foundation.errors import WrongState
from urp.inbox.classify import read_message
from urp.inbox.reading import Reader, ReaderLost
from urp.inbox.store import store
from urp.inquiries import attach, take_in
from urp.inquiries.models import Attachment

STRANGER = "Giulia a casa <giulia@altrove.example>"
ENDLESS = mail("x", subject="Perché è così").replace(b"\r\n\r\n", b"\r\n" + b"X-A: b\r\n" * 2000 + b"\r\n", 1)


def run(app: Flask, *words: str) -> Result:
    """One command, its result without a traceback."""
    result = app.test_cli_runner().invoke(args=["inbox", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    db.session.rollback()
    return result


def a_held_message(app: Flask) -> tuple[int, str, int]:
    """Giulia's case, and her answer from another address that waits for a person."""
    case = opened()
    (row,) = arrived(mail("Ecco.", sender=STRANGER, answers=cited(case.id), files=[("relazione.pdf", PDF)]))
    assert row["state"] == "held"
    return row["id"], case.code, case.id


def test_attaching_puts_words_and_files_into_the_case_and_tells_its_office(app: Flask, ctx: None) -> None:
    incoming_id, code, case_id = a_held_message(app)

    result = run(app, "attach", f"{incoming_id}", code.lower())

    assert (result.exit_code, result.output) == (0, f"message {incoming_id}: attached\n")
    added = entries(case_id)[-1]
    assert (added.kind, added.body) == ("citizen_message", "Ecco.")
    assert [file["filename"] for file in added.data["files"]] == ["relazione.pdf"]
    assert added.actor == "other"  # the page must not show them as hers
    (letter,) = letters(app, "citizen_message")
    assert "Un’altra persona ha aggiunto un’informazione" in text_of(letter)
    assert (message(incoming_id)["state"], message(incoming_id)["case_id"]) == ("attached", case_id)


def test_pressing_twice_attaches_once(app: Flask, ctx: None) -> None:
    incoming_id, code, case_id = a_held_message(app)
    first, second = take_in.look_at(incoming_id), take_in.look_at(incoming_id)

    with transaction():
        assert take_in.attach(first, code)
    with transaction():
        assert not take_in.attach(second, code)

    assert run(app, "attach", f"{incoming_id}", code).output == f"message {incoming_id}: was attached before\n"
    assert [entry.kind for entry in entries(case_id)] == ["received", "citizen_message"]
    assert len(db.session.scalars(select(Attachment.id)).all()) == 1


def test_what_is_in_one_case_is_not_said_to_be_in_another(app: Flask, ctx: None) -> None:
    incoming_id, code, case_id = a_held_message(app)
    other = opened(subject="Un’altra buca")
    run(app, "attach", f"{incoming_id}", code)

    result = run(app, "attach", f"{incoming_id}", other.code)

    assert result.exit_code == 1
    assert code in result.output
    assert message(incoming_id)["case_id"] == case_id


def test_opening_makes_a_request_with_its_receipt(app: Flask, ctx: None) -> None:
    incoming_id, _code, case_id = a_held_message(app)

    result = run(app, "open", f"{incoming_id}")

    row = message(incoming_id)
    case = view(row["case_id"])
    assert case.id != case_id
    assert result.output == f"message {incoming_id}: opened {case.code}\n"
    assert case.applicant.email == "giulia@altrove.example"
    assert sent("receipt", case_id=case.id)[0]["recipient"] == "giulia@altrove.example"
    assert run(app, "open", f"{incoming_id}").output == f"message {incoming_id}: was opened before\n"
    assert cases() == 2


def test_two_who_open_at_once_open_one(app: Flask, ctx: None) -> None:
    incoming_id, _code, _case_id = a_held_message(app)
    first, second = take_in.look_at(incoming_id), take_in.look_at(incoming_id)

    with transaction():
        assert take_in.open_request(first)
    with transaction():
        assert take_in.open_request(second) is None

    assert cases() == 2


def test_what_a_machine_wrote_is_opened_without_an_answer(app: Flask, ctx: None) -> None:
    (row,) = arrived(mail(Auto_Submitted="auto-generated"))
    assert (row["state"], row["reason"]) == ("held", "automatic_unknown")

    assert run(app, "open", f"{row['id']}").exit_code == 0

    assert sent() == []
    assert entries(message(row["id"])["case_id"])[-1].data == {"why": "automatic"}


def test_an_envelope_to_others_is_opened_as_if_anybody_had_written_it(
    app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider()
    envelope = provider.envelope(mail("Salve."), sender="giulia@pec.posta.example", to="altro@pec.ente.example")
    monkeypatch.setattr(Reader, "read", lambda _self, raw: read_message(raw, provider.trust))
    (row,) = arrived(envelope, mailbox="pec")
    assert (row["state"], row["reason"]) == ("held", "envelope_not_trusted")

    assert run(app, "open", f"{row['id']}").exit_code == 0

    assert view(message(row["id"])["case_id"]).channel == "peo"


def test_spam_is_kept_with_its_reason(app: Flask, ctx: None) -> None:
    incoming_id, code, _case_id = a_held_message(app)

    assert run(app, "spam", f"{incoming_id}", "--reason", "pubblicità").exit_code == 0

    assert (message(incoming_id)["state"], message(incoming_id)["note"]) == ("spam", "pubblicità")
    assert run(app, "spam", f"{incoming_id}", "--reason", "x").output == f"message {incoming_id}: was spam before\n"
    assert run(app, "attach", f"{incoming_id}", code).exit_code == 1


def test_a_message_that_cannot_be_read_can_still_be_opened(app: Flask, ctx: None) -> None:
    (row,) = arrived(ENDLESS)
    assert row["state"] == "failed", row["note"]

    assert run(app, "open", f"{row['id']}").exit_code == 0

    case = view(message(row["id"])["case_id"])
    first, silence = entries(case.id)
    assert (case.subject, case.applicant.email) == ("Perché è così", "giulia.bianchi@posta.example")
    assert first.body == (
        "(Il messaggio originale non si può leggere: lo trovi tra gli allegati, così come è arrivato.)"
    )
    (file,) = db.session.scalars(select(Attachment).where(Attachment.case_id == case.id))
    assert (file.filename, attach.read(file.sha256)) == ("messaggio originale.eml", ENDLESS)
    assert (silence.data, sent()) == ({"why": "unreadable"}, [])


def test_of_a_message_too_large_the_headers_are_opened(app: Flask, ctx: None) -> None:
    head = mail("").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    with transaction():
        incoming_id = store("peo", head, received_at=now(), size=99_000_000).id

    assert run(app, "open", f"{incoming_id}").exit_code == 0

    case = view(message(incoming_id)["case_id"])
    assert case.subject == "Buca davanti alla scuola"
    assert entries(case.id)[0].body == (
        "(Il messaggio era troppo grande: abbiamo solo la sua intestazione. La trovi tra gli allegati.)"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("attach", "999", "URP-777-777"), "incoming message 999"),
        (("open", "999"), "incoming message 999"),
        (("spam", "999", "--reason", "x"), "IncomingMessage 999"),
    ],
)
def test_an_unknown_number_is_said_in_one_line(app: Flask, ctx: None, words: tuple[str, ...], said: str) -> None:
    result = run(app, *words)

    assert (result.exit_code, result.output) == (1, f"{said}\n")


@pytest.mark.parametrize("code", ["URP-AAA-AAB", "niente", ""])
def test_an_unknown_code_changes_nothing(app: Flask, ctx: None, code: str) -> None:
    incoming_id, _code, case_id = a_held_message(app)

    result = run(app, "attach", f"{incoming_id}", code)

    assert (result.exit_code, result.output) == (1, f"no request has the code {code}\n")
    assert message(incoming_id)["state"] == "held"
    assert len(entries(case_id)) == 1


def test_a_closed_case_takes_nothing_and_the_message_still_waits(app: Flask, ctx: None) -> None:
    incoming_id, code, case_id = a_held_message(app)
    put(case_id, "closed")

    result = run(app, "attach", f"{incoming_id}", code)

    assert (result.exit_code, result.output) == (1, f"case {case_id} is closed\n")
    assert message(incoming_id)["state"] == "held"
    assert db.session.scalars(select(Attachment.id)).all() == []


def test_what_nobody_has_read_yet_waits_for_its_reading(app: Flask, ctx: None) -> None:
    incoming_id = kept(mail())

    with pytest.raises(WrongState):
        take_in.look_at(incoming_id)
    assert run(app, "open", f"{incoming_id}").exit_code == 1


def test_what_the_office_wrote_stays_between_offices(app: Flask, ctx: None) -> None:
    case = opened()
    put(case.id, "closed")
    office = "infrastrutture@cittametropolitana.example"
    (row,) = arrived(mail("Fatto.", sender=office, answers=cited(case.id, "office_message")))
    put(case.id, "forwarded")

    assert run(app, "attach", f"{row['id']}", case.code).exit_code == 0

    assert entries(case.id)[-1].kind == "office_reply"


def test_what_bears_our_own_name_is_opened_without_writing_to_ourselves(app: Flask, ctx: None) -> None:
    (row,) = arrived(mail(sender="urp@cittametropolitana.example"))
    assert row["reason"] == "from_ourselves"

    run(app, "open", f"{row['id']}")

    assert entries(message(row["id"])["case_id"])[-1].data == {"why": "from_ourselves"}
    assert sent() == []


def test_a_reader_that_died_is_no_reason_to_call_a_message_unreadable(
    app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming_id, _code, _case_id = a_held_message(app)

    def die(_reader: Reader, _raw: bytes) -> None:
        raise ReaderLost("the reader died")

    monkeypatch.setattr(Reader, "read", die)
    result = run(app, "open", f"{incoming_id}")

    assert (result.exit_code, result.output) == (1, "the message could not be read just now: try again\n")
    assert message(incoming_id)["state"] == "held"
