"""A PEC round trip as a newcomer watches it: on the page of the post office and on the page of the case."""

import re

import pytest

from tests.browser.conftest import PHONE, WIDE
from tests.factories.running import Running, until

pytestmark = pytest.mark.browser
PEC = "urp@pec.cittametropolitana.example"


def test_a_letter_written_on_the_page_opens_a_request_and_its_receipt_is_certified(visit, service: Running) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.page
    page.goto(service.post_office())
    page.get_by_role("link", name=f"Scrivi a {PEC}").click()
    page.get_by_label("Da", exact=True).fill("anna.fontana@pec.posta.example")
    page.get_by_label("Oggetto").fill("Fumo dal camino")
    page.get_by_label("Testo").fill("Da lunedì esce fumo nero.")
    page.get_by_role("button", name="Invia il messaggio").click()
    assert page.get_by_role("heading", name="Fumo dal camino").is_visible()

    receipt = service.wait_for_letter("anna.fontana@pec.posta.example", "URP-")
    link = re.search(r"/l/\S+", receipt["text"])
    assert link
    case = visitor.open(link[0])
    case.get_by_role("button", name="Apri la tua richiesta").click()
    assert case.get_by_text("Da lunedì esce fumo nero.").is_visible()

    def delivered() -> bool:
        case.reload()
        return case.get_by_text(re.compile("accettata dal gestore PEC.*consegnata", re.DOTALL)).count() > 0

    until(delivered, within_s=60)
    assert case.get_by_role("link", name="Scarica la ricevuta di consegna").is_visible()


def test_the_page_shows_what_the_provider_made_and_opens_the_letter_inside(visit, service: Running) -> None:
    bruno = "bruno.neri@pec.posta.example"
    service.write(bruno, PEC, subject="Due righe", text="Solo un saluto.")
    until(lambda: len(service.letters(bruno, made_by="provider")) == 2)
    page = visit(PHONE, java_script_enabled=False).page
    page.goto(f"{service.post_office()}?per={PEC}")
    assert page.get_by_text("busta di trasporto, dal gestore PEC").first.is_visible()
    page.get_by_role("link", name="POSTA CERTIFICATA: Due righe").click()
    inside = page.get_by_role("region", name="Messaggio contenuto")
    assert inside.get_by_text("Solo un saluto.").is_visible()
    page.get_by_role("link", name=f"Rispondi come {PEC}").click()
    assert page.get_by_label("Oggetto").input_value() == "Re: Due righe"
    assert page.get_by_label("A", exact=True).input_value() == bruno


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280", "375"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_the_post_office(visit, service: Running, size, colours) -> None:
    writer = "carla.riva@pec.posta.example"
    service.write(writer, PEC, subject="Una prova", text="Una prova.")
    papers = until(lambda: len(found := service.letters(writer, made_by="provider")) >= 2 and found)
    visitor = visit(size, color_scheme=colours)
    page, home = visitor.page, service.post_office()
    found = {}
    for path in ("", *(f"messaggi/{paper['number']}" for paper in papers[:2]), "scrivi", "scrivi?rispondi=1"):
        page.goto(home + path)
        _look(visitor, path, found)
    page.goto(home + "scrivi")
    page.get_by_label("A", exact=True).fill("nessuno")
    page.get_by_role("button", name="Invia il messaggio").click()
    assert page.title().startswith("Errore: ")
    _look(visitor, "with errors", found)

    assert found == {}
    assert [line for line in visitor.complaints if "422" not in line] == []


def _look(visitor, place: str, found: dict[str, list[str]]) -> None:
    if violations := visitor.violations():
        found[place] = violations
    assert not visitor.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), place
