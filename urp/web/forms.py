"""The base of every form: Italian messages, kept words, errors gathered for the summary."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import Field, MultipleFileField, RadioField, StringField, TextAreaField
from wtforms.validators import StopValidation, ValidationError

from urp.foundation.contacts import ContactError, parse_email

EXPIRED = _l("La pagina è rimasta aperta troppo a lungo. I tuoi dati ci sono ancora: premi di nuovo Continua")
BAD_ADDRESS = _l("Scrivi l’indirizzo e-mail nel formato corretto, per esempio nome@esempio.it")
LONGEST_NAME = 100
WEB_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)
UNREADABLE = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000)]))
"""C0 and C1 controls but tab and line ends, and halves of characters: no header, file or letter can hold them."""
_CLEAN = str.maketrans("\u2028\u2029", "\n\n", UNREADABLE)


@dataclass(frozen=True)
class FormError:
    """One line of the error summary: the words, and where the field is."""

    text: str
    href: str


def tidy(value: str | None) -> str | None:
    """What a person typed without what they cannot see: control characters and outer spaces."""
    return value.translate(_CLEAN).replace("\r\n", "\n").replace("\r", "\n").strip() if value else value


def tidy_line(value: str | None) -> str | None:
    """The same on one line: a subject or a name with a line break would break the header it goes into."""
    return " ".join((tidy(value) or "").splitlines()).replace("\t", " ") if value else value


class EmailField(StringField):
    """An address that can be reached; its data is the parsed address."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        looks = {"type": "email", "autocomplete": "email", "spellcheck": "false", "inputmode": "email"}
        super().__init__(label, render_kw={**looks, **kwargs.pop("render_kw", {})}, **kwargs)

    data: Any

    def pre_validate(self, form: Any) -> None:
        """Parse what was typed; raises StopValidation with the words that say how to write it."""
        try:
            self.data = parse_email(self.data or "")
        except ContactError:
            raise StopValidation(BAD_ADDRESS) from None


CLEANERS: dict[type[Field], Callable[[str | None], str | None]] = {
    StringField: tidy_line,
    EmailField: tidy_line,
    TextAreaField: tidy,
}


class UrpForm(FlaskForm):
    """A form that answers wrong input with words, and loses nothing of what was typed."""

    class Meta:
        """WTForms' own switches; the token is checked for all views in `web/csrf.py`."""

        csrf = False

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            """Tidy the text of every field before it is checked."""
            if cleaner := CLEANERS.get(unbound_field.field_class):
                unbound_field.kwargs["filters"] = (cleaner, *_others(unbound_field.kwargs.get("filters", ())))
            return unbound_field.bind(form=form, **options)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form_errors: list[str] = []

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what was posted; a page left open too long is an error of the form, not the end of it."""
        fine = self.is_complete(extra_validators)
        if g.get("csrf_expired"):
            self.form_errors.append(str(EXPIRED))
            return False
        return fine

    def is_complete(self, extra_validators: Any = None) -> bool:
        """Check the fields alone: for answers that were posted before."""
        return bool(super().validate(extra_validators))

    @property
    def summary(self) -> list[FormError]:
        """All errors in the order of the page, one for each field; a radio's link goes to its first choice."""
        return [FormError(str(text), "#main") for text in self.form_errors] + self.field_errors

    @property
    def field_errors(self) -> list[FormError]:
        """The errors of the fields alone: the first of each, all of a field for files."""
        return [
            FormError(str(text), f"#{_target(field)}")
            for field in self
            for text in (field.errors if isinstance(field, MultipleFileField) else field.errors[:1])
        ]


class Needed:
    """The field must have something in it; the message says what to write."""

    field_flags = {"required": True}

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, form: Any, field: Field) -> None:
        if not field.data or (isinstance(field.data, str) and not _can_be_seen(field.data)):
            raise ValidationError(self.message)


def text_too_long(surplus: int) -> str:
    """What to do about a text that is longer than its field."""
    return str(
        ngettext(
            "Il testo è troppo lungo: togli %(num)s carattere",
            "Il testo è troppo lungo: togli %(num)s caratteri",
            surplus,
        )
    )


class AtMost:
    """The text may not be longer; `words` say how many characters to take away."""

    def __init__(self, length: int, words: Callable[[int], str] = text_too_long) -> None:
        self.length = length
        self.words = words

    def __call__(self, form: Any, field: Field) -> None:
        surplus = len(field.data or "") - self.length
        if surplus > 0:
            raise ValidationError(self.words(surplus))


def no_web_address(_form: Any, field: Field) -> None:
    """A name is not a place for links: our confirmation would carry them to whoever's address was typed."""
    if WEB_ADDRESS.search(field.data or ""):
        raise ValidationError(_l("Scrivi solo il nome, senza indirizzi web o e-mail"))


def _others(filters: Sequence[Any]) -> list[Any]:
    return [one for one in filters if one not in (tidy, tidy_line)]


def _can_be_seen(text: str) -> bool:
    """False for marks of direction and width alone, which look like an empty field."""
    return any(unicodedata.category(char)[0] not in "CZ" for char in text)


def _target(field: Field) -> str:
    return f"{field.id}-0" if isinstance(field, RadioField) else field.id
