"""The form of the door for those who work here."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from urp.web.forms import Needed, UrpForm


class PassForm(UrpForm):
    """The pass as it was printed; it never comes back to the page."""

    secret = PasswordField(
        _l("Il tuo lasciapassare"),
        validators=[Needed(_l("Scrivi il tuo lasciapassare"))],
        render_kw={"autocomplete": "current-password", "spellcheck": "false", "autocapitalize": "characters"},
    )
