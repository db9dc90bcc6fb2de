"""What all pages of the post office share: templates, careful headers, and whom they answer."""

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from urp.embedded.letters import ROME, split_links

OUR_NAMES = ("127.0.0.1", "localhost", "[::1]")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Frame:
    """Draws the pages."""

    def __init__(self) -> None:
        folder = Path(__file__).resolve().parents[2] / "templates"
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True)
        self._templates.globals["split_links"] = split_links
        self._templates.filters["rome"] = lambda at: at.astimezone(ROME).strftime("%d/%m/%Y, %H.%M.%S")

    def page(self, name: str, *, status: int = 200, **values: object) -> web.Response:
        """A page that runs no script and sends its forms home only."""
        text = self._templates.get_template(f"embedded/{name}.html").render(values)
        headers = {"Content-Security-Policy": PAGE_POLICY, **careful()}
        return web.Response(text=text, content_type="text/html", headers=headers, status=status)


def json_page(value: object) -> web.Response:
    """The value for a script."""
    return web.json_response(text=json.dumps(value, ensure_ascii=False), headers=careful())


@web.middleware
async def only_our_names(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other host names: a foreign site could point its own at this machine and read the mail."""
    name = (request.host or "").rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if name not in OUR_NAMES:
        raise web.HTTPMisdirectedRequest
    return await handler(request)


def careful() -> Mapping[str, str]:
    """Headers of every answer."""
    return {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # with none at all, browsers do not say where a form was sent from
        "Cache-Control": "no-store",
    }


def download(content: bytes, media_type: str, name: str) -> web.Response:
    """A file to save; the name loses what a header cannot hold."""
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign not in '"\\' else "_" for sign in name)
    headers = {"Content-Disposition": f'attachment; filename="{plain}"', **careful()}
    return web.Response(body=content, content_type=media_type, headers=headers)
