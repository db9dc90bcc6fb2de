"""What kinds of certified mail exist, and the words that headers and `daticert.xml` have for them."""

from enum import StrEnum


class Kind(StrEnum):
    """What a message is (RFC 6109 §2.1, §3); the subject has no say in it."""

    ACCETTAZIONE = "accettazione"
    NON_ACCETTAZIONE = "non_accettazione"
    PRESA_IN_CARICO = "presa_in_carico"
    AVVENUTA_CONSEGNA = "avvenuta_consegna"
    ERRORE_CONSEGNA = "errore_consegna"
    PREAVVISO_ERRORE_CONSEGNA = "preavviso_errore_consegna"
    RILEVAZIONE_VIRUS = "rilevazione_virus"
    BUSTA_DI_TRASPORTO = "busta_di_trasporto"
    BUSTA_DI_ANOMALIA = "busta_di_anomalia"
    NONE = "none"


ENVELOPES = frozenset({Kind.BUSTA_DI_TRASPORTO, Kind.BUSTA_DI_ANOMALIA})
"""A message of somebody else, wrapped by a provider."""

RECEIPTS = frozenset(Kind) - ENVELOPES - {Kind.NONE}
"""A provider speaks about a message that was sent."""

_RICEVUTA = {kind.value.replace("_", "-"): kind for kind in RECEIPTS}
_TRASPORTO = {"posta-certificata": Kind.BUSTA_DI_TRASPORTO, "errore": Kind.BUSTA_DI_ANOMALIA}
_TIPO = _RICEVUTA | {"posta-certificata": Kind.BUSTA_DI_TRASPORTO}


def by_x_ricevuta(value: str) -> Kind | None:
    """What the header `X-Ricevuta` means; None for a word that the rules do not know."""
    return _RICEVUTA.get(value.strip().lower())


def by_x_trasporto(value: str) -> Kind | None:
    """What the header `X-Trasporto` means; None for a word that the rules do not know."""
    return _TRASPORTO.get(value.strip().lower())


def by_tipo(tipo: str) -> Kind | None:
    """What the attribute `tipo` of `daticert.xml` means; None for a word that the rules do not know."""
    return _TIPO.get(tipo.strip().lower())
