"""One word for why a letter was not delivered, out of codes and sentences of many servers."""

import time

import pytest

from urp.outbox import causes
from urp.outbox.causes import Cause


@pytest.mark.parametrize(
    ("error", "text", "cause"),
    [
        ("no-dest", "5.1.1 - Gestore S.p.A. - indirizzo non valido", "unknown_address"),
        ("no-dest", "5.2.2 - Gestore S.p.A. - casella piena", "mailbox_full"),
        ("no-dest", None, "unknown_address"),
        ("no-dominio", None, "unknown_domain"),
        ("no-dominio", "5.1.2 - Gestore - dominio inesistente", "unknown_domain"),
        ("virus", "qualsiasi cosa", "virus"),
        ("altro", "la casella piena del destinatario", "mailbox_full"),
        ("altro", "messaggio contenente malware 5.7.1", "virus"),
        ("altro", "5.3.4 il messaggio supera il limite", "too_large"),
        ("altro", "utente sconosciuto", "unknown_address"),
        ("altro", "4.4.7 tempo massimo superato", "timeout"),
        ("altro", "", "other"),
        ("altro", "versione 1.5.1.1 del 12.5.2.2", "other"),
        ("nuovo", None, "other"),
        (None, None, "other"),
    ],
)
def test_a_receipt_tells_its_cause(error: str | None, text: str | None, cause: str) -> None:
    assert causes.of_receipt(error, text) == cause


@pytest.mark.parametrize(
    ("status", "diagnostic", "cause"),
    [
        ("5.1.1", "", "unknown_address"),
        ("5.1.10", "", "unknown_domain"),
        ("5.1.2", "", "unknown_domain"),
        ("5.2.1", "", "refused"),
        ("5.2.2", "", "mailbox_full"),
        ("5.2.3", "", "too_large"),
        ("5.3.4", "", "too_large"),
        ("5.4.1", "", "timeout"),
        ("5.4.4", "", "unknown_domain"),
        ("5.4.7", "", "timeout"),
        ("5.6.1", "", "refused"),
        ("5.7.1", "", "refused"),
        ("5.7.1", "554 5.7.1 Virus found in message", "virus"),
        ("5.0.0", "550 5.1.1 <giulia@posta.example>: no such user", "unknown_address"),
        ("5.0.0", "smtp; 550 Mailbox full", "mailbox_full"),
        ("5.0.0", "Host or domain name not found", "unknown_domain"),
        (None, "connection timed out", "timeout"),
        (None, "message size exceeds fixed limit", "too_large"),
        ("nonsense", "", "other"),
    ],
)
def test_a_report_tells_its_cause(status: str | None, diagnostic: str, cause: str) -> None:
    assert causes.of_report(status, diagnostic) == cause


@pytest.mark.parametrize(
    ("code", "text", "cause"),
    [
        (550, "5.1.1 unknown user", "unknown_address"),
        (552, "5.2.2 quota exceeded", "mailbox_full"),
        (554, "no", "refused"),
        (450, "5.1.1 try later", "timeout"),
        (None, "the line broke", "timeout"),
    ],
)
def test_a_refusal_at_the_door_has_a_cause(code: int | None, text: str, cause: str) -> None:
    assert causes.of_reply(code, text) == cause


def test_no_text_takes_long() -> None:
    began = time.process_time()
    for text in ("domain " * 9_000, "5." * 30_000, "exceed" * 9_000, "5.1" * 20_000, "insufficient " * 5_000):
        assert causes.of_report(None, text) in set(Cause)
    assert time.process_time() - began < 1  # read to its end it took two minutes
