"""Twenty messages that pretend to belong to a request: none joins it, none is lost, each waits with its reason."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.cases import opened
from tests.factories.incoming import GIULIA, arrived, cases, cited, entries, mail, sent
from urp.cases.queries import CaseView
from urp.foundation.db import db
from urp.inquiries.models import Attachment

STRANGER = "Giulia Bianchi <giulia.bianchi@altrove.example>"
OFFICE = "infrastrutture@cittametropolitana.example"
OURS = "urp@cittametropolitana.example"


@dataclass(frozen=True)
class Forgery:
    """A forged message about a case, and where it must end: held with a reason, opened apart, or automatic."""

    write: Callable[[CaseView], bytes]
    ends: str
    reason: str | None = None


def held(reason: str, write: Callable[[CaseView], bytes]) -> Forgery:
    return Forgery(write, "held", reason)


FORGERIES = {
    "the number in the subject": held("number_only", lambda case: mail(subject=f"Re: {case.code}")),
    "the number, written loosely": held(
        "number_only", lambda case: mail(subject=f"risposta a {case.code.lower().replace('-', ' ')}!")
    ),
    "the number, from a stranger": held("number_only", lambda case: mail(subject=case.code, sender=STRANGER)),
    "the number behind our own subject": held(
        "number_only",
        lambda case: mail(subject=f"R: Abbiamo ricevuto la tua domanda ({case.code})", sender=STRANGER),
    ),
    "the number as an encoded word": held(
        "number_only",
        lambda case: mail(subject=None).replace(
            b"From:", f"Subject: =?utf-8?q?{case.code.replace('-', '=2D')}?=\r\nFrom:".encode(), 1
        ),
    ),
    "a stolen Message-ID, own name": held(
        "other_sender", lambda case: mail(answers=cited(case.id), sender="ladro@altrove.example")
    ),
    "a stolen Message-ID, the citizen's name": held(
        "other_sender", lambda case: mail(answers=cited(case.id), sender=STRANGER)
    ),
    "a stolen Message-ID in References alone": held(
        "other_sender", lambda case: mail(sender=STRANGER, References=cited(case.id))
    ),
    "a stolen Message-ID among strange ones": held(
        "other_sender",
        lambda case: mail(sender=STRANGER, References=f"<a@altrove.example> {cited(case.id)} <b@altrove.example>"),
    ),
    "the citizen's address as a display name": held(
        "other_sender",
        lambda case: mail(answers=cited(case.id), sender='"giulia.bianchi@posta.example" <ladro@altrove.example>'),
    ),
    "the citizen only in Reply-To": held(
        "other_sender",
        lambda case: mail(answers=cited(case.id), sender="ladro@altrove.example", Reply_To=GIULIA),
    ),
    "the citizen only in Sender": held(
        "other_sender", lambda case: mail(answers=cited(case.id), sender="ladro@altrove.example", Sender=GIULIA)
    ),
    "an address one letter away": held(
        "other_sender", lambda case: mail(answers=cited(case.id), sender="giulia.bianch1@posta.example")
    ),
    "the citizen's letter, cited by the office": held(
        "other_sender", lambda case: mail(answers=cited(case.id), sender=OFFICE)
    ),
    "the office's letter, cited by a stranger": held(
        "other_sender", lambda case: mail(answers=cited(case.id, "office_message"), sender=STRANGER)
    ),
    "two senders at once": held(
        "no_sender",
        lambda case: mail(answers=cited(case.id)).replace(b"From:", b"From: ladro@altrove.example\r\nFrom:", 1),
    ),
    "our own address": held("from_ourselves", lambda case: mail(answers=cited(case.id), sender=OURS)),
    "a guessed Message-ID of ours": Forgery(
        lambda case: mail(answers=f"<{case.id}@cittametropolitana.example>"), "opened"
    ),
    "our Message-ID as its own": Forgery(lambda case: mail(message_id=cited(case.id)), "opened"),
    "X-Ricevuta in an ordinary mail": Forgery(
        lambda case: mail(
            sender="posta-certificata@gestore.example",
            X_Ricevuta="avvenuta-consegna",
            X_Riferimento_Message_ID=cited(case.id),
        ),
        "held",
        "receipt_not_trusted",
    ),
}


def test_there_are_twenty() -> None:
    assert len(FORGERIES) == 20


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_none_joins_the_case(app: Flask, ctx: None, forgery: Forgery) -> None:
    case = opened()
    before = [(entry.id, entry.body) for entry in entries(case.id)]
    letters = sent(case_id=case.id)

    (row,) = arrived(forgery.write(case))

    assert (row["state"], row["reason"]) == (forgery.ends, forgery.reason), row["note"]
    assert row["case_id"] != case.id
    assert [(entry.id, entry.body) for entry in entries(case.id)] == before
    assert sent(case_id=case.id) == letters
    assert db.session.scalars(select(Attachment.id)).all() == []
    assert cases() == (2 if forgery.ends == "opened" else 1)


@pytest.mark.parametrize(
    "name", [name for name, one in FORGERIES.items() if one.reason in ("number_only", "other_sender")]
)
def test_who_looks_at_it_is_told_which_request_it_may_be(app: Flask, ctx: None, name: str) -> None:
    case = opened()

    (row,) = arrived(FORGERIES[name].write(case))

    assert row["guess_case_id"] == case.id


def test_the_same_words_from_the_right_person_to_the_right_letter_join_it(app: Flask, ctx: None) -> None:
    case = opened()

    (row,) = arrived(mail(answers=cited(case.id)))

    assert (row["state"], row["case_id"]) == ("attached", case.id)


def test_the_contact_of_a_case_never_changes_by_mail(app: Flask, ctx: None) -> None:
    case = opened()

    arrived(mail(answers=cited(case.id), sender="Altra Persona <giulia.bianchi@posta.example>", Reply_To=STRANGER))

    (office,) = sent("citizen_message")
    assert office["recipient"] == OFFICE
    assert [letter["recipient"] for letter in sent("receipt")] == ["giulia.bianchi@posta.example"]


def test_who_was_written_to_by_pec_cannot_be_played_by_ordinary_mail(app: Flask, ctx: None) -> None:
    case = opened(topic="ambiente", person={"email": "giulia@pec.posta.example", "reply_by": "pec"})
    (office,) = sent("office_message", case_id=case.id)
    assert office["mailbox"] == "pec"
    before = len(entries(case.id))

    of_office = mail(sender=office["recipient"], answers=cited(case.id, "office_message"))
    of_citizen = mail(sender="giulia@pec.posta.example", answers=cited(case.id))

    for row in arrived(of_office, of_citizen):
        assert (row["state"], row["reason"], row["guess_case_id"]) == ("held", "other_sender", case.id)
    assert len(entries(case.id)) == before
