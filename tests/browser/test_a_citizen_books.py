"""A visit booked in Chromium: without JavaScript, by keyboard, on a phone, in forced colours, and for a reader of axe."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, PHONE, WIDE
from tests.factories.running import Running

pytestmark = pytest.mark.browser
STEP_1 = "/appuntamenti/nuovo"
NUMBERS = iter(range(1000))
TICKED = "document.querySelector('input[name=start]:checked')"


def choose(page: Page) -> str:
    """Step 1 with the first time of the page; returns its name."""
    page.get_by_label("Di che cosa vuoi parlare?").select_option("appuntamento")
    page.get_by_label("Dettagli").fill("Vorrei capire come chiedere un atto.")
    page.get_by_role("radio").first.check()
    name = str(page.locator("label[for=start-0]").inner_text())
    page.get_by_role("button", name="Continua", exact=True).click()
    return " ".join(name.split())


def tell(page: Page) -> str:
    """Step 2; returns the address."""
    address = f"visita{next(NUMBERS)}@posta.example"
    page.get_by_label("Nome", exact=True).fill("Giulia")
    page.get_by_label("Cognome").fill("Bianchi")
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_label("Ho letto l’informativa").check()
    page.get_by_role("button", name="Continua", exact=True).click()
    return address


def book(page: Page) -> str:
    """Step 3; returns the code."""
    page.get_by_role("button", name="Conferma", exact=True).click()
    page.wait_for_url("**/r/URP-*")
    return page.url.rpartition("/")[2]


def test_giulia_books_moves_and_gives_up_without_javascript(visit: Callable[..., Any], service: Running) -> None:
    giulia = visit(PHONE, java_script_enabled=False)
    page = giulia.open("/")
    page.get_by_role("link", name="Prenota un appuntamento").first.click()
    page.get_by_label("Dettagli").fill("Vorrei capire come chiedere un atto.")
    page.get_by_role("button", name="Settimana dopo").click()
    assert re.search(r"settimana=\d{4}-W\d\d", page.url)
    assert page.get_by_label("Dettagli").input_value() == "Vorrei capire come chiedere un atto."
    choose(page)
    address = tell(page)
    assert page.get_by_text("L’appuntamento non è ancora confermato").is_visible()
    code = book(page)
    assert page.get_by_text("L’appuntamento è confermato").is_visible()
    assert page.get_by_text("Che cosa portare").is_visible()
    assert service.wait_for_letter(address, code)

    page.get_by_role("link", name="Sposta").click()
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Sposta l’appuntamento").click()
    assert page.get_by_text("Abbiamo spostato il tuo appuntamento.").is_visible()
    page.get_by_role("link", name="Disdici").click()
    page.get_by_role("button", name="Disdici l’appuntamento").click()
    assert page.get_by_text("Hai disdetto l’appuntamento. Il posto va a un’altra persona.").is_visible()


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW], ids=["1280", "375", "320"])
def test_axe_finds_nothing_on_the_way_and_nothing_is_too_wide(visit: Callable[..., Any], size: tuple[int, int]) -> None:
    visitor = visit(size)
    page = visitor.open(STEP_1)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        if wrong := visitor.violations():
            found[name] = wrong
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.setdefault(name, []).append("too wide")

    look("times")
    page.get_by_text("Nessun orario va bene?").click()
    look("times, with the waiting list")
    page.get_by_role("button", name="Continua", exact=True).click()
    assert page.title().startswith("Errore: ")
    look("times with errors")
    choose(page)
    look("person")
    page.get_by_role("button", name="Continua", exact=True).click()
    look("person with errors")
    tell(page)
    look("summary")
    code = book(page)
    look("case")
    for door in ("sposta", "disdici"):
        visitor.open(f"/r/{code}/appuntamento/{door}")
        look(door)

    assert found == {}
    assert [line for line in visitor.complaints if "400" not in line] == []
    assert visitor.elsewhere == []


def test_all_times_are_one_stop_for_the_keyboard_and_arrows_walk_through_them(visit: Callable[..., Any]) -> None:
    page = visit().open(STEP_1)
    tiles = page.get_by_role("radio").count()
    assert tiles > 2
    page.locator("#start-0").focus()
    for number in range(1, tiles):
        page.keyboard.press("ArrowDown")
        assert page.evaluate(f"{TICKED}.id") == f"start-{number}"
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.name !== 'start'")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == f"start-{tiles - 1}"


def test_a_tile_is_large_enough_and_says_its_day(visit: Callable[..., Any]) -> None:
    page = visit(PHONE).open(STEP_1)
    sizes = [one.bounding_box() for one in page.locator(".urp-tile").all()]

    assert all(box and box["height"] >= 48 and box["width"] >= 48 for box in sizes)
    assert page.get_by_role("radio", name=re.compile(r"(Martedì|Giovedì) \d+ \w+, ore \d+\.\d\d")).count() == len(sizes)


def test_in_forced_colours_the_chosen_tile_carries_a_tick(visit: Callable[..., Any]) -> None:
    page = visit(forced_colors="active").open(STEP_1)
    page.locator("#start-1").check()
    chosen, other = (
        page.evaluate(
            """id => { const label = document.querySelector(`label[for=${id}]`);
                 return [getComputedStyle(label, '::before').content, getComputedStyle(label).borderWidth] }""",
            one,
        )
        for one in ("start-1", "start-0")
    )

    assert "✓" in chosen[0]
    assert "✓" not in other[0]
    assert chosen[1] != other[1]


def test_the_error_summary_leads_to_the_first_time(visit: Callable[..., Any]) -> None:
    page = visit().open(STEP_1)
    page.get_by_role("button", name="Continua", exact=True).click()
    page.get_by_role("link", name="Scegli un giorno e un’ora").click()

    assert page.evaluate("document.activeElement.id") == "start-0"
