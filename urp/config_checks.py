"""What a setting may say: each check gives the value back, or raises ValueError with what to write instead."""

import os
import re
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DATABASES = ("sqlite:///", "postgresql+psycopg://")
REDIS = ("redis://", "rediss://", "redis+socket://")
LAST_PORT = 65_535

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+")


def database_address(value: SecretStr) -> SecretStr:
    """The address of a database that SQLAlchemy can read and every thread can share."""
    text = value.get_secret_value()
    if not text.startswith(DATABASES):
        raise ValueError(f"must start with {' or '.join(DATABASES)}")
    try:
        url = make_url(text)
        sound = 0 < (url.port or 1) <= LAST_PORT
    except (ArgumentError, ValueError):  # its words may quote the password
        sound = False
    if not sound:
        raise ValueError(f"is not an address like {DATABASES[1]}user:password@host:port/name")
    if text.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise ValueError("must name a file: each thread would see its own empty database in memory")
    return value


def redis_address(value: SecretStr) -> SecretStr:
    """The address of a Redis, its database a number."""
    text = value.get_secret_value()
    if not text.startswith(REDIS):
        raise ValueError(f"must start with {' or '.join(REDIS)}")
    parts = _split(text, "redis://:password@host:port/0")
    if parts.scheme == "redis+socket":
        databases = parse_qs(parts.query).get("virtual_host", [""])
        if not parts.path.strip("/"):
            raise ValueError("must name a socket file, like redis+socket:///run/redis.sock")
    else:
        databases = [parts.path.strip("/")]
    if not all(re.fullmatch("[0-9]{0,5}", database) for database in databases):
        raise ValueError("names its database with something else than a number")
    return value


def long_secret(value: SecretStr) -> SecretStr:
    """A key that nobody can guess."""
    if len(value.get_secret_value()) < 32:
        raise ValueError("is too short: write at least 32 random characters")
    return value


def site_address(value: str) -> str:
    """The address of a whole site, without the slash at its end."""
    example = "https://urp.ente.example"
    parts = _split(value, example)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError(f"must be an address like {example}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"must end after the name of the site, like {example}: the program has a site of its own")
    return value.rstrip("/")


def bare_address(value: str) -> str:
    """One e-mail address and nothing around it; an international domain in its xn-- form."""
    if len(value) > 254 or not _ADDRESS.fullmatch(value):
        raise ValueError("must be one bare e-mail address like urp@ente.example")
    return value


def usable_folder(value: Path) -> Path:
    """A folder to write in, there already or to be made where that is allowed; nothing is made here."""
    whole = value.absolute()
    nearest = next(place for place in (whole, *whole.parents) if os.path.lexists(place))
    if not nearest.is_dir():
        raise ValueError(f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ValueError(f"nothing can be written in {nearest}")
    return value


def certificates(value: Path) -> Path:
    """A file with certificates (PEM), or one that is empty still: the provider of a trial fills it once it runs."""
    if not (value.is_file() and os.access(value, os.R_OK)):
        raise ValueError(f"{value} is not a file that can be read")
    if value.stat().st_size:
        store = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with suppress(ssl.SSLError, OSError):
            store.load_verify_locations(cafile=value)
        if not store.cert_store_stats()["x509"]:
            raise ValueError(f"{value} holds no certificate that can be read: it must be a PEM file")
    return value


def comma_list(value: Any) -> Any:
    """The lower-case parts of a text, which commas separate."""
    if isinstance(value, str):
        return tuple(part.strip().lower() for part in value.split(",") if part.strip())
    return value


def on_or_off(value: Any) -> Any:
    """True for `on`, False for `off`."""
    if isinstance(value, str):
        if value.lower() not in ("on", "off"):
            raise ValueError("must be on or off")
        return value.lower() == "on"
    return value


def _split(text: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        sound = parts.port != 0
    except ValueError:  # its words may quote the password
        sound = False
    if not sound:
        raise ValueError(f"is not an address like {example}")
    return parts
