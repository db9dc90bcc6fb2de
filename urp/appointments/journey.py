"""The three steps of a booking: what the draft knows, whether it is complete, what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import SelectChoice

from urp.appointments import bookable, offered, queries, slots
from urp.appointments.book import Booking
from urp.appointments.forms import NeedsForm, PersonForm, ReasonForm
from urp.appointments.queries import AppointmentView
from urp.appointments.states import State
from urp.cases.open_case import Applicant
from urp.foundation.contacts import looks_certified, parse_phone, phone_words
from urp.offices import queries as offices
from urp.offices.cards import TopicView
from urp.web import drafts
from urp.web.filters import moment_words
from urp.web.forms import tidy, tidy_line
from urp.web.language import chosen

JOURNEY = "appointment"
REASON_FIELDS = ("topic", "details", "start")
PERSON_FIELDS = ("given_name", "family_name", "email", "phone", "privacy")
LONGEST_KEPT = 20_000
MOST_NEEDS = 20


def open_draft() -> drafts.DraftView | None:
    """The booking this browser is working on; None if there is none, or it was confirmed."""
    draft = drafts.current(JOURNEY)
    return draft if draft and draft.sent_digest is None else None


def topics() -> list[TopicView]:
    """What one may come for, in the order of the page."""
    return [one for one in offices.topics() if one.allows_visit]


def reason_form(answers: Mapping[str, Any], posted: MultiDict[str, Any] | None = None) -> ReasonForm:
    """Step 1 with what was typed now, or what the draft remembers."""
    form = ReasonForm(formdata=posted if posted is not None else _as_posted(answers))
    form.topic.choices = [
        SelectChoice("", _("Scegli")),
        *(SelectChoice(one.slug, one.title(chosen())) for one in topics()),
    ]
    return form


def person_form(answers: Mapping[str, Any], posted: MultiDict[str, Any] | None = None) -> PersonForm:
    """Step 2 with what was typed now, or what the draft remembers."""
    form = PersonForm(formdata=posted if posted is not None else _as_posted(answers))
    form.only_by_email = waits(answers)
    offer_needs(form)
    return form


def offer_needs(form: NeedsForm | PersonForm) -> None:
    """Put the office's list of needs on a form."""
    needs = offices.institution().counter.needs
    english = chosen() == "en"
    form.needs.choices = [SelectChoice(one.slug, (english and one.title_en) or one.title) for one in needs]


def typed_reason(posted: MultiDict[str, Any]) -> dict[str, Any]:
    """What the draft should remember of step 1: every word, tidied, even where it is wrong."""
    kept = {name: (tidy_line(posted.get(name)) or "")[:LONGEST_KEPT] for name in REASON_FIELDS}
    return {**kept, "details": (tidy(posted.get("details")) or "")[:LONGEST_KEPT]}


def typed_person(posted: MultiDict[str, Any]) -> dict[str, Any]:
    """The same of step 2."""
    needs = [(tidy_line(one) or "")[:40] for one in posted.getlist("needs")[:MOST_NEEDS]]
    return {**{name: (tidy_line(posted.get(name)) or "")[:LONGEST_KEPT] for name in PERSON_FIELDS}, "needs": needs}


def waits(answers: Mapping[str, Any]) -> bool:
    """Whether this visitor goes on the waiting list instead of choosing a time."""
    return bool(answers.get("waiting"))


def wants_a_time(answers: Mapping[str, Any]) -> bool:
    """Whether step 1 is complete and names a time."""
    return not waits(answers) and reason_form(answers).is_complete()


def ticks(answers: Mapping[str, Any]) -> int:
    """How long the visit of this draft would be, as far as it is known."""
    topic = next((one for one in topics() if one.slug == answers.get("topic")), None)
    known = {one.slug for one in offices.institution().counter.needs}
    return bookable.length(topic, [one for one in answers.get("needs", ()) if one in known])


def start(answers: Mapping[str, Any]) -> datetime | None:
    """The time on the form, if it can be read."""
    return offered.readable(answers.get("start"))


def own_hold(answers: Mapping[str, Any]) -> AppointmentView | None:
    """The hold of this draft, alive or not, that nobody has ended yet."""
    held = queries.appointment(answers["hold"]) if answers.get("hold") else None
    return held if held and held.state == State.HELD else None


def is_alive(held: AppointmentView, at: datetime) -> bool:
    """Whether the time is still kept at that instant."""
    return held.expires_at is not None and held.expires_at >= at


def live_hold(answers: Mapping[str, Any], at: datetime) -> AppointmentView | None:
    """The time that is kept for this draft now."""
    held = own_hold(answers)
    return held if held and is_alive(held, at) else None


@dataclass(frozen=True)
class Progress:
    """How far a draft has come; `missing` names the first step that is not complete."""

    missing: str | None
    reason: ReasonForm
    person: PersonForm


def progress(answers: Mapping[str, Any]) -> Progress:
    """Check the whole draft again, as if it were posted now."""
    reason, person = reason_form(answers), person_form(answers)
    complete = reason.is_complete() or (waits(answers) and not set(reason.errors) - {"start"})
    missing = None if complete and (waits(answers) or start(answers)) else "reason"
    return Progress(missing or (None if person.is_complete() else "person"), reason, person)


def booking(done: Progress) -> Booking:
    """The complete booking of a draft without anything missing."""
    person = done.person
    email = person.email.data or None
    return Booking(
        topic=done.reason.topic.data,
        details=done.reason.details.data or "",
        applicant=Applicant(
            given_name=person.given_name.data,
            family_name=person.family_name.data,
            email=email,
            phone=parse_phone(person.phone.data) if person.phone.data else None,
            reply_by="phone" if email is None else "pec" if looks_certified(email) else "peo",
        ),
        needs=tuple(person.needs.data or ()),
        language=chosen(),
        channel="web",
    )


def summary_groups(done: Progress, answers: Mapping[str, Any], step1: str, step2: str) -> list[dict[str, Any]]:
    """What the citizen checks before confirming, with the way back to each answer."""
    wanted = booking(done)
    person = wanted.applicant
    needs = [str(choice.label) for choice in done.person.needs.choices if choice.value in wanted.needs]
    at = start(answers)
    when, lasting = _("Lista d’attesa"), _("%(num)s minuti", num=ticks(answers) * slots.TICK_S // 60)
    visit = [
        (_("Giorno e ora"), when if waits(answers) or at is None else f"{capital(moment_words(at))} ({lasting})"),
        (_("Argomento"), offices.topic(done.reason.topic.data).title(chosen())),
        (_("Dettagli"), wanted.details),
    ]
    reached = [
        (_("Nome e cognome"), person.full_name),
        (_("E-mail"), person.email or ""),
        (_("Telefono"), phone_words(person.phone) if person.phone else ""),
        (_("Esigenze"), needs or _("Nessuna")),
    ]
    return [
        {"title": _("La visita"), "rows": [_row(*pair, step1) for pair in visit]},
        {"title": _("I tuoi dati"), "rows": [_row(*pair, step2) for pair in reached]},
    ]


def capital(words: str) -> str:
    """The words with a capital letter in front: days begin small in Italian."""
    return words[:1].upper() + words[1:]


def _row(label: str, value: Any, href: str) -> dict[str, Any]:
    return {"label": label, "value": value, "href": href, "hidden": label.lower()}


def _as_posted(answers: Mapping[str, Any]) -> MultiDict[str, Any]:
    pairs = [(name, value) for name, value in answers.items() if isinstance(value, str) and value]
    return MultiDict([*pairs, *(("needs", one) for one in answers.get("needs", ()))])
