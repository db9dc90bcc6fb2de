"""What the page of a case shows, gathered from timeline, office data and outgoing mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import Flask, current_app, url_for

from urp.cases import queries
from urp.cases.delivery_story import Step, story
from urp.cases.milestones import milestones
from urp.cases.models import TimelineEntry
from urp.cases.states import OPEN, CaseState
from urp.foundation.contacts import masked_email
from urp.offices import queries as offices
from urp.outbox import queries as outbox
from urp.web.language import chosen

AUTHORS = {"citizen": "citizen", "other": "other", "system": "office"}
STEPS = {"received": "received", "forwarded": "forwarded", "withdrawn": "withdrawn", "answer": "answered"}
SPOKEN = frozenset({"received", "citizen_message", "office_message", "answer"})
"""Entries that the citizen reads; all others are the office's own."""

LETTERS = frozenset(
    {
        *("receipt", "answer", "office_message", "citizen_message", "withdrawal", "case_link"),
        *("appointment_confirmed", "appointment_moved", "appointment_cancelled", "appointment_reminder"),
        *("appointment_offer", "appointment_waiting", "appointment_not_needed"),
    }
)
"""Letters that the citizen may know of, with their receipts."""


Part = Callable[[queries.CaseView, Mapping[str, Any]], dict[str, Any]]
"""What another room adds to the page: it gets the case and the page so far, and returns what it shows or replaces."""


@dataclass(frozen=True)
class DeliveryLine:
    """One message on its way, with the address as far as the page may show it, and the originals that prove it."""

    kind: str
    recipient_masked: str | None
    steps: tuple[Step, ...]
    receipts: tuple[outbox.EvidenceView, ...]


def init_app(app: Flask, parts: Sequence[Part]) -> None:
    """Tell the page which rooms add to it; the list is in `urp/switchboard.py`."""
    app.extensions["case_page_parts"] = tuple(parts)


def shown(case: queries.CaseView) -> dict[str, Any]:
    """The case with the names of its topic and office in the visitor's language."""
    topic = offices.topic_by_id(case.topic_id) if case.topic_id else None
    office = offices.office(case.office_id) if case.office_id else None
    return {
        **asdict(case),
        "applicant": case.applicant,
        "topic_title": topic.title(chosen()) if topic else None,
        "office_name": office.named(chosen()) if office else None,
    }


def context(case: queries.CaseView) -> dict[str, Any]:
    """All that `templates/cases/case.html` shows, but for its form."""
    entries = queries.timeline(case.id)
    reached = {STEPS[entry.kind]: entry.at for entry in reversed(entries) if entry.kind in STEPS}
    page: dict[str, Any] = {
        "case": shown(case),
        "milestones": milestones(reached, case.state),
        "messages": _messages(case, entries),
        "deliveries": _deliveries(case),
        "can_write": case.state in OPEN,
        "can_withdraw": case.state in OPEN and case.state != CaseState.ANSWERED,
    }
    for part in current_app.extensions["case_page_parts"]:
        page |= part(case, page)
    return page


def messages(case: queries.CaseView) -> list[dict[str, Any]]:
    """What citizen and office wrote to each other, oldest first."""
    return _messages(case, queries.timeline(case.id))


def first_words(case: queries.CaseView) -> dict[str, Any] | None:
    """What was presented: the words, the topic's own answers, the files."""
    entries = [entry for entry in queries.timeline(case.id) if entry.kind == "received"]
    return _message(case, entries[0]) if entries else None


def files_shown(case: queries.CaseView) -> set[int]:
    """The files that the citizen may take from the page; those of the office's own entries are not among them."""
    shown = filter(_is_for_the_citizen, queries.timeline(case.id))
    return {file["id"] for entry in shown for file in entry.data.get("files", ())}


def receipts(case: queries.CaseView) -> list[outbox.EvidenceView]:
    """What proves the fate of the letters that the citizen may know of."""
    return [one for letter in outbox.deliveries(case.id) if letter.kind in LETTERS for one in letter.evidence]


def _messages(case: queries.CaseView, entries: Sequence[TimelineEntry]) -> list[dict[str, Any]]:
    return [_message(case, entry) for entry in entries if _is_for_the_citizen(entry)]


def _is_for_the_citizen(entry: TimelineEntry) -> bool:
    return entry.kind in SPOKEN and bool(entry.body or entry.data.get("files"))


def _message(case: queries.CaseView, entry: TimelineEntry) -> dict[str, Any]:
    files = [
        {
            "filename": file["filename"],
            "size": file["size"],
            "url": url_for("inquiries.attachment", code=case.code, attachment_id=file["id"]),
        }
        for file in entry.data.get("files", ())
    ]
    return {
        "author": AUTHORS.get(entry.actor, "office"),
        "at": entry.at,
        "channel": case.channel if entry.kind == "received" else entry.data.get("channel"),
        "body": entry.body,
        "extras": entry.data.get("extras", ()),
        "attachments": files,
    }


def _deliveries(case: queries.CaseView) -> list[DeliveryLine]:
    letters = outbox.deliveries(case.id)
    resent = {letter.resend_of for letter in letters}
    return [
        DeliveryLine(
            letter.kind,
            masked_email(letter.recipient) if letter.recipient == case.applicant.email else letter.recipient,
            story(letter, resent=letter.id in resent),
            tuple(one for one in letter.evidence if one.incoming_id is not None),
        )
        for letter in letters
        if letter.kind in LETTERS
    ]
