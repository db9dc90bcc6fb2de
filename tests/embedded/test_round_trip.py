"""Letters through the running post office: who gets what, certified and ordinary."""

import email
import email.policy
from email.message import EmailMessage

import pytest

URP, PEC = "urp@posta.example", "urp@pec.posta.example"
GIULIA, ANNA = "giulia@posta.example", "anna@pec.posta.example"


@pytest.fixture
def arrived(office, until):
    """The messages of a mailbox, once there are so many."""

    def wait(address: str, number: int) -> list[EmailMessage]:
        found = until(lambda: len(mails := office.mailbox(address)) >= number and mails)
        return [email.message_from_bytes(one, policy=email.policy.default) for one in found]

    return wait


def test_a_certified_letter_comes_in_an_envelope_and_its_sender_gets_both_receipts(office, arrived) -> None:
    office.send(PEC, [ANNA], written(PEC, ANNA))
    receipts, [envelope] = arrived(PEC, 2), arrived(ANNA, 1)
    assert [one["X-Ricevuta"] for one in receipts] == ["accettazione", "avvenuta-consegna"]
    assert envelope["X-Trasporto"] == "posta-certificata"
    assert envelope["Return-Path"] == f"<{PEC}>"
    assert receipts[0]["Return-Path"] == "<posta-certificata@gestore-pec.example>"
    assert office.authority.read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_an_ordinary_letter_comes_to_a_certified_mailbox_as_an_anomaly(office, arrived) -> None:
    office.send(GIULIA, [PEC], written(GIULIA, PEC))
    assert [one["X-Trasporto"] for one in arrived(PEC, 1)] == ["errore"]
    assert office.mailbox(GIULIA) == []


def test_a_certified_letter_to_an_ordinary_mailbox_is_never_certified_as_delivered(office, arrived) -> None:
    office.send(PEC, [GIULIA], written(PEC, GIULIA))
    assert [one["X-Trasporto"] for one in arrived(GIULIA, 1)] == ["posta-certificata"]
    assert [one["X-Ricevuta"] for one in arrived(PEC, 1)] == ["accettazione"]


@pytest.mark.parametrize(("name", "status"), [("casella-piena", "5.2.2"), ("inesistente", "5.1.1")])
@pytest.mark.parametrize("domain", ["posta.example", "pec.posta.example"])
def test_an_ordinary_letter_that_cannot_be_delivered_comes_back(office, arrived, name, status, domain) -> None:
    office.send(URP, [f"{name}@{domain}"], written(URP, f"{name}@{domain}"))
    [report] = arrived(URP, 1)
    assert report.get_content_type() == "multipart/report"
    assert report["Return-Path"] == "<>"
    _, told, original = report.iter_parts()
    server, recipient = told.iter_parts()
    assert (recipient["Action"], recipient["Status"]) == ("failed", status)
    assert recipient["Final-Recipient"] == f"rfc822; {name}@{domain}"
    assert "<1@posta.example>" in original.get_content()
    assert server["Reporting-MTA"] == f"dns; {domain}"
    assert office.mailbox(f"{name}@{domain}") == []


def test_someone_out_of_office_answers_by_machine_and_once(office, arrived, until) -> None:
    away, also_away = "fuori-ufficio@posta.example", "fuori-ufficio@ente.example"
    office.send(URP, [away], written(URP, away))
    [answer] = arrived(URP, 1)
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["In-Reply-To"] == "<1@posta.example>"
    assert len(arrived(away, 1)) == 1

    office.send(also_away, [away], written(also_away, away))
    assert len(arrived(away, 2)) == 2
    assert office.mailbox(also_away) == []


def test_what_a_machine_answers_to_a_certified_letter_is_an_anomaly(office, arrived) -> None:
    office.send(PEC, ["casella-piena@posta.example"], written(PEC, "casella-piena@posta.example"))
    accepted, report = arrived(PEC, 2)
    assert (accepted["X-Ricevuta"], report["X-Trasporto"]) == ("accettazione", "errore")


def test_the_list_tells_what_was_handed_in_from_what_the_provider_made(office, arrived) -> None:
    office.send(PEC, [ANNA], written(PEC, ANNA))
    arrived(PEC, 2)
    made_by = {letter["subject"]: letter["made_by"] for letter in office.letters()}
    assert made_by == {
        "Prova": "sender",
        "ACCETTAZIONE: Prova": "provider",
        "POSTA CERTIFICATA: Prova": "provider",
        "CONSEGNA: Prova": "provider",
    }
    assert [one["subject"] for one in office.letters("/messaggi.json?made_by=sender")] == ["Prova"]
    listing = office.page("/")
    assert "ricevuta di avvenuta consegna, dal gestore PEC" in listing
    assert "busta di trasporto, dal gestore PEC" in listing


def test_the_page_of_an_envelope_opens_the_letter_inside(office, arrived) -> None:
    office.send(PEC, [ANNA], written(PEC, ANNA))
    arrived(ANNA, 1)
    number = next(letter["number"] for letter in office.letters() if letter["subject"].startswith("POSTA"))
    page = office.page(f"/messaggi/{number}")
    assert "Messaggio contenuto: Prova" in page
    assert "Buongiorno a tutti" in page
    assert "daticert.xml" in page
    assert office.raw(f"/messaggi/{number}/allegati/1").startswith(b"<?xml")


def written(sender: str, recipient: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: {recipient}\r\nSubject: Prova\r\nMessage-ID: <1@posta.example>\r\n\r\n"
        "Buongiorno a tutti\r\n"
    ).encode()
