"""Whatever a citizen reads is easy: every letter has a subject, letters and pages keep a Gulpease of 60."""

import email
import email.policy
import re
from collections.abc import Callable, Iterable, Iterator
from email.message import EmailMessage

import pytest
from flask import Flask, template_rendered
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories.citizens import CONTACTS, Citizen
from tests.factories.visit_letters import write_all
from tests.house.gulpease import gulpease, words_in
from tests.house.sources import template_files
from tests.templates.html_tree import Element, parse
from urp.cases import queries as cases
from urp.cases import send_links
from urp.foundation.db import db, transaction
from urp.outbox.models import OutboxMessage

EASY = 60
WORDS_WORTH_MEASURING = 10
BLOCKS = {"p", "li", "h1", "h2", "h3", "label", "legend", "dt", "dd", "th", "td", "figcaption", "summary", "button"}
UNREAD = {"script", "style", "head", "svg", "template"}
PAGES = (
    *(
        "/",
        "/orari",
        "/orari/cartello",
        "/domande-frequenti",
        "/privacy",
        "/note-legali",
        "/appuntamenti/nuovo",
        "/segui",
    ),
    *("/l/unknown", "/nowhere", "/richieste/nuova/riprendi/unknown"),
)
ADDRESS = re.compile(r"\S+://\S+|\S+@[\w.-]+\w|URP-\w{3}-\w{3}")
FACT = re.compile(r"^[^.!?:]{1,40}: [^.!?]*$|^[^.!?:]*$")
"""«Codice: URP-7M3-T2C», a name, a heading, a table's cell: no sentence, so nothing to measure."""

PRESCRIBED = ("In applicazione del principio open by default", "Gli utenti sono quindi liberi di condividere")
"""The model of the legal notes gives these words as they are."""


def pieces(page: Element) -> Iterator[str]:
    """The texts of a page, block by block, without what nobody reads."""
    for child in page.children:
        if isinstance(child, Element) and child.tag not in UNREAD:
            inner = {one.tag for one in child.walk()} - {child.tag}
            if child.tag in BLOCKS and not inner & BLOCKS:
                yield child.text
            else:
                yield from pieces(child)


def prose(texts: Iterable[str], own: str = "") -> Iterator[str]:
    """The sentences among the texts, line by line; addresses are cut out, the citizen's own words are theirs."""
    for text in texts:
        for word in own.splitlines():
            text = text.replace(word, "")
        lines = [ADDRESS.sub("", line).strip() for line in text.splitlines()]
        sentences = "\n".join(line for line in lines if not FACT.match(line) and not line.startswith(PRESCRIBED))
        if sentences:
            yield sentences


def hard(texts: Iterable[str], own: str = "") -> list[str]:
    """What is ten words or longer and reads below 60."""
    measured = (text for text in prose(texts, own) if words_in(text) >= WORDS_WORTH_MEASURING)
    return [f"{gulpease(text):.0f}: {text}" for text in measured if gulpease(text) < EASY]


def test_every_page_of_a_citizen_reads_easily(citizen: Citizen, own_words: str) -> None:
    code = citizen.send_question()
    case = [f"/r/{code}", f"/r/{code}/ritira", f"/r/{code}/ricevuta"]
    texts = [citizen.browser.get(url).text for url in (*PAGES, *case)]
    texts += walk_through_the_form(citizen)

    assert len(texts) > 15
    assert {fault for text in texts for fault in hard(pieces(parse(text)), own_words)} == set()


def walk_through_the_form(citizen: Citizen) -> list[str]:
    steps = [citizen.ask(subject="", topic="", body="").text, citizen.browser.get("/richieste/nuova").text]
    citizen.ask()
    steps += [
        citizen.tell_contacts(email="wrong", privacy="").text,
        citizen.browser.get("/richieste/nuova/recapiti").text,
    ]
    steps += [citizen.reach_summary(), citizen.browser.get("/richieste/nuova/salva").text]
    steps += [citizen.post("/richieste/nuova/salva", {"email": CONTACTS["email"]}).text]
    steps += [citizen.post("/segui", {"code": "URP-222-222", "email": CONTACTS["email"]}).text]
    return steps


