"""What a person reads when a time cannot be had, or when something about a visit has just changed."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from urp.appointments import bookable
from urp.offices import queries as offices
from urp.web.language import chosen

NO_LUCK = frozenset({"same-time", "offer-gone", "over", "off", "second", "no-wish", "draft-gone"})
"""Notices that tell why nothing happened."""

NEW_TIMES = frozenset({"booked", "moved"})
"""Notices of a time that the citizen has just got, and gets a letter of."""


def refusal_words(why: str, start: datetime | None) -> str:
    """Why this start cannot be booked: the reasons of `bookable.refusal`, and taken, format, no_offset, too_long."""
    reason = why == "holiday" and start and bookable.why_closed(start, 1, "en" if chosen() == "en" else "it")
    words = {
        "past": _("Questo orario è già passato."),
        "too_soon": _("Per quel giorno ormai si prenota solo per telefono."),
        "beyond": _("Quel giorno è troppo lontano: non si può ancora prenotare."),
        "holiday": _("Quel giorno lo sportello è chiuso: %(reason)s.", reason=reason),
        "closed": _("In quel momento lo sportello è chiuso."),
        "off_grid": _("Questo orario non è tra quelli da prenotare."),
        "taken": _("Un’altra persona ha appena preso questo orario."),
        "too_long": _("Per la tua visita serve più tempo, e a quell’ora non c’è abbastanza posto."),
    }
    said = words.get(why, _("Non riconosciamo questo orario."))
    another = _("Scegline un altro: il resto è rimasto come l’hai scritto.")
    return f"{said} {another}"


def notice_words(notice: str) -> str | None:
    """What has just happened to a visit; None for a notice that is not ours."""
    return {
        "draft-gone": _("Non troviamo più la tua prenotazione: era scaduta o è già confermata. Puoi farne una nuova."),
        "moved": _("Abbiamo spostato il tuo appuntamento."),
        "same-time": _("L’appuntamento era già a quest’ora: non è cambiato niente."),
        "cancelled": _("Hai disdetto l’appuntamento. Il posto va a un’altra persona."),
        "listed": _("Sei in lista d’attesa. Conserva il codice: ti serve per seguire la richiesta."),
        "coming": _("Grazie: ti aspettiamo."),
        "wished": _("Va bene: se si libera un orario prima, ti scriviamo."),
        "unwished": _("Va bene: non ti scriviamo più se si libera un orario."),
        "accepted": _("Fatto: l’orario è tuo."),
        "declined": _("Va bene: l’orario va a un’altra persona."),
        "offer-gone": _("Questo orario non è più disponibile."),
        "over": _("Questo appuntamento non si può più cambiare."),
        "off": _("L’appuntamento è annullato."),
        "second": second_visit_words(by_mail=True),
        "no-wish": _("Per la lista d’attesa ci serve la tua e-mail. Puoi anche telefonarci."),
    }.get(notice)


def second_visit_words(*, by_mail: bool) -> str:
    """Why nobody gets a second visit, and what to do about the first.

    Whoever types the address or number of somebody else learns here that they have a visit, and nothing of it:
    day, code and name stay with them. The limits of the sender and of the address are spent before it is said.
    """
    phone = offices.institution().phone
    if by_mail:
        return _(
            "Con questi recapiti non possiamo fissare un secondo appuntamento. Se ne hai già uno, lo sposti o lo "
            "disdici dal link della conferma, oppure da «Segui la richiesta». Puoi anche chiamarci: %(phone)s.",
            phone=phone,
        )
    return _(
        "Con questo numero non possiamo fissare un secondo appuntamento. Se ne hai già uno e vuoi spostarlo o "
        "disdirlo, chiamaci: %(phone)s.",
        phone=phone,
    )


def summary_trouble(why: str, *, by_mail: bool) -> str:
    """Why the summary was not confirmed as it stood; `by_mail` if an e-mail address was typed."""
    return {
        "changed": _("Nel frattempo hai cambiato i dati in un’altra finestra. Controlla di nuovo e conferma."),
        "other-body": _("Con questo modulo hai già prenotato. Controlla i dati e premi di nuovo «Conferma»."),
        "already-booked": second_visit_words(by_mail=by_mail),
    }.get(
        why,
        _("La pagina è rimasta aperta troppo a lungo. I tuoi dati ci sono ancora: premi di nuovo «Conferma»."),
    )


def often_words(minutes: int) -> str:
    """Why nobody changes the time of a visit again and again."""
    return str(
        ngettext(
            "Hai già cambiato orario più volte. Riprova tra %(num)s minuto, oppure chiamaci: troviamo insieme "
            "l’orario giusto.",
            "Hai già cambiato orario più volte. Riprova tra %(num)s minuti, oppure chiamaci: troviamo insieme "
            "l’orario giusto.",
            minutes,
        )
    )
