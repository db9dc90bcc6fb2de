"""The letters of a request: receipt, message to the office, what follows, link to a draft."""

import re
from collections.abc import Sequence
from typing import Any

from urp.cases import queries as cases
from urp.cases import secret_link
from urp.cases.events import CaseAnswered, CaseWithdrawn, MessageAdded
from urp.channels.routing import Addresses, Route, TooLargeForPec, encoded_size, route
from urp.foundation.clock import now
from urp.foundation.references import hash_token
from urp.foundation.settings import settings
from urp.inquiries import attach, queries
from urp.inquiries.events import DraftSaved, QuestionSubmitted, RequestMailed
from urp.inquiries.queries import RECEIPT, FileView
from urp.offices import queries as offices
from urp.offices.cards import OfficeView, TopicView
from urp.outbox.compose import Enclosure, Envelope, post
from urp.web import letter_text

OURS = "it"
"""Letters between offices are in Italian, whatever language the citizen chose."""

TO_OFFICES = frozenset({"office_message", "citizen_message", "withdrawal"})
"""Kinds of letters that a competent office reads and may answer."""


def receipt_to_citizen(event: QuestionSubmitted) -> None:
    """The receipt that the law wants at once (L. 241/1990 art. 18-bis), on the channel the citizen chose."""
    _receipt(event)


def receipt_of_mail(event: RequestMailed) -> None:
    """The same for a request that came by mail, as an answer to it, unless no machine may answer."""
    if event.silent is None:
        _receipt(event, by_mail=True, in_reply_to=event.answers)


def question_to_office(event: QuestionSubmitted) -> None:
    """The question with its files, to the PEC or PEO of the office its topic belongs to."""
    topic, office = _concerned(event.case.topic_id, event.case.office_id)
    assert office is not None  # every topic of the form has one
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
    files = _enclosures(event.files)
    _post(words, way.mailbox, way.recipient, office.name, "office_message", event.case_id, attachments=files)


def message_to_office(event: MessageAdded) -> None:
    """What the citizen added, words and files, to the office that has the question."""
    files = queries.files(event.files)
    words = {"body": event.body, "from_other": event.from_other}
    _follow_up(event.case_id, "citizen_message", f"{event.entry_id}", files, **words)


def withdrawal_to_office(event: CaseWithdrawn) -> None:
    """The office need not answer any more."""
    _follow_up(event.case_id, "withdrawal", "once")


def answer_to_citizen(event: CaseAnswered) -> None:
    """What the office answered, on the channel the citizen chose; to be said aloud where there is no address."""
    case = cases.case_by_id(event.case_id)
    assert case is not None
    person = case.applicant
    if person.email is None:
        return
    formal = person.reply_by == "pec"
    words = letter_text.render(
        "inquiries/mail/answer",
        language=case.language,
        case=case,
        contact=person,
        body=event.body,
        link=f"{settings().public_url}/l/{secret_link.issue_link(event.case_id, now())}",
        formal=formal,
    )
    key = f"{event.case_id}:answer:{event.entry_id}"
    box = "pec" if formal else "peo"
    _post(words, box, person.email, person.full_name, "answer", event.case_id, dedupe_key=key)


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


def _receipt(
    event: QuestionSubmitted | RequestMailed, *, by_mail: bool = False, in_reply_to: str | None = None
) -> None:
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
        by_mail=by_mail,
    )
    _post(
        words,
        "pec" if formal else "peo",
        person.email,
        person.full_name,
        RECEIPT,
        event.case_id,
        automatic=True,
        in_reply_to=in_reply_to,
    )


def _follow_up(case_id: int, kind: str, which: str, files: Sequence[FileView] = (), **context: Any) -> None:
    case = cases.case_by_id(case_id)
    assert case is not None
    topic, office = _concerned(case.topic_id, case.office_id)
    if office is None:
        return  # it came by mail and no office knows of it yet
    way, carried = _way_for(topic, office, files)
    words = letter_text.render(
        f"inquiries/mail/{kind}",
        language=OURS,
        with_html=False,
        case=case,
        contact=case.applicant,
        office=office,
        files=files,
        left_behind=len(carried) < len(files),
        **context,
    )
    key = f"{case_id}:{kind}:{which}"
    enclosures = _enclosures(carried)
    _post(words, way.mailbox, way.recipient, office.name, kind, case_id, dedupe_key=key, attachments=enclosures)


def _way_for(
    topic: TopicView | None, office: OfficeView, files: Sequence[FileView]
) -> tuple[Route, Sequence[FileView]]:
    """Where the letter goes and the files it carries: none when no mailbox of the office would take them."""
    try:
        return _way(topic, office, encoded_size(file.size for file in files)), files
    except TooLargeForPec:
        return _way(topic, office, 0), ()


def _way(topic: TopicView | None, office: OfficeView, size: int) -> Route:
    house = offices.institution()
    return route(
        topic.channel if topic else None,
        Addresses(office.pec_address, office.peo_address),
        Addresses(str(house.pec), str(house.email)),
        size_bytes=size,
    )


def _enclosures(files: Sequence[FileView]) -> tuple[Enclosure, ...]:
    return tuple(Enclosure(file.filename, file.media_type, attach.read(file.sha256)) for file in files)


def _concerned(topic_id: int | None, office_id: int | None) -> tuple[TopicView | None, OfficeView | None]:
    topic = offices.topic_by_id(topic_id) if topic_id is not None else None
    return topic, offices.office(office_id) if office_id is not None else None


def _named(event: QuestionSubmitted | RequestMailed, language: str) -> dict[str, Any]:
    topic, office = _concerned(event.case.topic_id, event.case.office_id)
    return {
        "code": event.code,
        "subject": event.case.subject,
        "presented_at": event.case.presented_at,
        "promised_at": event.case.promised_at,
        "term_on": event.case.term_on,
        "topic_title": topic.title(language) if topic else None,
        "office_name": office.named(language) if office else None,
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
    in_reply_to: str | None = None,
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
        in_reply_to=in_reply_to,
    )
    post([envelope])