def test_a_page_that_reads_badly_would_be_told() -> None:
    heavy = (
        "Si comunica che la documentazione presentata risulta incompleta relativamente alle dichiarazioni "
        "sostitutive previste dalla vigente normativa regolamentare."
    )
    page = f"<main><h1>Ciao</h1><ul><li><strong>{heavy}</strong></li></ul><p>Scrivi la tua domanda qui.</p></main>"

    assert [fault[:2] for fault in hard(pieces(parse(page)))] == ["25"]


def test_every_letter_has_a_subject_and_reads_easily(letters: Callable[[], list[EmailMessage]], own_words: str) -> None:
    found = letters()

    assert [letter["To"] for letter in found if not 10 <= len(str(letter["Subject"])) <= 90] == []
    faults = {fault for letter in found for fault in hard(texts_of(letter), own_words)}
    assert faults == set()


def test_as_a_whole_every_letter_reads_easily(letters: Callable[[], list[EmailMessage]]) -> None:
    indexes = {str(one["Subject"]): gulpease("\n\n".join(prose(paragraphs(one)))) for one in letters()}

    assert {subject: round(index) for subject, index in indexes.items() if index < EASY} == {}


def test_these_are_all_the_letters_there_are(app: Flask, letters: Callable[[], list[EmailMessage]]) -> None:
    drawn: set[str] = set()

    def note(_app: Flask, template: object, **_more: object) -> None:
        drawn.add(str(getattr(template, "name", "")))

    with template_rendered.connected_to(note, app):
        letters()

    written = {name for name in template_files(".txt", ".html") if "/mail/" in name}
    assert written - drawn == set()


def texts_of(letter: EmailMessage) -> Iterator[str]:
    yield from paragraphs(letter)
    rich = letter.get_body(("html",))
    if rich is not None:
        yield from pieces(parse(rich.get_content()))


def paragraphs(letter: EmailMessage) -> list[str]:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").split("\n\n")


@pytest.fixture
def citizen(client: FlaskClient) -> Citizen:
    """Giulia, who reads Italian."""
    return Citizen(client)


@pytest.fixture
def own_words(citizen: Citizen) -> str:
    """What Giulia wrote herself."""
    return "\n".join(map(str, citizen.question.values()))


@pytest.fixture
def letters(app: Flask) -> Callable[[], list[EmailMessage]]:
    """Let every letter be written, to a citizen with PEO and to one with PEC, and read them from the outbox."""

    def write() -> list[EmailMessage]:
        for address, reply_by in (("giulia@posta.example", "peo"), ("giulia@pec.posta.example", "pec")):
            citizen = Citizen(app.test_client())
            citizen.contacts.update(email=address, reply_by=reply_by)
            _do_everything(citizen, address)
            with app.app_context():
                write_all(reply_by=reply_by)
        with app.app_context():
            wishes = cases.waiting_link_requests()
            db.session.rollback()
            for wish in wishes:
                with transaction():
                    assert send_links.answer(wish)
            raw = list(db.session.scalars(select(OutboxMessage.raw)))
        return [email.message_from_bytes(one, policy=email.policy.default) for one in raw]

    return write


def _do_everything(citizen: Citizen, address: str) -> None:
    code = citizen.send_question()
    page = f"/r/{code}"
    assert citizen.post(f"{page}/messaggi", {"body": "La buca è ancora lì."}, page=page).status_code == 303
    assert citizen.post("/segui", {"code": code, "email": address}).status_code == 200
    assert citizen.post(f"{page}/ritira", {}, page=f"{page}/ritira").status_code == 303
    citizen.ask()
    assert citizen.post("/richieste/nuova/salva", {"email": address}).status_code == 200
