"""Every citizen page, on a desk and in a pocket: accessible, quiet, at home, within the screen."""

import re

import pytest

from tests.browser.conftest import NARROW, PHONE, WIDE

pytestmark = pytest.mark.browser

PLAIN = (
    "/", "/richieste/nuova", "/segui", "/domande-frequenti", "/domande-frequenti?q=strada", "/orari", "/orari/cartello", "/privacy",
    "/note-legali", "/appuntamenti/nuovo", "/l/" + "x" * 43, "/richieste/nuova/riprendi/" + "x" * 43, "/non-esiste",
)  # fmt: skip
WITH_DRAFT = ("/richieste/nuova/recapiti", "/richieste/nuova/riepilogo", "/richieste/nuova/salva")
OF_CASE = ("/r/{code}", "/r/{code}/ritira", "/r/{code}/ricevuta")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280", "375"])
def test_axe_finds_nothing_and_the_console_is_quiet(visit, size) -> None:
    visitor = visit(size)
    found = {}
    for path in _all_pages(visitor):
        if violations := visitor.violations():
            found[path] = violations

    assert found == {}
    assert [line for line in visitor.complaints if "404" not in line] == []
    assert visitor.elsewhere == []


def test_a_form_with_errors_is_accessible_and_says_so_in_its_title(visit) -> None:
    visitor = visit(PHONE)
    page = visitor.open("/richieste/nuova")
    page.get_by_role("button", name="Continua", exact=True).click()

    assert page.title().startswith("Errore: ")
    assert page.get_by_role("alert").get_by_role("link").all_inner_texts() == [
        "Scegli un argomento",
        "Scrivi di che cosa si tratta",
        "Scrivi la tua domanda",
    ]
    assert visitor.violations() == []
    page.get_by_role("link", name="Scegli un argomento").click()
    assert page.evaluate("document.activeElement.type") == "radio"


def test_the_gate_bites_when_a_label_is_taken_away(visit) -> None:
    visitor = visit()
    page = visitor.open("/richieste/nuova")
    page.evaluate("document.querySelector('label[for=subject]').remove()")

    assert any(one.startswith("label:") for one in visitor.violations())


def test_the_console_listener_hears_a_violation_of_the_policy(visit) -> None:
    visitor = visit()
    page = visitor.open("/")
    page.evaluate("const s = document.createElement('style'); s.textContent = 'p{color:red}'; document.head.append(s)")
    page.wait_for_function("true")

    assert any("Content Security Policy" in line for line in visitor.complaints)


def test_nothing_needs_sideways_scrolling_at_320_pixels(visit) -> None:
    visitor = visit(NARROW)
    too_wide = [
        path
        for path in _all_pages(visitor)
        if visitor.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    ]

    assert too_wide == []


def test_in_forced_colours_choice_and_current_page_are_still_told_apart(visit) -> None:
    visitor = visit(forced_colors="active")
    page = visitor.open("/richieste/nuova")
    page.get_by_label("Strade provinciali").check()

    chosen, other = (
        page.evaluate(
            """id => { const style = getComputedStyle(document.getElementById(id), null);
                 const mark = getComputedStyle(document.getElementById(id), '::after');
                 const label = getComputedStyle(document.querySelector(`label[for=${id}]`), '::after');
                 return [style.appearance, style.backgroundColor, style.boxShadow, style.borderWidth, style.outlineStyle,
                         mark.content, mark.display, label.content, label.backgroundColor, label.display].join('|') }""",
            one,
        )
        for one in ("topic-0", "topic-1")
    )
    native = "auto|" in chosen or "radio|" in chosen
    assert native or chosen != other
    current = page.locator("nav a[aria-current=page]")
    underline = current.evaluate("e => getComputedStyle(e).borderBottomStyle + getComputedStyle(e).textDecorationLine")
    assert "solid" in underline or "underline" in underline


def test_print_shows_the_receipt_without_header_forms_and_footer(visit) -> None:
    visitor = visit()
    code = visitor.send()
    visitor.open(f"/r/{code}")
    visitor.page.emulate_media(media="print")

    for hidden in ("header.it-header-wrapper", "footer.it-footer", "form"):
        assert not visitor.page.locator(hidden).first.is_visible(), hidden
    assert visitor.page.locator("main").get_by_text(code, exact=True).is_visible()


def test_tab_walks_the_frame_in_the_order_of_the_design(visit) -> None:
    page = visit().open("/richieste/nuova")
    names = []
    for _ in range(14):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.innerText || document.activeElement.id").strip())
    walk = " · ".join(re.sub(r"\s+", " ", name) for name in names)

    expected = [
        "Vai al contenuto principale", "Vai al piede di pagina", "Città metropolitana di Milano", "ITA", "ENG",
        "Area operatori", "Chiedilo all’URP", "800.88.33.11", "Fai una domanda", "Prenota", "Segui la richiesta", "Domande frequenti",
        "Contatti e orari", "Home",
    ]  # fmt: skip
    places = [walk.find(name) for name in expected]
    assert -1 not in places, walk
    assert places == sorted(places), walk


def test_the_first_thing_a_keyboard_finds_skips_to_the_content(visit) -> None:
    page = visit().open("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.tagName") == "MAIN"


def _all_pages(visitor):
    for path in PLAIN:
        visitor.open(path)
        yield path
    visitor.fill_question()
    visitor.fill_contacts()
    for path in WITH_DRAFT:
        visitor.open(path)
        yield path
    code = visitor.send()
    for path in OF_CASE:
        visitor.open(path.format(code=code))
        yield path
