"""Anna at the counter, in a real browser: through the door, over the sheet of the day, out again."""

import os
import subprocess
import sys

import pytest

from tests.browser.conftest import NARROW, PHONE, WIDE
from tests.factories.running import ROOT, Running

pytestmark = pytest.mark.browser
DAY = "/desk/appuntamenti"


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW], ids=["1280", "375", "320"])
def test_anna_comes_in_looks_at_the_day_and_leaves(visit, service: Running, size) -> None:
    anna, code = visit(size), visit().send()
    page = anna.open(f"{DAY}?giorno=2026-12-08")
    found = {"door": anna.violations()}

    page.get_by_label("Il tuo lasciapassare").fill(pass_of(service).lower())
    page.get_by_role("button", name="Entra").click()
    assert page.url.endswith("?giorno=2026-12-08")
    assert page.get_by_text("Lo sportello è chiuso: Immacolata Concezione.").is_visible()
    found["day"] = anna.violations()
    assert fits(page)

    anna.open(f"/desk/richieste/{code}/rispondi")
    found["answer"] = anna.violations()
    assert fits(page)
    page.get_by_label("Scrivi la risposta").fill("Buongiorno, la buca sarà riparata venerdì.")
    page.get_by_role("button", name="Invia la risposta").click()
    assert page.get_by_text("La risposta è partita.").is_visible()

    page.get_by_role("button", name="Esci").click()
    assert page.get_by_label("Il tuo lasciapassare").is_visible()
    assert found == {"door": [], "day": [], "answer": []}
    assert anna.complaints == []
    assert anna.elsewhere == []


def test_on_paper_the_sheet_has_no_buttons(visit, service: Running) -> None:
    anna = visit()
    page = anna.open(DAY)
    page.get_by_label("Il tuo lasciapassare").fill(pass_of(service))
    page.get_by_role("button", name="Entra").click()
    page.emulate_media(media="print")

    assert page.locator("h1").is_visible()
    assert page.get_by_text("Contiene dati personali").is_visible()
    assert not any(one.is_visible() for one in page.locator("button, nav, header").all())


def pass_of(service: Running) -> str:
    """A pass, made with the command of the administrator."""
    env = {
        **os.environ,
        "URP_DATABASE_URL": service.database_url,
        "URP_DATA_DIR": str(service.data),
        **service.settings(),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "operators", "pass", "Anna Verdi", "--hours", "1"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def fits(page) -> bool:
    """Whether nothing needs sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
