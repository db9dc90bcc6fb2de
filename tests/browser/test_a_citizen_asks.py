"""Journey 1 in Chromium, with JavaScript switched off: there is nothing that needs it."""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import PHONE
from tests.factories.pictures import png
from tests.factories.running import Running

pytestmark = pytest.mark.browser


def test_giulia_asks_with_a_photo_on_her_phone(visit, service: Running, tmp_path: Path) -> None:
    giulia = visit(PHONE, java_script_enabled=False)
    photo = tmp_path / "buca.png"
    photo.write_bytes(png())
    page = giulia.open("/")
    page.get_by_role("link", name="Fai una domanda").first.click()
    page.get_by_label("Strade provinciali").check()
    page.get_by_label("In poche parole").fill("Buca a Cernusco")
    page.get_by_label("Scrivi la tua domanda").fill("Chi la ripara?")
    page.get_by_label("Allegati").set_input_files(photo)
    page.get_by_role("button", name="Carica").click()
    assert page.get_by_role("button", name="Togli buca.png").is_visible()
    assert page.get_by_label("Scrivi la tua domanda").input_value() == "Chi la ripara?"

    page.get_by_role("button", name="Continua", exact=True).click()
    giulia.fill_contacts()
    assert page.get_by_text("La domanda non è ancora partita").is_visible()
    page.get_by_role("link", name=re.compile("Modifica.*[Oo]ggetto")).click()
    page.get_by_label("In poche parole").fill("Buca profonda a Cernusco")
    page.get_by_role("button", name="Continua", exact=True).click()
    page.get_by_role("button", name="Continua", exact=True).click()
    page.get_by_role("button", name="Invia la domanda").click()

    page.wait_for_url("**/r/URP-*")
    assert page.get_by_text("Abbiamo ricevuto la tua domanda").is_visible()
    code = page.url.rpartition("/")[2]
    receipt = service.wait_for_letter("giulia.bianchi@posta.example", code)

    elsewhere = visit(java_script_enabled=False)
    link = re.search(r"/l/\S+", receipt["text"])
    assert link
    other = elsewhere.open(link[0])
    other.get_by_role("button", name="Apri la tua richiesta").click()
    other.wait_for_url(f"**/r/{code}")
    assert other.get_by_role("heading", name="Buca profonda a Cernusco").is_visible()
    assert "/l/" not in other.url


def test_the_pages_speak_english_when_asked(visit) -> None:
    visitor = visit()
    page = visitor.open("/")
    page.get_by_role("link", name="English").click()

    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("link", name="Ask a question").first.is_visible()
    visitor.open("/richieste/nuova")
    assert page.get_by_label("Write your question").is_visible()
