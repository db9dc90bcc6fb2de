"""The pages on which a person reads what has passed through the built-in post office."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from urp.embedded.letters import Letter, Letterbox, enclosure
from urp.embedded.post_office_form import LARGEST_FORM, WritingPage
from urp.embedded.post_office_frame import Frame, careful, download, json_page, only_our_names

STYLE = Path(__file__).with_name("post_office.css")
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


@asynccontextmanager
async def serve_page(
    letters: Letterbox,
    listener: socket.socket,
    accept: Callable[[Letter], Awaitable[int]],
    *,
    own_addresses: Sequence[str],
) -> AsyncIterator[None]:
    """Answer on the listening socket while the context lasts; letters written there go to `accept`."""
    application = web.Application(middlewares=[only_our_names], client_max_size=LARGEST_FORM)
    frame = Frame()
    application.add_routes(ReadingPage(letters, frame, own_addresses).routes())
    application.add_routes(WritingPage(letters, frame, accept, own_addresses).routes())
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener, shutdown_timeout=0.5).start()
    try:
        yield
    finally:
        await runner.cleanup()


class ReadingPage:
    """List of letters, one letter, its HTML, its files, its source."""

    def __init__(self, letters: Letterbox, frame: Frame, own_addresses: Sequence[str]) -> None:
        self._letters = letters
        self._frame = frame
        self._own_addresses = own_addresses

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the pages."""
        return [
            web.get("/", self.list_letters),
            web.get("/stile.css", self.style),
            web.get("/messaggi.json", self.list_as_json),
            web.get(r"/messaggi/{number:\d+}", self.show),
            web.get(r"/messaggi/{number:\d+}/html", self.html),
            web.get(r"/messaggi/{number:\d+}/sorgente", self.source),
            web.get(r"/messaggi/{number:\d+}/allegati/{part:\d+}", self.file),
        ]

    async def list_letters(self, request: web.Request) -> web.Response:
        """All letters, or those for `?per=ADDRESS`, newest first."""
        recipient = request.query.get("per")
        letters = [(number, letter, letter.reading) for number, letter in self._letters.newest_first(recipient)]
        return self._frame.page(
            "list",
            letters=letters,
            recipient=recipient,
            recipients=self._letters.recipients(),
            own_addresses=self._own_addresses,
        )

    async def list_as_json(self, request: web.Request) -> web.Response:
        """The same list for a script; `?made_by=sender` or `provider` leaves the others out."""
        return json_page(
            [
                {
                    "number": number,
                    "from": letter.sender,
                    "to": letter.recipients,
                    "at": letter.accepted_at.isoformat(),
                    "made_by": letter.made_by,
                    "subject": letter.reading.subject,
                    "text": letter.reading.text,
                }
                for number, letter in self._letters.newest_first(
                    request.query.get("per"), made_by=request.query.get("made_by")
                )
            ]
        )

    async def show(self, request: web.Request) -> web.Response:
        """One letter."""
        number, letter = self._wanted(request)
        return self._frame.page("letter", number=number, letter=letter, reading=letter.reading)

    async def html(self, request: web.Request) -> web.Response:
        """The HTML of a letter, or of the one inside, as a mail program shows it: no script, nothing fetched."""
        _, letter = self._wanted(request)
        reading = letter.reading
        found = next((each.html for each in (reading, *reading.inside) if each.html), "")
        return web.Response(
            text='<base target="_blank">' + found,
            content_type="text/html",
            headers={**careful(), "Content-Security-Policy": LETTER_POLICY, "Referrer-Policy": "no-referrer"},
        )

    async def source(self, request: web.Request) -> web.Response:
        """The bytes that were sent."""
        number, letter = self._wanted(request)
        return download(letter.content, "message/rfc822", f"messaggio-{number}.eml")

    async def file(self, request: web.Request) -> web.Response:
        """One file of a letter."""
        _, letter = self._wanted(request)
        found = enclosure(letter, int(request.match_info["part"]))
        if found is None:
            raise web.HTTPNotFound
        return download(found[1], "application/octet-stream", found[0].name)

    async def style(self, request: web.Request) -> web.FileResponse:
        """The pages' style sheet."""
        return web.FileResponse(STYLE)

    def _wanted(self, request: web.Request) -> tuple[int, Letter]:
        number = int(request.match_info["number"])
        letter = self._letters.get(number)
        if letter is None:
            raise web.HTTPNotFound
        return number, letter
