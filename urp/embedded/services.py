"""The list of what runs: stand-ins for servers that no setting names, and the program's own processes."""

import os
import secrets
import socket
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from urp.config import Settings
from urp.embedded import ports, redis_server
from urp.embedded.post_office_door import PASSWORD_VARIABLE, PEC_DOMAIN
from urp.embedded.processes import Service

# Below 32768, where the kernel hands out ports for outgoing connections.
SMTP_PORT, IMAP_PORT, PAGE_PORT, REDIS_PORT = 4025, 4143, 4080, 4379
MAIL_SETTINGS = ("peo_smtp", "pec_smtp", "peo_imap", "pec_imap")
LOOPBACK = "127.0.0.1"
AUTHORITY_NAME = "pec-authority.pem"
WORKER_GRACE_S = 8.0
# A trial as root is a container's usual way; Celery wants to be asked and then complains anyway.
AS_ROOT = {
    "C_FORCE_ROOT": "1",
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
}


@dataclass(frozen=True)
class StandIns:
    """Services in the place of real servers, the settings that lead to them, and what to tell of them."""

    services: tuple[Service, ...]
    settings: dict[str, str]
    news: tuple[tuple[str, str], ...]


@contextmanager
def stand_ins(settings: Settings, data: Path) -> Iterator[StandIns]:
    """Reserve ports and folders for whatever the settings leave open. Raises NoRedis, PortTaken."""
    with ExitStack() as stack:
        parts = []
        if settings.redis_url is None:
            parts.append(stack.enter_context(_redis(data)))
        if any(getattr(settings, name) is None for name in MAIL_SETTINGS):
            parts.append(stack.enter_context(_post_office(settings, data)))
        yield StandIns(
            services=tuple(service for part in parts for service in part.services),
            settings={name: value for part in parts for name, value in part.settings.items()},
            news=tuple(line for part in parts for line in part.news),
        )


@contextmanager
def _redis(data: Path) -> Iterator[StandIns]:
    redis = redis_server.find()
    news = (("Redis", str(redis)),)
    if redis.program is None:
        with ports.listen_near(LOOPBACK, REDIS_PORT) as listener:
            python = (sys.executable, "-m", "urp.embedded.redis_in_python", str(listener.fileno()))
            service = Service("redis", python, sockets=(listener.fileno(),), wave=1)
            url = f"redis://{LOOPBACK}:{ports.port_of(listener)}/0"
            yield StandIns((service,), {"URP_REDIS_URL": url}, news)
        return
    folder = redis_server.data_folder(data, redis)
    with redis_server.socket_path(folder) as path:
        words = redis_server.command(redis.program, folder, path)
        service = Service("redis", words, wave=1, log=f"; its words are in {folder / 'redis.log'}")
        yield StandIns((service,), {"URP_REDIS_URL": f"redis+socket://{path}"}, news)


@contextmanager
def _post_office(settings: Settings, data: Path) -> Iterator[StandIns]:
    with ExitStack() as stack:
        wanted = (("smtp", SMTP_PORT), ("imap", IMAP_PORT), ("page", PAGE_PORT))
        listeners = {name: stack.enter_context(ports.listen_near(LOOPBACK, port)) for name, port in wanted}
        password = secrets.token_urlsafe(16)
        addresses = own_addresses(settings)
        authority = stack.enter_context(_authority_file(data))
        words = [sys.executable, "-m", "urp.embedded.post_office", "--pec-ca", str(authority), *addresses.values()]
        for name, listener in listeners.items():
            words += [f"--{name}", str(listener.fileno())]
        service = Service(
            "post office",
            tuple(words),
            environ={PASSWORD_VARIABLE: password},
            sockets=tuple(listener.fileno() for listener in listeners.values()),
            wave=1,
        )
        handed = {}
        for setting in MAIL_SETTINGS:
            box, protocol = setting.split("_")
            if getattr(settings, setting) is None:
                port = ports.port_of(listeners[protocol])
                handed[f"URP_{setting.upper()}"] = _mail_address(protocol, addresses[box], password, port)
        handed |= _trust(settings, authority)
        page = f"http://{LOOPBACK}:{ports.port_of(listeners['page'])}/"
        yield StandIns((service,), handed, (("Post office (all mail, to read)", page),))


@contextmanager
def _authority_file(data: Path) -> Iterator[Path]:
    path = data / AUTHORITY_NAME
    path.write_bytes(b"")  # settings must name a file that is there; the post office fills it before it is needed
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _trust(settings: Settings, authority: Path) -> dict[str, str]:
    """Trust the provider that signs for everybody, but never where the mailbox is a real one."""
    if settings.pec_imap is not None or settings.pec_ca_file is not None or settings.pec_providers:
        return {}
    return {"URP_PEC_CA_FILE": str(authority), "URP_PEC_PROVIDERS": PEC_DOMAIN}


def _mail_address(protocol: str, user: str, password: str, port: int) -> str:
    return f"{protocol}://{quote(user, safe='')}:{quote(password, safe='')}@{LOOPBACK}:{port}"


def own_addresses(settings: Settings) -> dict[str, str]:
    """Our `peo` and `pec` addresses: settings first, then the office file as far as it can be read."""
    institution: dict[str, object] = {}
    with suppress(OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        found = tomllib.loads(settings.office_file.read_text("utf-8")).get("institution")
        institution = found if isinstance(found, dict) else {}
    return {
        "peo": settings.peo_address or str(institution.get("email") or "urp@posta.example"),
        "pec": settings.pec_address or str(institution.get("pec") or "urp@pec.posta.example"),
    }


def web(listener: socket.socket) -> Service:
    """The web server, on a socket that outlives it."""
    descriptor = listener.fileno()
    words = (sys.executable, "-m", "gunicorn", "--config", "python:urp.embedded.gunicorn_conf")
    return Service(
        "web",
        (*words, "--bind", f"fd://{descriptor}", "wsgi:app"),
        sockets=(descriptor,),
        grace_s=WORKER_GRACE_S,
    )


def background(data: Path) -> tuple[Service, Service]:
    """The worker, which gets time to finish the letter it is sending, and the clock."""
    celery = (sys.executable, "-m", "celery", "--quiet", "--app", "worker")
    environ = AS_ROOT if os.geteuid() == 0 else {}
    work = ("--pool", "prefork", "--concurrency", "3", "--queues", "peo,pec,imap,default", "--loglevel", "WARNING")
    tied = ("--include", "urp.embedded.die_together", "--without-gossip", "--without-mingle")
    tick = ("--schedule", str(data / "beat-schedule"), "--pidfile", "", "--loglevel", "WARNING")
    return (
        Service("worker", (*celery, "worker", *work, *tied), environ, grace_s=WORKER_GRACE_S),
        Service("beat", (*celery, "beat", *tick), environ),
    )
