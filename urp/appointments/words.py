"""What a person reads when a time cannot be had, or when something about a visit has just changed."""

from flask_babel import gettext as _

NO_LUCK = frozenset({"same-time", "offer-gone", "over", "no-wish", "draft-gone"})
"""Notices that tell why nothing happened."""


def refusal_words(why: str) -> str:
    """Why this time cannot be booked: the reasons of `bookable.refusal`, and taken, format, no_offset, too_long."""
    words = {
        "past": _("Questo orario è già passato."),
        "too_soon": _("Per quel giorno ormai si prenota solo per telefono."),
        "beyond": _("Quel giorno è troppo lontano: non si può ancora prenotare."),
        "holiday": _("Quel giorno è festa e lo sportello è chiuso."),
        "closed": _("In quel momento lo sportello è chiuso."),
        "off_grid": _("Questo orario non è tra quelli da prenotare."),
        "taken": _("Un’altra persona ha appena preso questo orario."),
        "too_long": _("Per la tua visita serve più tempo, e a quell’ora non c’è abbastanza posto."),
    }
    said = words.get(why, _("Non riconosciamo questo orario."))
    return f"{said} {_('Scegline un altro: il resto è rimasto come l’hai scritto.')}"


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
        "no-wish": _("Per la lista d’attesa ci serve la tua e-mail. Puoi anche telefonarci."),
    }.get(notice)


def summary_trouble(why: str) -> str:
    """Why the summary was not confirmed as it stood; nothing of another visit is told to whoever types an address."""
    return {
        "changed": _("Nel frattempo hai cambiato i dati in un’altra finestra. Controlla di nuovo e conferma."),
        "other-body": _("Con questo modulo hai già prenotato. Controlla i dati e premi di nuovo «Conferma»."),
        "already-booked": _(
            "Con questi recapiti c’è già un appuntamento. "
            "Per spostarlo o disdirlo apri il link della conferma, oppure vai su «Segui la richiesta»."
        ),
    }.get(
        why,
        _("La pagina è rimasta aperta troppo a lungo. I tuoi dati ci sono ancora: premi di nuovo «Conferma»."),
    )
