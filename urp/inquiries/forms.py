"""The forms of a question and of its answer, and the words for what a mail left out."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import (
    BooleanField,
    Field,
    MultipleFileField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from urp.foundation.contacts import ContactError, is_surely_ordinary, parse_phone
from urp.offices.entries import ExtraField
from urp.web.forms import LONGEST_NAME, AtMost, EmailField, Needed, UrpForm, no_web_address

LONGEST_SUBJECT = 120
LONGEST_QUESTION = 2000
LONGEST_EXTRA = 300
LONGEST_ANSWER = 5000


NO_SUBJECT = _l("Richiesta senza oggetto")
NO_TEXT = _l("(Messaggio senza testo)")
SHORTENED = _l("(Il messaggio è più lungo: il testo intero è tra gli allegati.)")
UNREADABLE = _l("(Il messaggio originale non si può leggere: lo trovi tra gli allegati, così come è arrivato.)")
ORIGINAL_NAME = _l("messaggio originale.eml")
HEADERS_ONLY = _l("(Il messaggio era troppo grande: abbiamo solo la sua intestazione. La trovi tra gli allegati.)")
"""What stands in a request for words that a mail did not bring."""


def question_too_long(surplus: int) -> str:
    """What to do about a question that is longer than its field."""
    return str(
        ngettext(
            "La domanda è troppo lunga: togli %(num)s carattere",
            "La domanda è troppo lunga: togli %(num)s caratteri",
            surplus,
        )
    )


class QuestionForm(UrpForm):
    """Step 1: topic, subject, question, files."""

    topic = RadioField(_l("Di che cosa hai bisogno?"), validate_choice=False)
    subject = StringField(
        _l("In poche parole, di che cosa si tratta?"),
        validators=[Needed(_l("Scrivi di che cosa si tratta")), AtMost(LONGEST_SUBJECT)],
    )
    body = TextAreaField(
        _l("Scrivi la tua domanda"),
        validators=[
            Needed(_l("Scrivi la tua domanda")),
            AtMost(LONGEST_QUESTION, question_too_long),
        ],
    )
    attachments = MultipleFileField(_l("Allegati"))

    def validate_topic(self, field: Field) -> None:
        """One of the topics on offer."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_l("Scegli un argomento"))


class ContactsForm(UrpForm):
    """Step 2: who asks and how the answer should travel."""

    given_name = StringField(
        _l("Nome"),
        validators=[Needed(_l("Scrivi il tuo nome")), AtMost(LONGEST_NAME), no_web_address],
        render_kw={"autocomplete": "given-name"},
    )
    family_name = StringField(
        _l("Cognome"),
        validators=[Needed(_l("Scrivi il tuo cognome")), AtMost(LONGEST_NAME), no_web_address],
        render_kw={"autocomplete": "family-name"},
    )
    email = EmailField(_l("E-mail"))
    phone = StringField(_l("Telefono"), render_kw={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
    reply_by = RadioField(
        _l("Come vuoi ricevere la risposta?"),
        choices=[
            SelectChoice("peo", _l("Per e-mail")),
            SelectChoice("pec", _l("Per PEC")),
            SelectChoice("phone", _l("Per telefono")),
        ],
        default="peo",
        validate_choice=False,
    )
    privacy = BooleanField(
        _l("Ho letto l’informativa sulla privacy"),
        validators=[Needed(_l("Conferma di aver letto l’informativa sulla privacy"))],
        render_kw={"value": "y"},
    )

    def validate_email(self, field: Field) -> None:
        """A certified address when the answer should come by PEC; a name cannot prove one, but some exclude it."""
        if self.reply_by.data == "pec" and is_surely_ordinary(field.data):
            raise ValidationError(_l("Per ricevere una PEC ci serve un indirizzo PEC"))

    def validate_phone(self, field: Field) -> None:
        """Optional, unless the answer should come by phone; any way of writing a number will do."""
        if not field.data and self.reply_by.data != "phone":
            return
        try:
            parse_phone(field.data or "")
        except ContactError:
            raise ValidationError(_l("Scrivi un numero di telefono, per esempio 333 123 4567")) from None

    def validate_reply_by(self, field: Field) -> None:
        """One of the three ways."""
        if field.data not in ("peo", "pec", "phone"):
            raise ValidationError(_l("Scegli come vuoi ricevere la risposta"))


class ResumeForm(UrpForm):
    """Where to send the link with which a draft is taken up again."""

    email = EmailField(_l("E-mail"))


class AnswerForm(UrpForm):
    """What an operator answers."""

    body = TextAreaField(
        _l("Scrivi la risposta"),
        validators=[Needed(_l("Scrivi la risposta per la persona")), AtMost(LONGEST_ANSWER)],
    )


@lru_cache(maxsize=100)
def own_fields(topic: str, fields: tuple[ExtraField, ...], language: str) -> type[UrpForm]:
    """The fields that one topic asks for itself, named `extra-<name>`; ids tell equal names of two topics apart."""
    made = {f"extra-{field.name}": _own_field(topic, field, language) for field in fields}
    return type("OwnFields", (UrpForm,), made)


def _one_of(choices: Sequence[SelectChoice], words: Any) -> Callable[[Any, Field], None]:
    known = {choice.value for choice in choices}

    def check(_form: Any, field: Field) -> None:
        if field.data and field.data not in known:
            raise ValidationError(words)

    return check


def _own_field(topic: str, field: ExtraField, language: str) -> Any:
    label = field.text("label", language)
    kept = {"id": f"extra-{topic}-{field.name}", "description": field.text("help", language)}
    wanted = _l("Compila il campo «%(label)s»", label=label)
    validators: list[Any] = [AtMost(LONGEST_EXTRA)]
    if field.required:
        validators.insert(0, Needed(wanted))
    if field.kind == "choice":
        choices = [SelectChoice("", _l("Scegli")), *(SelectChoice(*pair) for pair in field.choice_pairs(language))]
        validators.append(_one_of(choices, wanted))
        return SelectField(label, choices=choices, validators=validators, validate_choice=False, **kept)
    return StringField(label, validators=validators, **kept)
