"""Journey 5: certified mail there and back; each letter's fate is on the case page, each letter of a citizen too."""

import html
import re
import time

import pytest

from tests.factories.citizens import Citizen, hidden
from tests.factories.running import Running, until

PEO, PEC = "urp@cittametropolitana.example", "urp@pec.cittametropolitana.example"
FATES = {
    "paolo.ricci@pec.posta.example": r"accettata dal gestore PEC.* · consegnata",
    "casella-piena@pec.posta.example": r"non consegnata: casella piena",
    "inesistente@pec.posta.example": r"non consegnata: indirizzo inesistente",
    "dominio-inesistente@pec.posta.example": r"non consegnata: la parte dopo la chiocciola non esiste",
    "virus@pec.posta.example": r"non accettata dal gestore PEC: un antivirus l’ha fermata",
    "non-accettata@pec.posta.example": r"non accettata dal gestore PEC",
    "in-ritardo@pec.posta.example": r"accettata dal gestore PEC.* · consegnata",
    "tempo-scaduto@pec.posta.example": r"non consegnata: chi la riceve non ha risposto in tempo",
    "solo-accettata@pec.posta.example": r"aspettiamo la ricevuta di consegna",
    "silenzio@pec.posta.example": r"aspettiamo la ricevuta del gestore PEC",
    "casella-piena@posta.example": r"non consegnata: casella piena",
    "inesistente@posta.example": r"non consegnata: indirizzo inesistente",
}


def test_the_office_s_pec_is_accepted_and_delivered_and_both_receipts_can_be_taken(service: Running) -> None:
    giulia = Citizen(service.browser())
    giulia.question["topic"] = "ambiente"
    code = giulia.send_question()
    began = time.monotonic()

    until(lambda: "consegnata" in fate(giulia, code, "La tua domanda all’ufficio"), within_s=60)

    print(f"\naccepted and delivered on the page after {time.monotonic() - began:.1f} s")
    assert re.search(r"Inviata .* · accettata dal gestore PEC.* · consegnata", fate(giulia, code, "La tua domanda"))
    page = giulia.browser.get(f"/r/{code}").text
    originals = [giulia.browser.get(link) for link in re.findall(rf'href="(/r/{code}/ricevute/\d+)"', page)]
    assert [one.status_code for one in originals] == [200, 200]
    kinds = {re.search(rb"^X-Ricevuta: (\S+)", one.data, re.MULTILINE)[1] for one in originals}  # type: ignore[index]
    assert kinds == {b"accettazione", b"avvenuta-consegna"}


def test_each_address_that_plays_a_failure_has_its_words_on_the_page(service: Running) -> None:
    asked = {}
    for address in FATES:
        citizen = Citizen(service.browser())
        citizen.contacts |= {"email": address, "reply_by": "pec" if "@pec." in address else "peo"}
        asked[address] = (citizen, citizen.send_question())

    waiting = set(FATES)

    def all_told() -> bool:
        for address in list(waiting):
            citizen, code = asked[address]
            if re.search(FATES[address], fate(citizen, code, "La conferma per te")):
                waiting.discard(address)
        return not waiting

    try:
        until(all_told, within_s=90)
    finally:
        print({address: fate(*asked[address], "La conferma per te") for address in waiting})


@pytest.mark.parametrize(
    ("citizen", "office", "greeting"),
    [
        ("sara.costa@posta.example", PEO, "il tuo messaggio"),
        ("sara.costa@pec.posta.example", PEC, "il Suo messaggio"),
    ],
)
def test_a_letter_from_a_citizen_opens_a_request_and_gets_its_receipt_on_the_same_channel(
    service: Running, citizen: str, office: str, greeting: str
) -> None:
    service.write(citizen, office, subject="Lampione spento", text="Il lampione di via Roma è spento.\nChi lo ripara?")

    receipt = service.wait_for_letter(citizen, f"ricevuto {greeting}")
    assert receipt["from"] == office
    code = re.search(r"URP-\w{3}-\w{3}", receipt["subject"])
    assert code
    visitor = follow_the_link(service, receipt["text"])
    page = visitor.get(f"/r/{code[0]}").text
    assert "Il lampione di via Roma è spento." in page

    service.write(citizen, office, subject="Re: " + receipt["subject"], text="È di fronte al 12.", answers=receipt)
    until(lambda: "È di fronte al 12." in visitor.get(f"/r/{code[0]}").text, within_s=60)
    assert len([one for one in service.letters(citizen) if "URP-" in one["subject"]]) == 1  # one receipt, no other


def test_an_answer_to_the_envelope_itself_joins_the_case(service: Running) -> None:
    bruno = "bruno.neri@pec.posta.example"
    service.write(bruno, PEC, subject="Accesso agli atti", text="Vorrei una copia.")
    code = re.search(r"URP-\w{3}-\w{3}", service.wait_for_letter(bruno, "URP-")["subject"])
    assert code
    visitor = follow_the_link(service, service.wait_for_letter(bruno, code[0])["text"])
    envelope = until(
        lambda: next(
            (one for one in service.letters(bruno, made_by="provider") if one["subject"].startswith("POSTA CERT")), None
        )
    )

    service.write(bruno, PEC, subject="Re: Accesso agli atti", text="Ecco il mio documento.", answers=envelope)

    until(lambda: "Ecco il mio documento." in visitor.get(f"/r/{code[0]}").text, within_s=60)


def test_someone_away_never_gets_into_a_conversation_with_us(service: Running) -> None:
    away = Citizen(service.browser())
    away.contacts["email"] = "fuori-ufficio@posta.example"
    code = away.send_question()
    service.wait_for_letter("fuori-ufficio@posta.example", code)
    until(lambda: service.letters(PEO, made_by="provider"))

    service.write("carla.riva@posta.example", PEO, subject="Dopo di lui", text="Scrivo dopo.")
    service.wait_for_letter("carla.riva@posta.example", "URP-")  # what came earlier has been read by now
    assert len(service.letters("fuori-ufficio@posta.example")) == 1


def fate(citizen: Citizen, code: str, letter: str) -> str:
    """What the page of the case says of a letter."""
    page = citizen.browser.get(f"/r/{code}").text
    told = [_plain(one) for one in re.findall(r'<ul class="urp-deliveries">(.*?)<h2', page + "<h2", re.DOTALL)]
    lines = re.split(r"(?=La conferma per te|La tua domanda all’ufficio)", " ".join(told))
    return next((line for line in lines if line.startswith(letter)), "")


def follow_the_link(service: Running, text: str):
    """A browser that has opened the case with the link of a letter."""
    link = re.search(rf"{service.site}(/l/\S+)", text)
    assert link, text
    browser = service.browser()
    neutral = browser.get(link[1])
    opened = browser.post(link[1], {"csrf_token": hidden(neutral.text, "csrf_token")})
    assert opened.status_code == 303
    return browser


def _plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())
