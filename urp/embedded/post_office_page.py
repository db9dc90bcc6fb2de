"""The page on which a person reads what the built-in post office has accepted."""

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from urp.embedded.letters import Letter, Letterbox, enclosure, read, split_links

ROME = ZoneInfo("Europe/Rome")
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
STYLE = Path(__file__).with_name("post_office.css")
OUR_NAMES = ("127.0.0.1", "localhost", "[::1]")
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serve_page(letters: Letterbox, listener: socket.socket) -> AsyncIterator[None]:
    """Answer on the listening socket while the context lasts."""
    runner = web.AppRunner(Page(letters).application(), access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener, shutdown_timeout=0.5).start()
    try:
        yield
    finally:
        await runner.cleanup()


class Page:
    """List of letters, one letter, its HTML, its files, its source."""

    def __init__(self, letters: Letterbox) -> None:
        self._letters = letters
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
        self._templates.globals["split_links"] = split_links
        self._templates.filters["rome"] = lambda at: at.astimezone(ROME).strftime("%d/%m/%Y, %H.%M.%S")

    def application(self) -> web.Application:
        """The addresses of the page."""
        application = web.Application(middlewares=[only_our_names])
        application.add_routes(
            [
                web.get("/", self.list_letters),
                web.get("/stile.css", self.style),
                web.get("/messaggi.json", self.list_as_json),
                web.get(r"/messaggi/{number:\d+}", self.show),
                web.get(r"/messaggi/{number:\d+}/html", self.html),
                web.get(r"/messaggi/{number:\d+}/sorgente", self.source),
                web.get(r"/messaggi/{number:\d+}/allegati/{part:\d+}", self.file),
            ]
        )
        return application

    async def list_letters(self, request: web.Request) -> web.Response:
        """All letters, or those for `?per=ADDRESS`, newest first."""
        recipient = request.query.get("per")
        letters = [(number, letter, read(letter)) for number, letter in self._letters.newest_first(recipient)]
        return self._page("list", letters=letters, recipient=recipient, recipients=self._letters.recipients())

    async def list_as_json(self, request: web.Request) -> web.Response:
        """The same list for a script."""
        letters = [
            {
                "number": number,
                "from": letter.sender,
                "to": letter.recipients,
                "at": letter.accepted_at.isoformat(),
                "subject": read(letter).subject,
                "text": read(letter).text,
            }
            for number, letter in self._letters.newest_first(request.query.get("per"))
        ]
        return web.json_response(text=json.dumps(letters, ensure_ascii=False))

    async def show(self, request: web.Request) -> web.Response:
        """One letter."""
        number, letter = self._wanted(request)
        return self._page("letter", number=number, letter=letter, reading=read(letter))

    async def html(self, request: web.Request) -> web.Response:
        """The HTML of a letter as a mail program shows it: no script, nothing fetched."""
        _, letter = self._wanted(request)
        body = '<base target="_blank">' + read(letter).html
        return web.Response(
            text=body,
            content_type="text/html",
            headers={"Content-Security-Policy": LETTER_POLICY, **_careful()},
        )

    async def source(self, request: web.Request) -> web.Response:
        """The bytes that were sent."""
        number, letter = self._wanted(request)
        return _download(letter.content, "message/rfc822", f"messaggio-{number}.eml")

    async def file(self, request: web.Request) -> web.Response:
        """One file of a letter."""
        _, letter = self._wanted(request)
        found = enclosure(letter, int(request.match_info["part"]))
        if found is None:
            raise web.HTTPNotFound
        return _download(found[1], "application/octet-stream", found[0].name)

    async def style(self, request: web.Request) -> web.FileResponse:
        """The page's style sheet."""
        return web.FileResponse(STYLE)

    def _wanted(self, request: web.Request) -> tuple[int, Letter]:
        number = int(request.match_info["number"])
        letter = self._letters.get(number)
        if letter is None:
            raise web.HTTPNotFound
        return number, letter

    def _page(self, name: str, **values: object) -> web.Response:
        text = self._templates.get_template(f"embedded/{name}.html").render(values)
        headers = {"Content-Security-Policy": PAGE_POLICY, **_careful()}
        return web.Response(text=text, content_type="text/html", headers=headers)


@web.middleware
async def only_our_names(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other host names: a foreign site could point its own at this machine and read the mail."""
    name = (request.host or "").rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if name not in OUR_NAMES:
        raise web.HTTPMisdirectedRequest
    return await handler(request)


def _careful() -> dict[str, str]:
    return {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def _download(content: bytes, media_type: str, name: str) -> web.Response:
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign not in '"\\' else "_" for sign in name)
    headers = {"Content-Disposition": f'attachment; filename="{plain}"', **_careful()}
    return web.Response(body=content, content_type=media_type, headers=headers)
