"""A browser without a screen that talks to a real server: the same interface as Flask's test client."""

import http.client
import http.cookies
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

TIMEOUT_S = 60


@dataclass
class HttpAnswer:
    """What the server said."""

    status_code: int
    headers: http.client.HTTPMessage
    data: bytes

    @property
    def text(self) -> str:
        """The page."""
        return self.data.decode()

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return self.headers.get("Location", "")


@dataclass
class HttpBrowser:
    """Keeps cookies, follows nothing by itself."""

    site: str
    cookies: http.cookies.SimpleCookie = field(default_factory=http.cookies.SimpleCookie)

    def get(self, url: str) -> HttpAnswer:
        """Fetch a page."""
        return self._ask("GET", url, None, {})

    def post(self, url: str, data: dict[str, Any]) -> HttpAnswer:
        """Send a form, with files where there are some."""
        files = [value for value in data.values() if isinstance(value, list | FileStorage)]
        if files:
            boundary, body = encode_multipart(data)
            return self._ask("POST", url, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
        return self._ask("POST", url, urlencode(data).encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    def _ask(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> HttpAnswer:
        where = urlsplit(urljoin(self.site, url))
        connection = http.client.HTTPConnection(where.netloc, timeout=TIMEOUT_S)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        try:
            connection.request(method, where.path + (f"?{where.query}" if where.query else ""), body, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                self.cookies.load(cookie)
            return HttpAnswer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
