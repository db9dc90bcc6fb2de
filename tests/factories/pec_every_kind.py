"""One message of every kind of certified mail, with the oddities that real ones have, by name."""

from collections.abc import Callable

from tests.factories.pec_samples import (
    AT,
    GIULIA,
    OUR_PEC,
    Letter,
    Provider,
    daticert,
    edited,
    eml_part,
    encoded,
    mail,
    multipart,
    text_part,
    with_lf,
    xml_part,
)
from urp.pec.kinds import Kind

Sample = Callable[[Provider], bytes]
ACCENTED = Letter(subject="Perché la pratica è ferma?")
DOUBLE = "Re: POSTA CERTIFICATA: Risposta alla richiesta URP-7M3-T2C"
QUESTION = mail(GIULIA, OUR_PEC, "Richiesta di informazioni", "Quando aprite?\n", message_id="<domanda@pec.example>")
SIGNED_FILES = {"domanda.pdf.p7m": b"\x30\x80firmato", "precedente.eml": QUESTION}


def _receipt(kind: Kind, **told: object) -> tuple[Kind, Sample]:
    return kind, lambda provider: provider.receipt(kind, **told)  # type: ignore[arg-type]


def _envelope(raw: bytes = QUESTION, **told: object) -> tuple[Kind, Sample]:
    return Kind.BUSTA_DI_TRASPORTO, lambda provider: provider.envelope(raw, **told)  # type: ignore[arg-type]


def _nested_anomaly(provider: Provider) -> bytes:
    """An envelope whose signature the next provider could not verify, wrapped by it like ordinary mail."""
    envelope = edited(provider.envelope(QUESTION), "Messaggio di posta", "Messaggio di Posta")
    return provider.anomaly(envelope, sender=provider.address, subject="POSTA CERTIFICATA: Richiesta di informazioni")


def _other_order(provider: Provider) -> bytes:
    """A receipt with the certified data behind the message, in a part that says only that it is data."""
    letter = Letter()
    xml = xml_part(daticert("avvenuta-consegna", letter, delivered_to=GIULIA, size="completa"))
    xml = xml.replace(b"application/xml", b"application/octet-stream").replace(b"daticert.xml", b"DatiCert.xml")
    headers = {"X-Ricevuta": "avvenuta-consegna", "From": provider.address, "Subject": "CONSEGNA: x"}
    return provider.signed(multipart("multipart/mixed", text_part(), eml_part(letter.as_bytes()), xml), headers)


def _other_case(provider: Provider) -> bytes:
    raw = provider.receipt(Kind.AVVENUTA_CONSEGNA)
    raw = edited(raw, "X-Ricevuta: avvenuta-consegna", "x-ricevuta: Avvenuta-Consegna")
    return edited(raw, "X-TipoRicevuta", "X-Tiporicevuta")


K = Kind
VIRUS = {"error": "virus", "error_text": "Virus rilevato nel messaggio"}
NOT_IN_TIME = {"error": "altro", "error_text": "non consegnato entro 12 ore"}
EVERY_KIND: dict[str, tuple[Kind, Sample]] = {
    "accettazione": _receipt(K.ACCETTAZIONE),
    "accettazione for an ordinary mailbox": _receipt(K.ACCETTAZIONE, external=(GIULIA,)),
    "non-accettazione": _receipt(K.NON_ACCETTAZIONE, error="altro", error_text="indirizzo non valido"),
    "non-accettazione for a virus": _receipt(K.NON_ACCETTAZIONE, **VIRUS),
    "presa in carico": _receipt(K.PRESA_IN_CARICO),
    "consegna completa": _receipt(K.AVVENUTA_CONSEGNA, size="completa"),
    "consegna breve": _receipt(K.AVVENUTA_CONSEGNA, size="breve"),
    "consegna sintetica": _receipt(K.AVVENUTA_CONSEGNA, size="sintetica"),
    "errore-consegna": _receipt(K.ERRORE_CONSEGNA, error="no-dest", error_text="5.1.1 casella inesistente"),
    "errore-consegna for a virus": _receipt(K.ERRORE_CONSEGNA, **VIRUS),
    "preavviso after 12 hours": _receipt(K.PREAVVISO_ERRORE_CONSEGNA, **NOT_IN_TIME),
    "preavviso after 24 hours": _receipt(
        K.PREAVVISO_ERRORE_CONSEGNA, error="altro", error_text="non consegnato entro 24 ore", at=AT.replace(hour=21)
    ),
    "rilevazione-virus": _receipt(K.RILEVAZIONE_VIRUS, **VIRUS),
    "transport envelope": _envelope(),
    "envelope, message before daticert": _envelope(eml_first=True),
    "envelope with signed files": _envelope(mail(GIULIA, OUR_PEC, "Firmati", files=SIGNED_FILES)),
    "anomaly envelope": (K.BUSTA_DI_ANOMALIA, lambda provider: provider.anomaly(QUESTION)),
    "nested anomaly": (K.BUSTA_DI_ANOMALIA, _nested_anomaly),
    "double prefix": _envelope(mail(GIULIA, OUR_PEC, DOUBLE), subject=DOUBLE),
    "subject that lies": _receipt(
        K.ERRORE_CONSEGNA, error="no-dest", headers={"Subject": "CONSEGNA: Risposta alla richiesta URP-7M3-T2C"}
    ),
    "ordinary mail that lies": (K.NONE, lambda _: mail(GIULIA, OUR_PEC, "ACCETTAZIONE: Richiesta")),
    "header case variants": (K.AVVENUTA_CONSEGNA, _other_case),
    "parts in another order": (K.AVVENUTA_CONSEGNA, _other_order),
    "raw Latin-1 subject": _receipt(K.ACCETTAZIONE, letter=ACCENTED, headers={"Subject": f"ACC: {ACCENTED.subject}"}),
    "encoded subject": _receipt(K.ACCETTAZIONE, letter=ACCENTED, headers={"Subject": encoded(ACCENTED.subject)}),
    "lines ended by LF": (K.AVVENUTA_CONSEGNA, lambda provider: with_lf(provider.receipt(Kind.AVVENUTA_CONSEGNA))),
    "receipt forwarded": (
        K.NONE,
        lambda provider: mail(GIULIA, OUR_PEC, "I: ricevuta", files={"r.eml": provider.receipt(Kind.ACCETTAZIONE)}),
    ),
}
"""What it is, and how a provider makes it."""


def every_kind(provider: Provider) -> dict[str, bytes]:
    """All samples, signed by this provider."""
    return {name: make(provider) for name, (_, make) in EVERY_KIND.items()}
