"""Chromium against the running service: one service, a fresh visitor for each test."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.conftest import TwoDatabases
from tests.factories.running import Running, start
from urp.embedded.chromium import find

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-quic",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDE, PHONE, NARROW = (1280, 900), (375, 800), (320, 640)


class Visitor:
    """A person with a browser of their own; everything the console complains about is kept."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: request.url.startswith(site) or self.elsewhere.append(request.url))
        self.site = site

    def open(self, path: str) -> Page:
        """Go to a page of the service."""
        self.page.goto(self.site + path)
        return self.page

    def fill_question(self, **words: str) -> None:
        """Step 1, up to «Continua»."""
        page = self.open("/richieste/nuova")
        page.get_by_label("Strade provinciali").check()
        page.get_by_label("In poche parole").fill(words.get("subject", "Buca sulla SP 103 a Cernusco"))
        page.get_by_label("Scrivi la tua domanda").fill(words.get("body", "C’è una buca profonda. Chi la ripara?"))
        page.get_by_role("button", name="Continua", exact=True).click()

    def fill_contacts(self) -> None:
        """Step 2, up to «Continua»."""
        page = self.page
        page.get_by_label("Nome", exact=True).fill("Giulia")
        page.get_by_label("Cognome").fill("Bianchi")
        page.get_by_label("E-mail", exact=True).fill("giulia.bianchi@posta.example")
        page.get_by_label("Ho letto l’informativa").check()
        page.get_by_role("button", name="Continua", exact=True).click()

    def send(self) -> str:
        """All three steps; returns the code."""
        self.fill_question()
        self.fill_contacts()
        self.page.get_by_role("button", name="Invia la domanda").click()
        self.page.wait_for_url("**/r/URP-*")
        return self.page.url.rpartition("/")[2]

    def violations(self) -> list[str]:
        """What axe finds on the page: rule and place."""
        options: dict[str, Any] = {"runOnly": {"type": "tag", "values": AXE_TAGS}}
        found = Axe().run(self.page, options=options).response["violations"]
        return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, never a download; without one the tests fail and say what to install."""
    return {**browser_type_launch_args, "executable_path": str(find()), "args": QUIET}


@pytest.fixture(scope="session")
def service(databases: TwoDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running service; pages are the same on both databases, so one is enough here."""
    url = databases.fresh("sqlite")
    running = start(tmp_path_factory.mktemp("browser") / "var", url, URP_RATE_LIMITS="off")
    yield running
    running.stop()


@pytest.fixture
def visit(browser: Browser, service: Running) -> Iterator[Any]:
    """Makes visitors: `visit(width, height, …options of a browser context)`."""
    made: list[BrowserContext] = []

    def visitor(size: tuple[int, int] = WIDE, **options: Any) -> Visitor:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="it-IT", timezone_id="Europe/Rome", **options
        )
        context.set_default_timeout(10_000)
        made.append(context)
        return Visitor(context, service.site)

    yield visitor
    for context in made:
        context.close()
