"""Security headers on every response, static files and errors included."""

from flask import Flask, Response, g, request

CSP = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
        "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
        "object-src 'none'", "require-trusted-types-for 'script'",
    )
)  # fmt: skip
"""No inline code, nothing from elsewhere; `data:` only for the small pictures inside the library's CSS."""

HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def init_app(app: Flask, *, https: bool) -> None:
    """Add the headers after each request; pages are never stored unless the view says so.

    A view that sets `g.no_referrer` has a secret in its address.
    """
    wanted = app.extensions["urp_headers"] = HEADERS | (HSTS if https else {})

    @app.after_request
    def protect(response: Response) -> Response:
        if g.get("no_referrer"):
            response.headers["Referrer-Policy"] = "no-referrer"
        for name, value in wanted.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        if response.mimetype == "text/html":
            response.vary.update(("Cookie", "Accept-Language"))
        if request.path.startswith(("/r/", "/l/", "/segui", "/richieste/", "/desk", "/operatori")):
            response.headers["X-Robots-Tag"] = "noindex"
        return response
