"""The forms of the follow-up page: add a message, ask for the link."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from urp.web.forms import AtMost, EmailField, Needed, UrpForm

LONGEST_MESSAGE = 2000


class MessageForm(UrpForm):
    """Words to add to a case."""

    body = TextAreaField(
        _l("Aggiungi un’informazione"),
        validators=[
            Needed(_l("Scrivi che cosa vuoi aggiungere")),
            AtMost(LONGEST_MESSAGE),
        ],
    )


class FollowForm(UrpForm):
    """Code and address; whether they belong together is never said."""

    code = StringField(
        _l("Codice"),
        validators=[Needed(_l("Scrivi il codice della richiesta, per esempio URP-7M3-T2C"))],
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    )
    email = EmailField(_l("E-mail usata nella richiesta"))
