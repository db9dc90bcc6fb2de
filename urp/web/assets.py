"""Static files under an address that changes when any of them changes, so that browsers keep them for a year."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from whitenoise import WhiteNoise

FOR_A_YEAR = "max-age=31536000, public, immutable"


def init_app(app: Flask, folder: Path) -> None:
    """Serve `folder` at /static/<hash of the whole tree>/… and give templates `asset(path)`.

    The headers are those of every response: `headers.init_app` comes first.
    """
    version = tree_hash(folder)
    files = WhiteNoise(
        app.wsgi_app,
        add_headers_function=_protection(app.extensions["urp_headers"]),
        allow_all_origins=False,
    )
    files.add_files(str(folder), prefix=f"static/{version}/")
    app.wsgi_app = files  # type: ignore[method-assign]
    app.jinja_env.globals["asset"] = lambda path: f"/static/{version}/{path}"


def tree_hash(folder: Path) -> str:
    """Twelve hexadecimal digits over names and bytes of all files below the folder."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:12]


def _protection(wanted: Mapping[str, str]) -> Callable[[Any, str, str], None]:
    def protect(headers: Any, _path: str, _url: str) -> None:
        for name, value in {**wanted, "Cache-Control": FOR_A_YEAR}.items():
            headers[name] = value

    return protect
