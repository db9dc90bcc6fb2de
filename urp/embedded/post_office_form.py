"""The page on which a visitor writes to the office as a citizen would, by ordinary or certified mail."""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from urp.embedded.forms import LARGEST_FILE, Draft, reply_to
from urp.embedded.letters import Letter, Letterbox
from urp.embedded.mail_plays import is_certified
from urp.embedded.post_office_frame import Frame

LARGEST_FORM = 3 * LARGEST_FILE  # a file that is too large still gets its answer on the page
ORDINARY, CERTIFIED = "giulia.bianchi@posta.example", "giulia.bianchi@pec.posta.example"


class WritingPage:
    """A form to write a letter or an answer.

    A foreign page can neither know the token nor send the right origin, so it cannot write through a visitor.
    """

    def __init__(
        self,
        letters: Letterbox,
        frame: Frame,
        accept: Callable[[Letter], Awaitable[int]],
        own_addresses: Sequence[str],
    ) -> None:
        self._letters = letters
        self._frame = frame
        self._accept = accept
        self._own_addresses = own_addresses
        self._token = secrets.token_urlsafe(24)

    def routes(self) -> list[web.RouteDef]:
        """The one address of the form."""
        return [web.get("/scrivi", self.show), web.post("/scrivi", self.send)]

    async def show(self, request: web.Request) -> web.Response:
        """The form, for a new letter to `?a=ADDRESS` or an answer to letter `?rispondi=NUMBER`."""
        answers = _number(request.query.get("rispondi", ""))
        if answers is not None:
            letter = self._letters.get(answers)
            if letter is None:
                raise web.HTTPNotFound
            return self._page(reply_to(answers, letter))
        recipient = request.query.get("a") or next(iter(self._own_addresses), "")
        return self._page(Draft(sender=CERTIFIED if is_certified(recipient) else ORDINARY, recipient=recipient))

    async def send(self, request: web.Request) -> web.Response:
        """Hand the letter in and show it; or the form again, with all that was typed."""
        if request.headers.get("Origin") != f"{request.scheme}://{request.host}":
            raise web.HTTPForbidden
        try:
            typed = await request.post()
        except (HttpProcessingError, ValueError, LookupError):  # no form, or not in the encoding that it names
            raise web.HTTPBadRequest from None
        if not hmac.compare_digest(_text(typed.get("token")).encode(), self._token.encode()):
            raise web.HTTPForbidden
        draft = _draft(typed)
        if problems := draft.problems():
            return self._page(draft, problems)
        answered = self._letters.get(draft.answers) if draft.answers is not None else None
        number = await self._accept(draft.letter(answered.reading if answered else None))
        raise web.HTTPSeeOther(f"/messaggi/{number}")

    def _page(self, draft: Draft, problems: dict[str, str] | None = None) -> web.Response:
        return self._frame.page(
            "write",
            status=422 if problems else 200,
            draft=draft,
            problems=problems or {},
            token=self._token,
            senders=(ORDINARY, CERTIFIED),
            own_addresses=self._own_addresses,
        )


def _draft(typed: Mapping[str, object]) -> Draft:
    get = typed.get
    file = get("file")
    name, content = (file.filename, file.file.read()) if isinstance(file, web.FileField) else ("", b"")
    return Draft(
        sender=_text(get("from")).strip(),
        recipient=_text(get("to")).strip(),
        subject=_text(get("subject")),
        text=_text(get("text")),
        answers=_number(_text(get("answers"))),
        file_name=name,
        file=content,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
