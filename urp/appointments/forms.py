"""The forms of a visit: reason and time, who comes, what they need; every word a citizen may read back."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import ValidationError

from urp.foundation.contacts import ContactError, parse_phone
from urp.web.forms import LONGEST_NAME, AtMost, EmailField, Needed, UrpForm, no_web_address, tidy_line

LONGEST_DETAILS = 600


class EmailIfAny(EmailField):
    """An address that may be left out."""

    def pre_validate(self, form: Any) -> None:
        """Parse what was typed, if anything was; raises StopValidation."""
        if self.data:
            super().pre_validate(form)


def _time_field() -> Any:
    """The radio tiles: what was posted is judged by the calendar, not by a list that may be old."""
    wanted = Needed(_l("Scegli un giorno e un’ora"))
    return RadioField(_l("Giorno e ora"), choices=[], validators=[wanted], validate_choice=False)


def _needs_field() -> Any:
    return SelectMultipleField(_l("Di che cosa hai bisogno allo sportello?"), choices=[], validate_choice=False)


class ReasonForm(UrpForm):
    """Step 1: why, and when; `start` is an instant in ISO 8601 with its offset."""

    topic = SelectField(_l("Di che cosa vuoi parlare?"), validate_choice=False)
    details = TextAreaField(_l("Dettagli"), validators=[AtMost(LONGEST_DETAILS)])
    start = _time_field()

    def validate_topic(self, field: Field) -> None:
        """One of the topics that allow visits."""
        if not field.data or field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_l("Scegli un argomento"))


class NeedsForm(UrpForm):
    """What a visitor needs at the counter: some of the office's own list."""

    needs = _needs_field()

    def validate_needs(self, field: Field) -> None:
        """Only what the office offers."""
        if set(field.data or ()) - {choice.value for choice in field.choices}:
            raise ValidationError(_l("Scegli tra le esigenze dell’elenco"))


class PersonForm(UrpForm):
    """Step 2: who comes, and how to reach them; on the waiting list only by e-mail."""

    given_name = StringField(
        _l("Nome"),
        validators=[Needed(_l("Scrivi il tuo nome")), AtMost(LONGEST_NAME), no_web_address],
    )
    family_name = StringField(
        _l("Cognome"),
        validators=[Needed(_l("Scrivi il tuo cognome")), AtMost(LONGEST_NAME), no_web_address],
    )
    email = EmailIfAny(_l("E-mail"), filters=(tidy_line,))
    phone = StringField(_l("Telefono"), render_kw={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
    needs = _needs_field()
    privacy = BooleanField(
        _l("Ho letto l’informativa sulla privacy"),
        validators=[Needed(_l("Conferma di aver letto l’informativa sulla privacy"))],
        render_kw={"value": "y"},
    )
    only_by_email = False
    validate_needs = NeedsForm.validate_needs

    def validate_email(self, field: Field) -> None:
        """One of e-mail and telephone will do; offers of the waiting list travel by e-mail."""
        if not field.data and self.only_by_email:
            raise ValidationError(_l("Scrivi la tua e-mail: ti avvisiamo lì quando si libera un posto"))
        if not field.data and not self.phone.data:
            raise ValidationError(_l("Scrivi la tua e-mail o il tuo telefono"))

    def validate_phone(self, field: Field) -> None:
        """Any way of writing a number will do."""
        try:
            if field.data:
                parse_phone(field.data)
        except ContactError:
            raise ValidationError(_l("Scrivi un numero di telefono, per esempio 333 123 4567")) from None


class BookForm(NeedsForm):
    """A visit for a question that is already here: only what is not known yet."""

    start = _time_field()


class MoveForm(UrpForm):
    """Another time for a visit."""

    start = _time_field()
