"""The letters of a question: receipt, message to the office, what follows, link to a draft."""

import re
from typing import Any

from urp.cases import queries as cases
from urp.cases.events import CaseWithdrawn, MessageAdded
from urp.channels.routing import Addresses, Route, encoded_size, route
from urp.foundation.references import hash_token
from urp.foundation.settings import settings
from urp.inquiries import attach
from urp.inquiries.events import DraftSaved, QuestionSubmitted
from urp.offices import queries as offices
from urp.offices.cards import OfficeView, TopicView
from urp.outbox.compose import Enclosure, Envelope, post
from urp.web import letter_text

OURS = "it"
"""Letters between offices are in Italian, whatever language the citizen chose."""


def receipt_to_citizen(event: QuestionSubmitted) -> None:
    """The receipt that the law wants at once (L. 241/1990 art. 18-bis), on the channel the citizen chose."""
    person = event.applicant
    if person.email is None:
        return  # said aloud and printed instead
    formal = person.reply_by == "pec"
    words = letter_text.render(
        "inquiries/mail/receipt",
        language=event.case.language,
        case=_named(event, event.case.language),
        contact=person,
        question_subject=without_links(event.case.subject),
        promised_at=event.case.promised_at,
        link=f"{settings().public_url}/l/{event.token}",
        formal=formal,
    )
    _post(words, "pec" if formal else "peo", person.email, person.full_name, "receipt", event.case_id, automatic=True)


def question_to_office(event: QuestionSubmitted) -> None:
    """The question with its files, to the PEC or PEO of the office its topic belongs to."""
    topic = offices.topic_by_id(event.case.topic_id)
    office = offices.office(event.case.office_id)
    files = tuple(Enclosure(file.filename, file.media_type, attach.read(file.sha256)) for file in event.files)
    way = _way(topic, office, encoded_size(file.size for file in event.files))
    words = letter_text.render(
        "inquiries/mail/office_message",
        language=OURS,
        with_html=False,
        case=_named(event, OURS),
        contact=event.applicant,
        body=event.body,
        extras=event.extras,
        in_english=event.case.language == "en",
        files=event.files,
    )
    _post(words, way.mailbox, way.recipient, office.name, "office_message", event.case_id, attachments=files)


def message_to_office(event: MessageAdded) -> None:
    """What the citizen added, to the office that has the question."""
    _follow_up(event.case_id, "citizen_message", f"{event.entry_id}", body=event.body)


def withdrawal_to_office(event: CaseWithdrawn) -> None:
    """The office need not answer any more."""
    _follow_up(event.case_id, "withdrawal", "once")


def resume_link(event: DraftSaved) -> None:
    """The link with which the draft is taken up again, on this or another device."""
    words = letter_text.render(
        "web/mail/draft",
        language=event.language,
        link=f"{settings().public_url}/richieste/nuova/riprendi/{event.token}",
    )
    key = f"draft:{event.draft_id}:{hash_token(event.token).hex()[:16]}"
    _post(words, "peo", event.email, None, "draft_link", None, dedupe_key=key, automatic=True)


def without_links(text: str) -> str:
    """A subject that may be quoted in a letter to an address nobody has proved: links are written apart."""
    return re.sub(r"(?i)\b(https?|ftp)://|\bwww\.", lambda found: found[0].replace(":", " ").replace(".", " "), text)


def _follow_up(case_id: int, kind: str, which: str, **context: Any) -> None:
    case = cases.case_by_id(case_id)
    assert case is not None
    assert case.topic_id is not None
    assert case.office_id is not None
    office = offices.office(case.office_id)
    way = _way(offices.topic_by_id(case.topic_id), office, 0)
    words = letter_text.render(
        f"inquiries/mail/{kind}",
        language=OURS,
        with_html=False,
        case=case,
        contact=case.applicant,
        office=office,
        **context,
    )
    key = f"{case_id}:{kind}:{which}"
    _post(words, way.mailbox, way.recipient, office.name, kind, case_id, dedupe_key=key)


def _way(topic: TopicView, office: OfficeView, size: int) -> Route:
    house = offices.institution()
    return route(
        topic.channel,
        Addresses(office.pec_address, office.peo_address),
        Addresses(str(house.pec), str(house.email)),
        size_bytes=size,
    )


def _named(event: QuestionSubmitted, language: str) -> dict[str, Any]:
    topic = offices.topic_by_id(event.case.topic_id)
    office = offices.office(event.case.office_id)
    return {
        "code": event.code,
        "subject": event.case.subject,
        "presented_at": event.case.presented_at,
        "promised_at": event.case.promised_at,
        "term_on": event.case.term_on,
        "topic_title": topic.title(language),
        "office_name": office.named(language),
    }


def _post(
    words: letter_text.LetterText,
    mailbox: str,
    recipient: str,
    name: str | None,
    kind: str,
    case_id: int | None,
    *,
    dedupe_key: str | None = None,
    attachments: tuple[Enclosure, ...] = (),
    automatic: bool = False,
) -> None:
    envelope = Envelope(
        mailbox=mailbox,  # type: ignore[arg-type]
        recipient=recipient,
        recipient_name=name,
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachments=attachments,
        kind=kind,
        case_id=case_id,
        dedupe_key=dedupe_key or f"{case_id}:{kind}",
        automatic=automatic,
    )
    post([envelope])
