"""Which addresses of the built-in world are certified, and which ones play a failure (pure)."""

from enum import StrEnum


class Play(StrEnum):
    """What becomes of a letter; the value is the part before the @ that asks for it, or empty for the usual way."""

    USUAL = ""
    # of any address, certified or not
    MAILBOX_FULL = "casella-piena"
    NO_SUCH_ADDRESS = "inesistente"
    # of a certified address
    NO_SUCH_DOMAIN = "dominio-inesistente"
    VIRUS = "virus"
    NOT_ACCEPTED = "non-accettata"
    LATE = "in-ritardo"
    TIME_IS_UP = "tempo-scaduto"
    ONLY_ACCEPTED = "solo-accettata"
    SILENCE = "silenzio"
    # of an ordinary address
    OUT_OF_OFFICE = "fuori-ufficio"


EVERYWHERE = frozenset({Play.MAILBOX_FULL, Play.NO_SUCH_ADDRESS})
ONLY_ORDINARY = frozenset({Play.OUT_OF_OFFICE})
ONLY_CERTIFIED = frozenset(Play) - EVERYWHERE - ONLY_ORDINARY - {Play.USUAL}


def is_certified(address: str) -> bool:
    """Whether this is a PEC address here: a label of its domain is `pec` or begins with it."""
    labels = address.rpartition("@")[2].lower().split(".")
    return any(label.startswith("pec") for label in labels)


def play_of(address: str) -> Play:
    """What the address asks for."""
    try:
        play = Play(address.rpartition("@")[0].lower())
    except ValueError:
        return Play.USUAL
    elsewhere = ONLY_ORDINARY if is_certified(address) else ONLY_CERTIFIED
    return Play.USUAL if play in elsewhere else play
