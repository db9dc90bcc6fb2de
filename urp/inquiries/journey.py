"""The three steps of a question: what the draft knows, whether it is complete, what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import SelectChoice

from urp.cases.open_case import Applicant
from urp.foundation import file_names
from urp.foundation.contacts import looks_certified, parse_phone, phone_words
from urp.inquiries import attach, file_types, forms, queries
from urp.inquiries.queries import FileView
from urp.inquiries.submit import NewQuestion
from urp.offices import queries as offices
from urp.offices.institution import MIB
from urp.web import drafts
from urp.web.filters import kilobytes
from urp.web.forms import FormError, UrpForm, tidy, tidy_line
from urp.web.language import chosen

JOURNEY = "question"
QUESTION_FIELDS = ("topic", "subject", "body")
CONTACT_FIELDS = ("given_name", "family_name", "email", "phone", "reply_by", "privacy")
LONGEST_KEPT = 20_000


def open_draft() -> drafts.DraftView | None:
    """The question this browser is working on; None if there is none, or it was sent."""
    draft = drafts.current(JOURNEY)
    return draft if draft and draft.sent_digest is None else None


@dataclass(frozen=True)
class Step1:
    """The first step: its form, and for each topic that has some, the form of its own fields."""

    form: forms.QuestionForm
    own: Mapping[str, UrpForm]

    @property
    def chosen_own(self) -> UrpForm | None:
        """The own fields of the chosen topic."""
        return self.own.get(self.form.topic.data or "")

    def validate(self) -> bool:
        """Check the form and the own fields of the chosen topic."""
        fine = self.form.validate()
        return (self.chosen_own is None or self.chosen_own.validate()) and fine

    def is_complete(self) -> bool:
        """The same for answers that were posted before."""
        return self.form.is_complete() and (self.chosen_own is None or self.chosen_own.is_complete())

    @property
    def errors(self) -> list[FormError]:
        """All errors, for the summary."""
        return self.form.summary + (self.chosen_own.field_errors if self.chosen_own else [])

    def drop_errors(self, but: str) -> None:
        """Forget the errors of all fields but one: nobody has asked for them yet."""
        for field in [*self.form, *(self.chosen_own or ())]:
            if field.name != but:
                field.errors = []


def step1(answers: Mapping[str, Any], posted: MultiDict[str, Any] | None = None) -> Step1:
    """Step 1 with what was typed now, or what the draft remembers."""
    source = posted if posted is not None else _as_posted(answers)
    form = forms.QuestionForm(formdata=source)
    form.topic.choices = [SelectChoice(one.slug, one.title(chosen())) for one in offices.topics()]
    own = {
        one.slug: forms.own_fields(one.slug, one.extra_fields, chosen())(
            formdata=_own_answers(source) if one.slug == form.topic.data else None
        )
        for one in offices.topics()
        if one.extra_fields
    }
    return Step1(form, own)


def contacts_form(answers: Mapping[str, Any], posted: MultiDict[str, Any] | None = None) -> forms.ContactsForm:
    """Step 2 with what was typed now, or what the draft remembers."""
    source = posted if posted is not None else _as_posted(answers)
    if "reply_by" not in source:
        source = MultiDict([*source.items(multi=True), ("reply_by", "peo")])
    return forms.ContactsForm(formdata=source)


def typed(posted: MultiDict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """What the draft should remember of a posted step: every word, tidied, even where it is wrong."""
    asked = {f"extra-{field.name}" for topic in offices.topics() for field in topic.extra_fields}
    own = {name: value for name, value in _own_answers(posted).items() if name in asked}
    kept = {name: posted.get(name) or "" for name in fields} | own
    cleaners = {"body": tidy}
    return {name: (cleaners.get(name, tidy_line)(value) or "")[:LONGEST_KEPT] for name, value in kept.items()}


def take_files(
    draft: drafts.DraftView, uploads: Sequence[FileStorage], files: Sequence[FileView]
) -> tuple[list[int], list[str]]:
    """Keep the welcome ones of the uploaded files; returns their ids and a message for each refused one."""
    limits = offices.institution().limits
    kept: list[int] = []
    refused: list[str] = []
    total = sum(file.size for file in files)
    for upload in uploads:
        name = file_names.safe(upload.filename or "") or "file"
        data = upload.stream.read(limits.max_file_bytes + 1)
        if fault := _fault(name, data, len(files) + len(kept), total):
            refused.append(fault)
            continue
        kept.append(attach.keep(draft.id, attach.Upload(name, data)))
        total += len(data)
    return kept, refused


@dataclass(frozen=True)
class Progress:
    """How far a draft has come; `missing` names the first step that is not complete."""

    missing: str | None
    question: Step1
    contacts: forms.ContactsForm


def progress(answers: Mapping[str, Any]) -> Progress:
    """Check the whole draft again, as if it were posted now."""
    question, contacts = step1(answers), contacts_form(answers)
    missing = None
    if not question.is_complete():
        missing = "question"
    elif not contacts.is_complete():
        missing = "contacts"
    return Progress(missing, question, contacts)


def new_question(done: Progress, answers: Mapping[str, Any], channel: str = "web") -> NewQuestion:
    """The complete question of a draft without anything missing."""
    form, person = done.question.form, done.contacts
    labels = {f"extra-{field.name}": field.text("label", "it") for field in offices.topic(form.topic.data).extra_fields}
    own = done.question.chosen_own or ()
    extras = tuple((labels[field.name], field.data) for field in own if field.data)  # the office reads Italian
    certified = person.reply_by.data == "peo" and looks_certified(person.email.data)
    return NewQuestion(
        topic=form.topic.data,
        subject=form.subject.data,
        body=form.body.data,
        extras=extras,
        attachment_ids=tuple(answers.get("files", ())),
        applicant=Applicant(
            given_name=person.given_name.data,
            family_name=person.family_name.data,
            email=person.email.data,
            phone=parse_phone(person.phone.data) if person.phone.data else None,
            reply_by="pec" if certified else person.reply_by.data,
        ),
        channel=channel,
        language=chosen(),
    )


def summary_groups(done: Progress, question: NewQuestion, step1: str, step2: str) -> list[dict[str, Any]]:
    """What the citizen checks before sending, with the way back to each answer."""
    person = question.applicant
    own = done.question.chosen_own or ()
    words = {"peo": _("Per e-mail"), "pec": _("Per PEC"), "phone": _("Per telefono")}
    files = [f"{file.filename} ({kilobytes(file.size)})" for file in queries.files(question.attachment_ids)]
    asked = [
        (_("Argomento"), offices.topic(question.topic).title(chosen())),
        *((str(field.label.text), field.data) for field in own if field.data),
        (_("Oggetto"), question.subject),
        (_("Domanda"), question.body),
        (_("Allegati"), files or _("Nessuno")),
    ]
    reached = [
        (_("Nome e cognome"), person.full_name),
        (_("E-mail"), person.email),
        (_("Telefono"), phone_words(person.phone) if person.phone else ""),
        (_("Risposta"), words[person.reply_by]),
    ]
    return [
        {"title": _("La tua domanda"), "rows": [_row(*pair, step1) for pair in asked]},
        {"title": _("I tuoi recapiti"), "rows": [_row(*pair, step2) for pair in reached]},
    ]


def _row(label: str, value: Any, href: str) -> dict[str, Any]:
    return {"label": label, "value": value, "href": href, "hidden": label.lower()}


def _as_posted(answers: Mapping[str, Any]) -> MultiDict[str, Any]:
    return MultiDict({name: value for name, value in answers.items() if isinstance(value, str) and value})


def _own_answers(source: MultiDict[str, Any]) -> MultiDict[str, Any]:
    """The answers to own fields; fields of other topics are on the page too, hidden and empty."""
    names = [name for name in source if name.startswith("extra-")]
    return MultiDict({name: next(filter(None, source.getlist(name)), "") for name in names})


def _fault(name: str, data: bytes, already: int, total: int) -> str | None:
    limits = offices.institution().limits
    if len(data) > limits.max_file_bytes:
        return _('Il file "%(name)s" pesa più di %(size)s MB', name=name, size=limits.max_file_bytes // MIB)
    match file_types.fault_of(name, data):
        case file_types.Fault.EMPTY:
            return _('Il file "%(name)s" è vuoto', name=name)
        case file_types.Fault.TYPE:
            return _('Il file "%(name)s" non va bene: usa PDF, JPG, PNG, ODT, DOCX o P7M', name=name)
        case file_types.Fault.LOCKED:
            return _('Il file "%(name)s" è protetto da password', name=name)
    if already >= limits.max_files:
        return ngettext("Puoi allegare un solo file", "Puoi allegare al massimo %(num)s file", limits.max_files)
    if total + len(data) > limits.max_total_bytes:
        return _(
            'Con il file "%(name)s" gli allegati pesano più di %(size)s MB in tutto',
            name=name,
            size=limits.max_total_mb,
        )
    return None
