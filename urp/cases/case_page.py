"""What the page of a case shows, gathered from timeline, office data and outgoing mail."""

from dataclasses import asdict, dataclass
from typing import Any

from flask import url_for

from urp.cases import queries
from urp.cases.milestones import milestones
from urp.cases.models import TimelineEntry
from urp.cases.states import OPEN, CaseState
from urp.foundation.contacts import masked_email
from urp.offices import queries as offices
from urp.outbox import queries as outbox
from urp.web.language import chosen

AUTHORS = {"citizen": "citizen", "system": "office"}
STEPS = {"received": "received", "forwarded": "forwarded", "withdrawn": "withdrawn"}
SPOKEN = frozenset({"received", "citizen_message", "office_message"})


@dataclass(frozen=True)
class DeliveryLine:
    """One message on its way, with the address as far as the page may show it."""

    kind: str
    mailbox: str
    state: str
    at: Any
    recipient_masked: str | None


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
    return {
        "case": shown(case),
        "milestones": milestones(reached, case.state),
        "messages": [_message(case, entry) for entry in entries if entry.kind in SPOKEN and entry.body],
        "deliveries": [_delivery(case, item) for item in outbox.deliveries(case.id)],
        "can_write": case.state in OPEN,
        "can_withdraw": case.state in OPEN and case.state != CaseState.ANSWERED,
    }


def first_words(case: queries.CaseView) -> dict[str, Any] | None:
    """What was presented: the words, the topic's own answers, the files."""
    entries = [entry for entry in queries.timeline(case.id) if entry.kind == "received"]
    return _message(case, entries[0]) if entries else None


def _message(case: queries.CaseView, entry: TimelineEntry) -> dict[str, Any]:
    files = [
        {**file, "url": url_for("inquiries.attachment", code=case.code, attachment_id=file["id"])}
        for file in entry.data.get("files", ())
    ]
    return {
        "author": AUTHORS.get(entry.actor, "office"),
        "at": entry.at,
        "body": entry.body,
        "extras": entry.data.get("extras", ()),
        "attachments": files,
    }


def _delivery(case: queries.CaseView, item: outbox.Delivery) -> DeliveryLine:
    own = item.recipient == case.applicant.email
    return DeliveryLine(
        item.kind, item.mailbox, item.state, item.at, masked_email(item.recipient) if own else item.recipient
    )
